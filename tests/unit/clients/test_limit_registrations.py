"""RG-026: a flood is refused, and whoever is no part of it comes in."""

import pytest

from portal.clients.models import Client
from portal.grants.expire import remove_expired
from tenants.current import acting_as, transaction_of
from tests.database import as_owner
from tests.places import open_place
from tests.programs import REDIRECT, open_web
from tests.trail import events, rows

CLAUDE = {
    "client_name": "Claude",
    "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "client_secret_post",
}
EGRESS = "160.79.104.10"


def send(place, address="192.0.2.1", **members):
    document = {"client_name": "Stranger", "redirect_uris": [REDIRECT], **members}
    with open_web(address) as web:
        return web.post(f"{place.issuer}/register", json=document)


def flood(place, count, *, addresses=("192.0.2.1",), **members):
    """The statuses, in order; every program by a name of its own unless it is given one."""
    found = []
    for number in range(count):
        given = {"client_name": f"Stranger {number}", "redirect_uris": [f"https://h{number}.example/cb"]}
        found.append(send(place, addresses[number % len(addresses)], **{**given, **members}).status_code)
    return found


@pytest.mark.spec("RFC 6585", "4")
def test_the_answer_says_when_to_come_again():
    place = open_place(registrations_per_hour=4)
    last = [send(place) for _ in range(2)][-1]
    assert last.status_code == 201
    assert last.headers["ratelimit-policy"] == '"tenant-address";q=2;w=3600'
    assert last.headers["ratelimit"] == '"tenant-address";r=0;t=3600'
    before = rows(place)
    refused = send(place)
    assert refused.status_code == 429
    assert refused.json()["error"] == "temporarily_unavailable"
    assert refused.headers["content-type"] == "application/json"
    assert refused.headers["cache-control"] == "no-store"
    assert 3_590 < int(refused.headers["retry-after"]) <= 3_600
    assert refused.headers["retry-after"] in refused.json()["error_description"]
    assert refused.headers["ratelimit-policy"] == '"tenant-address";q=2;w=3600'
    assert refused.headers["ratelimit"].startswith('"tenant-address";r=0;t=')
    assert rows(place) == before


def test_rg_026_one_event_tells_of_the_whole_flood():
    place = open_place(registrations_per_hour=4)
    assert flood(place, 20) == [201] * 2 + [429] * 18
    (event,) = events(place, "ratelimit.hit")
    assert event.ip == "192.0.2.1"
    assert event.data["window"] == "tenant-address"
    assert event.data["redirect_places"] == ["h2.example"]
    assert not events(place, "client.register_denied")


@pytest.mark.parametrize(
    ("addresses", "most"),
    [
        (["192.0.2.1"], 100),
        ([f"2001:db8::{number:x}" for number in range(1, 200)], 100),
    ],
    ids=["one-address", "one-64"],
)
def test_rg_026_one_neighbourhood(addresses, most):
    place = open_place()
    found = flood(place, most + 20, addresses=addresses)
    assert found == [201] * most + [429] * 20
    assert rows(place)["Client"] == most
    assert send(place, "198.51.100.7").status_code == 201


def test_rg_026_many_addresses():
    place = open_place(registrations_per_hour=30)
    found = flood(place, 60, addresses=[f"10.0.{number}.1" for number in range(60)])
    assert found == [201] * 30 + [429] * 30
    assert rows(place)["Client"] == 30


def test_one_software_has_no_more_than_its_share():
    place = open_place(registrations_per_hour=1000)
    addresses = [f"10.0.{number}.1" for number in range(210)]
    uris = ["http://127.0.0.1:9/cb"]
    found = flood(place, 205, addresses=addresses, client_name="Copy", redirect_uris=uris)
    assert found == [201] * 200 + [429] * 5
    # By another spelling it is the same; by another name it is not.
    other_port = ["http://localhost:77/other"]
    assert send(place, "10.9.9.9", client_name=" cOPY ", redirect_uris=other_port).status_code == 429
    assert send(place, "10.9.9.9", client_name="Other", redirect_uris=other_port).status_code == 201


def test_claude_comes_in_through_the_flood_of_a_stranger_at_its_own_address():
    place = open_place(registrations_per_hour=200)
    assert set(flood(place, 130, addresses=[EGRESS])) == {201, 429}
    assert set(flood(place, 150, addresses=[f"10.0.{number}.1" for number in range(150)])) == {201, 429}
    assert send(place, EGRESS).status_code == send(place, "10.9.9.9").status_code == 429
    assert [send(place, EGRESS, **CLAUDE).status_code for _ in range(41)] == [201] * 41


def test_who_borrows_a_platforms_name_locks_it_out_of_nothing():
    place = open_place(registrations_per_hour=20)
    assert flood(place, 15, **CLAUDE) == [201] * 10 + [429] * 5
    assert send(place, EGRESS, **CLAUDE).status_code == 201
    chatgpt = ["https://chatgpt.com/connector/oauth/abc"]
    assert send(place, EGRESS, client_name="ChatGPT", redirect_uris=chatgpt).status_code == 201


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_machines_own_address_tells_nobody_apart(address):
    """Behind a proxy that no setting names, an address fence would shut everybody out."""
    place = open_place(registrations_per_hour=110)
    assert flood(place, 112, addresses=[address]) == [201] * 110 + [429] * 2


def test_another_tenant_counts_for_itself(other):
    place = open_place(registrations_per_hour=1)
    assert flood(place, 3) == [201, 429, 429]
    assert send(other).status_code == 201


def test_a_window_ends():
    place = open_place(registrations_per_hour=1)
    assert flood(place, 2) == [201, 429]
    with as_owner(place.tenant) as connection:
        connection.execute("UPDATE tenants_counter SET expires = now() - interval '1 second'")
    assert flood(place, 2) == [201, 429]
    assert len(events(place, "ratelimit.hit")) == 2


def test_what_is_refused_uses_up_nothing():
    place = open_place(registrations_per_hour=10)
    flood(place, 30)
    with as_owner(place.tenant) as connection:
        hits = dict(connection.execute("SELECT split_part(id, '/', 1), hits FROM tenants_counter").fetchall())
    assert hits["tenant"] == hits["address"] == 5


def test_over_windows_are_removed(tenant):
    send(tenant)
    with as_owner(tenant.tenant) as connection:
        connection.execute("UPDATE tenants_counter SET expires = now() - interval '1 second'")
    with acting_as(tenant.tenant):
        assert remove_expired()["tenants_counter"] > 0
        assert remove_expired()["tenants_counter"] == 0


def test_ft_014_without_the_counters_nobody_registers(tenant):
    """Decision 8: it fails closed, and says when to try again."""
    with as_owner() as connection:
        connection.execute("ALTER TABLE tenants_counter RENAME TO tenants_counter_away")
    before = rows(tenant)
    try:
        response = send(tenant)
    finally:
        with as_owner() as connection:
            connection.execute("ALTER TABLE tenants_counter_away RENAME TO tenants_counter")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1
    assert response.json()["error"] == "temporarily_unavailable"
    assert rows(tenant) == before
    assert send(tenant).status_code == 201


def test_what_can_not_be_registered_is_not_counted():
    place = open_place(registrations_per_hour=2)
    assert send(place, redirect_uris=["http://evil.example/"]).status_code == 400
    assert send(place).status_code == 201


def test_software_stays_with_the_client(tenant):
    for name in ("A", "a", "B"):
        assert send(tenant, client_name=name).status_code == 201
    with transaction_of(tenant.tenant):
        first, again, other = Client.objects.order_by("created").values_list("software", flat=True)
    assert first == again != other
    assert len(first) == 64
