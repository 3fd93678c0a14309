"""What resource servers report: taken once, whatever they send, and never able to harm a person's page."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from portal.audit.read import accesses_of
from portal.grants.models import Grant
from tenants.current import transaction_of
from tests.programs import open_web


def event(**members):
    return {
        "id": str(uuid4()),
        "at": datetime.now(UTC).isoformat(),
        "outcome": "allowed",
        "tool": "score_text",
        "scope": "mcp:tools:score",
        **members,
    }


def report(place, *events, auth=None):
    return open_web().post(
        f"{place.issuer}/access-events", json={"events": list(events)}, auth=auth or place.server_auth
    )


@pytest.fixture
def grant(tenant, person, program):
    program.connect(person)
    with transaction_of(tenant.tenant):
        return Grant.objects.get(user=person.user)


def reread(tenant, grant):
    with transaction_of(tenant.tenant):
        return Grant.objects.get(id=grant.id), accesses_of(grant.id)


def test_a_use_is_on_the_trail_and_on_the_grant(tenant, person, grant):
    response = report(tenant, event(grant_id=str(grant.id)), event(grant_id=str(grant.id), outcome="denied"))
    assert response.status_code == 202
    assert response.json() == {"accepted": 2}
    grant, told = reread(tenant, grant)
    assert (grant.uses, grant.last_tool) == (1, "score_text")
    assert sorted(one.type for one in told) == ["access.allowed", "access.denied"]
    page = person.browser.get(f"{tenant.issuer}/apps/{grant.id}/")
    assert "score_text" in page.text


def test_a_batch_that_comes_again_changes_nothing(tenant, grant):
    batch = [event(grant_id=str(grant.id)) for _ in range(3)]
    for _ in range(2):
        assert report(tenant, *batch).json() == {"accepted": 3}
    grant, told = reread(tenant, grant)
    assert grant.uses == 3
    assert len(told) == 3


def test_another_servers_grant_is_not_touched(tenant, other, grant):
    assert report(other, event(grant_id=str(grant.id))).status_code == 202
    grant, told = reread(tenant, grant)
    assert (grant.uses, told) == (0, [])


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01T00:00:00Z"]
)
def test_no_clock_makes_a_page_unreadable(tenant, person, grant, at):
    assert report(tenant, event(grant_id=str(grant.id), at=at)).status_code in {202, 400}
    assert person.browser.get(f"{tenant.issuer}/apps/").status_code == 200
    grant, _ = reread(tenant, grant)
    now = datetime.now(UTC)
    assert grant.last_used_at is None or now - timedelta(days=8) < grant.last_used_at <= now


@pytest.mark.parametrize("tool", ["t" * 128, "t" * 5000, "\0\n", "<script>", "ü" * 200])
def test_any_tool_name_is_taken(tenant, person, grant, tool):
    assert report(tenant, event(grant_id=str(grant.id), tool=tool)).status_code in {202, 400}
    assert "<script>" not in person.browser.get(f"{tenant.issuer}/apps/").text


@pytest.mark.parametrize(
    "members",
    [
        {"outcome": []},
        {"outcome": "maybe"},
        {"id": "1"},
        {"id": None},
        {"at": "today"},
        {"at": 5},
        {"grant_id": "x"},
    ],
)
def test_says_what_is_wrong_with_an_event(tenant, members):
    response = report(tenant, event(**members))
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


def test_rejects_more_than_500_and_whoever_is_no_resource_server(tenant, program):
    assert report(tenant, *[event() for _ in range(500)]).json() == {"accepted": 500}
    assert report(tenant, *[event()] * 501).status_code == 400
    assert report(tenant, event(), auth=(tenant.server.client_id, "wrong")).status_code == 401
    assert report(tenant, event(), auth=(program.client_id, "")).status_code == 401
