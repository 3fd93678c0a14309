"""XT-001: whatever a tenant gives out is, at every door of another tenant, as good as something made up."""

import re

import pytest

from tests.database import dump
from tests.programs import introspect
from tests.tenancy.doors import KEYED_ROUTES, OPEN_ROUTES, PEOPLE, PROGRAMS, heard, visitor
from tests.tenancy.things import Household, settle

IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def acme() -> Household:
    return settle()


@pytest.fixture(scope="module")
def globex() -> Household:
    return settle()


@pytest.fixture(scope="module")
def things(acme):
    return list(acme.things())


@pytest.mark.parametrize("door", [*PROGRAMS, *PEOPLE])
def test_foreign_thing_is_an_unknown_one(door, acme, globex, things):
    knock = {**PROGRAMS, **PEOPLE}[door]
    before = dump(acme.place.tenant)
    for thing in things:
        if "admin/" in door and not IDENTIFIER.fullmatch(thing.value):
            continue  # the admin finds its objects by these alone
        foreign = heard(knock(globex, thing.value), thing.value)
        assert foreign == heard(knock(globex, thing.unknown), thing.unknown), thing.name
        assert foreign[0] in "234", (thing.name, foreign)
    after = dump(acme.place.tenant)
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}


@pytest.mark.parametrize("route", OPEN_ROUTES)
def test_foreign_session_opens_no_page(route, acme, globex, things):
    from portal.users.sessions import cookie_name

    (cookie,) = [thing for thing in things if thing.name == "session cookie"]
    for tenant in (acme.place.tenant, globex.place.tenant):
        seen = []
        for value in (cookie.value, cookie.unknown):
            header = {"Cookie": f"{cookie_name(tenant)}={value}"}
            answer = visitor().get(f"{globex.place.issuer}/{route}", headers=header)
            assert acme.person.user.email not in answer.text
            seen.append(heard(answer, value))
        assert seen[0] == seen[1]


def test_every_route_was_tried():
    assert len(OPEN_ROUTES) > 30
    assert {"consent/<reference>", "apps/<grant_id>/", "account/password/reset/key/<uidb36>-<key>/"} <= set(
        KEYED_ROUTES
    )


def test_all_of_it_is_good_where_it_belongs(acme, things):
    """The other side of the same coin: had these been worthless, the tests above would prove nothing."""
    place, browser = acme.place, acme.person.browser
    assert introspect(place, acme.tokens["access_token"])["active"] is True
    assert (
        acme.desk.token(grant_type="refresh_token", refresh_token="rt_none").json()["error"]
        == "invalid_grant"
    )
    assert acme.person.user.email in browser.get(f"{place.issuer}/account/email/").text
    assert browser.get(f"{place.issuer}/consent/{acme.reference}").status_code == 200
    assert browser.get(f"{place.issuer}/apps/{acme.grant.id}/").status_code == 200
    assert visitor().get(f"{place.issuer}/resources/{place.server.slug}/metadata").status_code == 200
    reset = visitor().get(f"{place.issuer}/account/password/reset/key/{acme.reset}/")
    assert reset.is_redirect
    assert reset.headers["location"].endswith("set-password/")
    confirm = visitor().get(f"{place.issuer}/account/confirm-email/{acme.confirmation}/")
    assert "people.example" in confirm.text
    assert acme.program.redeem(acme.code).status_code == 200
    assert acme.program.refresh(acme.tokens["refresh_token"]).status_code == 200
