"""Counters of the current tenant, shared by all processes: where `limits` keeps its windows.

They stand in an unlogged table: what a crash loses is how much of a window was used. Counting joins the running
transaction, so what is rolled back was never counted.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import DatabaseError, connection
from limits.storage import Storage

from tenants.current import current_tenant, transaction_of


class Count(NamedTuple):
    hits: int
    seconds: float
    """Until the window is over."""


# A window begins with its first hit. The rows are locked in one order, so that nobody waits in a circle.
_COUNT = """
    INSERT INTO tenants_counter AS counter (id, hits, expires)
    SELECT id, %s, now() + seconds * interval '1 second'
    FROM unnest(%s::text[], %s::float[]) AS asked (id, seconds) ORDER BY id
    ON CONFLICT (tenant_id, id) DO UPDATE SET
        hits = CASE WHEN counter.expires > now() THEN counter.hits ELSE 0 END + excluded.hits,
        expires = CASE WHEN counter.expires > now() THEN counter.expires ELSE excluded.expires END
    RETURNING id, hits, extract(epoch FROM expires - now())::float"""
_READ = (
    "SELECT hits, extract(epoch FROM expires)::float FROM tenants_counter WHERE id = %s AND expires > now()"
)


class Counters(Storage):
    """Fixed windows. Each answer is right for all processes: the database counts, in one statement."""

    @property
    def base_exceptions(self) -> type[Exception]:
        return DatabaseError

    def count(self, windows: Mapping[str, float], amount: int = 1) -> dict[str, Count]:
        """Count in all of these windows (key: seconds that it lasts), and say how each stands."""
        with transaction_of(current_tenant()), connection.cursor() as cursor:
            cursor.execute(_COUNT, [amount, list(windows), list(windows.values())])
            return {key: Count(hits, seconds) for key, hits, seconds in cursor.fetchall()}

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return self.count({key: expiry}, amount)[key].hits

    def get(self, key: str) -> int:
        return self._read(key)[0]

    def get_expiry(self, key: str) -> float:
        """As seconds since 1970, for `limits`."""
        return self._read(key)[1]

    def _read(self, key: str) -> tuple[int, float]:
        with transaction_of(current_tenant()), connection.cursor() as cursor:
            cursor.execute(_READ, [key])
            row = cursor.fetchone() or (0, 0.0)
            return int(row[0]), float(row[1])

    def check(self) -> bool:
        try:
            self.get("")
        except DatabaseError:
            return False
        return True

    def reset(self) -> int | None:
        with transaction_of(current_tenant()), connection.cursor() as cursor:
            cursor.execute("DELETE FROM tenants_counter")
            return int(cursor.rowcount)

    def clear(self, key: str) -> None:
        with transaction_of(current_tenant()), connection.cursor() as cursor:
            cursor.execute("DELETE FROM tenants_counter WHERE id = %s", [key])


COUNTERS = Counters()
