"""What changes rarely (tenant, client, catalog, keys, documents), remembered by each process.

A change reaches every process within a second: triggers send NOTIFY `portico_changed` with the tenant's id when its
transaction commits, and a listening thread forgets that tenant. That it does hear is proved by an echo: another
connection calls every 400 ms. While no echo comes (a connection half open, a pooler in transaction mode), nothing older
than a second is trusted. What revokes is never kept here: the SQL functions read it in the statement that acts on it.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4

import psycopg
from django.db import connection

from tenants.models import Tenant

T = TypeVar("T")
log = logging.getLogger(__name__)
_Connection = psycopg.Connection[tuple[Any, ...]]

CHANNEL = "portico_changed"
TRUSTED_SECONDS = 1.0
ECHO_SECONDS = 0.4
ENTRIES_PER_TENANT = 10_000


class _Shelf:
    """One tenant's entries, with the time at which each was loaded."""

    def __init__(self) -> None:
        self.entries: dict[Hashable, tuple[float, Any]] = {}


class _Watch:
    """The thread that listens, one in each process."""

    def __init__(self) -> None:
        self.shelves: dict[UUID | None, _Shelf] = {}
        self.heard = -math.inf
        """When the last echo came."""
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, args=[_dsn()], name="portico-changes", daemon=True
                )
                self._thread.start()

    def _run(self, parameters: dict[str, Any]) -> None:
        lost = False
        while True:
            try:
                with psycopg.connect(**parameters) as listener, psycopg.connect(**parameters) as caller:
                    listener.execute(f"LISTEN {CHANNEL}")
                    # The call alone is worth no wait for the disk.
                    caller.execute("SET synchronous_commit = off")
                    lost = False
                    self.shelves.clear()  # what changed while nobody listened is unknown
                    self._listen(listener, caller, call=f"echo:{uuid4()}")
            except psycopg.Error as error:
                if not lost:
                    log.warning("Lost the connection that listens for changes: %s", type(error).__name__)
                lost = True
            time.sleep(ECHO_SECONDS)

    def _listen(self, listener: _Connection, caller: _Connection, *, call: str) -> None:
        while True:
            caller.execute("SELECT pg_notify(%s, %s)", [CHANNEL, call])
            for notice in listener.notifies(timeout=ECHO_SECONDS):
                if notice.payload == call:
                    self.heard = time.monotonic()
                elif not notice.payload.startswith("echo:"):
                    self.forget(UUID(notice.payload))

    def forget(self, tenant_id: UUID) -> None:
        self.shelves.pop(tenant_id, None)
        self.shelves.pop(None, None)  # mounts


_watch = _Watch()


def remember(tenant: Tenant | None, key: Hashable, load: Callable[[], T]) -> T:
    """The value of `load()`, kept until the tenant changes. `tenant=None` is for mounts, which any tenant's change ends.

    Nothing is kept for `None`: unknown names come from outside and would fill the memory.
    """
    shelf_id = tenant.id if tenant else None
    shelf = _watch.shelves.get(shelf_id)
    if shelf is not None:
        found = shelf.entries.get(key)
        if found is not None and time.monotonic() - max(found[0], _watch.heard) < TRUSTED_SECONDS:
            return cast("T", found[1])
    _watch.start()
    # Take the shelf before loading: if the tenant changes meanwhile, the old value lands on a shelf nobody reads.
    shelf = _watch.shelves.setdefault(shelf_id, _Shelf())
    value = load()
    if value is not None:
        if len(shelf.entries) >= ENTRIES_PER_TENANT:
            shelf.entries.clear()
        shelf.entries[key] = (time.monotonic(), value)
    return value


def forget(tenant: Tenant) -> None:
    """Forget at once in this process; the others hear of the commit."""
    _watch.forget(tenant.id)


def _dsn() -> dict[str, Any]:
    """As Django connects, but for what is its own (cursors, adaptation); a dead peer is noticed within seconds."""
    ours = {"context", "cursor_factory", "prepare_threshold", "server_side_binding"}
    parameters = {
        name: value for name, value in connection.get_connection_params().items() if name not in ours
    }
    return {
        **parameters,
        "autocommit": True,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "tcp_user_timeout": 5000,
    }
