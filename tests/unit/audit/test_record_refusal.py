"""A flood of refused requests does not fill the audit trail."""

from portal.audit.events import Event
from portal.audit.record import Origin
from portal.audit.record_refusal import MOST_PER_MINUTE, record_refusal
from tenants.current import transaction_of
from tests.places import open_place
from tests.programs import open_web
from tests.trail import events


def refuse(place, count, address):
    with transaction_of(place.tenant):
        for number in range(count):
            record_refusal(Event.TOKEN_DENIED, origin=Origin(ip=address), client=f"c{number}", reason="no")


def test_most_are_written_and_more_are_counted_at_each_doubling():
    place = open_place()
    refuse(place, 5 * MOST_PER_MINUTE, "192.0.2.1")
    assert len(events(place, "token.denied")) == MOST_PER_MINUTE
    counted = [event.data["refused"] for event in events(place, "ratelimit.hit")]
    assert counted == [MOST_PER_MINUTE, 2 * MOST_PER_MINUTE, 4 * MOST_PER_MINUTE]


def test_each_address_and_each_tenant_counts_for_itself(tenant, other):
    refuse(tenant, MOST_PER_MINUTE + 1, "192.0.2.1")
    refuse(tenant, 1, "192.0.2.2")
    refuse(other, 1, "192.0.2.1")
    assert len(events(tenant, "token.denied")) == MOST_PER_MINUTE + 1
    assert len(events(other, "token.denied")) == 1


def test_one_64_counts_as_one(tenant):
    for number in range(MOST_PER_MINUTE + 5):
        refuse(tenant, 1, f"2001:db8::{number:x}")
    assert len(events(tenant, "token.denied")) == MOST_PER_MINUTE


def test_a_flood_at_the_endpoints_is_still_answered(tenant):
    """RG-026: what no rule lets in costs the trail a bounded number of rows, whichever endpoint refuses."""
    with open_web() as web:
        for _ in range(MOST_PER_MINUTE // 2 + 10):
            assert web.post(f"{tenant.issuer}/token", data={"grant_type": "x"}).status_code == 400
            assert web.post(f"{tenant.issuer}/register", json={}).status_code == 400
    found = events(tenant)
    assert len([event for event in found if event.type.endswith("denied")]) == MOST_PER_MINUTE
    assert len([event for event in found if event.type == "ratelimit.hit"]) == 1
