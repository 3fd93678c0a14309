"""Rate limits that a client meets: several windows at once, counted in all of them or in none."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from limits import RateLimitItem

from portal.audit.events import Event
from portal.audit.record import Origin, record
from tenants.counters import COUNTERS
from tenants.current import current_tenant, transaction_of
from tenants.refusal import Refusal


class Window(NamedTuple):
    item: RateLimitItem
    """How many in how long. Its namespace names the window on the wire."""
    counted: str
    """Whom or what it counts."""

    @property
    def key(self) -> str:
        return self.item.key_for(self.counted)


class Standing(NamedTuple):
    """How a window stands, for the headers of draft-ietf-httpapi-ratelimit-headers."""

    window: Window
    hits: int
    seconds: float
    """Until the window is over."""

    @property
    def remaining(self) -> int:
        return self.window.item.amount - self.hits

    @property
    def headers(self) -> dict[str, str]:
        item = self.window.item
        return {
            "RateLimit-Policy": f'"{item.namespace}";q={item.amount};w={item.get_expiry()}',
            "RateLimit": f'"{item.namespace}";r={max(0, self.remaining)};t={math.ceil(self.seconds)}',
        }


class _SpentError(Exception):
    """Leaves the transaction, so that what is refused uses up nothing."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing


def limit(
    windows: Iterable[Window], *, refusal: str, origin: Origin, data: Mapping[str, Any] | None = None
) -> Standing:
    """Count once in each window and return the one that is nearest to its end, or raise a Refusal with status 429.

    Its own short transaction: call it before the one in which the work is done.
    """
    try:
        standings = _count({window.key: window for window in windows})
    except _SpentError as error:
        raise _refuse(error.standing, refusal, origin=origin, data=data or {}) from None
    return min(standings, key=lambda standing: standing.remaining / standing.window.item.amount)


def _count(windows: Mapping[str, Window]) -> list[Standing]:
    with transaction_of(current_tenant()):
        counts = COUNTERS.count({key: window.item.get_expiry() for key, window in windows.items()})
        standings = [Standing(windows[key], *count) for key, count in counts.items()]
        spent = [standing for standing in standings if standing.remaining < 0]
        if spent:
            raise _SpentError(max(spent, key=lambda standing: standing.seconds))
    return standings


def _refuse(standing: Standing, description: str, *, origin: Origin, data: Mapping[str, Any]) -> Refusal:
    """Recorded once for each window: a flood must not fill the trail."""
    item, seconds = standing.window.item, math.ceil(standing.seconds)
    with transaction_of(current_tenant()):
        if COUNTERS.incr(f"told/{standing.window.key}", seconds) == 1:
            record(
                Event.RATE_LIMITED, origin=origin, reason=f"{item.namespace}: {item}",
                data={"window": item.namespace, "quota": item.amount, "seconds": item.get_expiry(), **data},
            )  # fmt: skip
    # RFC 6585 §4
    return Refusal(
        "temporarily_unavailable",
        f"{description} Try again in {seconds} seconds.",
        status=429,
        recorded=True,
        headers={**standing.headers, "Retry-After": str(seconds)},
    )
