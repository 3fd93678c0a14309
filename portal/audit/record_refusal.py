"""Refused requests on the trail: anybody can make some, so nobody can fill it with them."""

from limits.storage import MemoryStorage

from portal.audit.events import Event
from portal.audit.origin import neighbourhood
from portal.audit.record import Origin, record
from tenants.current import current_tenant

# More than the stale clients of a hosted platform, all behind one address, send in a bad minute.
MOST_PER_MINUTE = 300

# In each process's memory: refusing must wait for nothing, and the bound need not be exact.
_refused = MemoryStorage()


def record_refusal(event: Event, *, origin: Origin, reason: str, client: str = "") -> None:
    """Write the event, up to a number from one address in a minute; of more, only how many there were, at each doubling."""
    peer = neighbourhood(origin.ip) if origin.ip else ""
    count = _refused.incr(f"{current_tenant().id}/{peer}", 60)
    if count <= MOST_PER_MINUTE:
        record(event, client=client, origin=origin, reason=reason)
    times, rest = divmod(count, MOST_PER_MINUTE)
    if not rest and times.bit_count() == 1:
        record(
            Event.RATE_LIMITED,
            origin=origin,
            reason="refused requests: more from this address in this minute are only counted",
            data={"window": "refusals", "refused": count, "seconds": 60},
        )
