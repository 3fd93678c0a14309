"""Rows GR of the hostile corpus: people see and end what is their own, and ending is at once."""

import re
import uuid

import pytest

from portal.grants.models import Grant
from tenants.current import transaction_of
from tests.people import Form, make_person
from tests.programs import answer_of, introspect, open_web, register
from tests.registry import enrol
from tests.trail import events, nothing_stored


@pytest.fixture(params=["public", "approved"])
def program(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def tokens(member, program):
    return program.connect(member)


@pytest.fixture
def grant(place, member, tokens):
    return grant_of(place, member)


def grant_of(place, person):
    with transaction_of(place.tenant):
        return Grant.objects.get(user=person.user)


def listed(person):
    page = person.browser.get(f"{person.place.issuer}/apps/")
    assert page.status_code == 200
    return set(re.findall(r"/apps/([0-9a-f-]{36})/", page.text))


def test_gr_001_only_own_grants(place, elsewhere, member, grant):
    other, stranger = make_person(place), make_person(elsewhere)
    register(place).connect(other)
    register(elsewhere).connect(stranger)
    assert listed(member) == {str(grant.id)}
    assert listed(other) == {str(grant_of(place, other).id)}
    assert listed(stranger) == {str(grant_of(elsewhere, stranger).id)}


def test_gr_001_nobody_sees_any(place, grant):
    for path in ("/apps/", f"/apps/{grant.id}/"):
        response = open_web().get(place.issuer + path)
        assert response.status_code == 302
        assert "/account/login/" in response.headers["location"]
        assert open_web().post(place.issuer + path, data={"revoke": "all"}).status_code in {302, 403}


@pytest.mark.parametrize("who", ["same tenant", "another tenant", "nobody's"])
def test_gr_002_another_persons_grant(place, elsewhere, member, tokens, grant, who):
    visitor = make_person(elsewhere if who == "another tenant" else place)
    register(visitor.place).connect(visitor)
    home = visitor.place.issuer
    which = uuid.uuid4() if who == "nobody's" else grant.id
    form = {"csrfmiddlewaretoken": _token(visitor)}
    with nothing_stored(place):
        answers = [
            visitor.browser.get(f"{home}/apps/{which}/"),
            visitor.browser.post(f"{home}/apps/{which}/", data=form),
            visitor.browser.post(f"{home}/apps/", data={**form, "revoke": str(which)}),
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1
    assert member.place.tenant.name not in answers[0].text or who != "another tenant"
    assert grant_of(place, member).revoked_at is None
    assert introspect(place, tokens["access_token"])["active"] is True


def _token(person):
    page = person.browser.get(f"{person.place.issuer}/apps/")
    return Form(page.text).values()["csrfmiddlewaretoken"][0]


@pytest.mark.parametrize("which", ["", "x", "all' OR 1=1", "\x00", "ALL", "0" * 36, "é"])
def test_gr_002_what_names_no_grant(place, member, grant, which):
    form = {"csrfmiddlewaretoken": _token(member), "revoke": which}
    assert member.browser.post(f"{place.issuer}/apps/", data=form).status_code == 404
    assert grant_of(place, member).revoked_at is None


def test_gr_003_looking_changes_nothing(place, member, grant):
    for path in (f"/apps/?revoke={grant.id}", "/apps/?revoke=all", f"/apps/{grant.id}/?action=revoke"):
        for method in ("GET", "HEAD"):
            assert member.browser.request(method, place.issuer + path).status_code in {200, 405}
    for method in ("PUT", "DELETE", "PATCH"):
        assert member.browser.request(method, f"{place.issuer}/apps/{grant.id}/").status_code in {403, 405}
    assert grant_of(place, member).revoked_at is None


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_gr_003_a_forged_form(place, member, grant, origin):
    headers = {"Origin": origin} if origin else {}
    form = {"revoke": "all"} if origin is None else {"revoke": "all", "csrfmiddlewaretoken": _token(member)}
    for path in ("/apps/", f"/apps/{grant.id}/"):
        response = member.browser.post(place.issuer + path, data=form, headers=headers)
        assert response.status_code == 403
    assert grant_of(place, member).revoked_at is None


@pytest.mark.parametrize("where", ["list", "detail", "all"])
def test_gr_004_ending_is_at_once(place, member, program, tokens, grant, where):
    code = answer_of(member.answer(program.ask()))["code"]
    path = f"/apps/{grant.id}/" if where == "detail" else "/apps/"
    page = member.browser.get(place.issuer + path)
    form = {"csrfmiddlewaretoken": _token(member)}
    if where != "detail":
        form["revoke"] = "all" if where == "all" else str(grant.id)
    response = member.browser.post(str(page.url), data=form)
    assert response.status_code in {302, 303}
    assert response.headers["location"].endswith("/apps/")
    assert introspect(place, tokens["access_token"]) == {"active": False}
    assert program.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert program.redeem(code).json()["error"] == "invalid_grant"
    ended = grant_of(place, member)
    assert ended.revoked_at is not None
    event = [event for event in events(place, "grant.revoked") if event.grant_id == grant.id]
    assert len(event) == 1
    assert (event[0].user_id, event[0].client) == (member.user.id, program.client_id)
    assert event[0].data["actor"] == str(member.user.id)
    assert listed(member) == set()
    # It can be looked at, and is asked again.
    assert member.browser.get(f"{place.issuer}/apps/{grant.id}/").status_code == 200
    assert 'name="decision"' in member.follow(member.browser.get(program.ask())).text


def test_gr_004_ends_this_connection_alone(place, member, tokens, grant):
    other = enrol(place)
    theirs = other.connect(member)
    form = {"csrfmiddlewaretoken": _token(member), "revoke": str(grant.id)}
    member.browser.post(f"{place.issuer}/apps/", data=form)
    assert introspect(place, theirs["access_token"])["active"] is True
    neighbour = make_person(place)
    kept = other.connect(neighbour)
    member.browser.post(f"{place.issuer}/apps/", data={**form, "revoke": "all"})
    assert introspect(place, theirs["access_token"]) == {"active": False}
    assert introspect(place, kept["access_token"])["active"] is True


def test_signing_out_ends_what_was_for_this_session(place, member):
    program = enrol(place)
    back = member.answer(program.ask(), expires="session")
    tokens = program.redeem(answer_of(back)["code"]).json()
    assert "refresh_token" not in tokens
    assert introspect(place, tokens["access_token"])["active"] is True
    member.browser.post(f"{place.issuer}/account/logout/", data={"csrfmiddlewaretoken": _token(member)})
    assert introspect(place, tokens["access_token"]) == {"active": False}


def test_what_a_server_reports_is_shown_escaped(place, member, grant):
    event = {
        "id": str(uuid.uuid4()), "at": "2026-11-23T09:00:00Z", "outcome": "allowed", "grant_id": str(grant.id),
        "tool": "<script>alert(1)</script>", "scope": "<b>", "client_id": "<i>", "sub": "<u>",
    }  # fmt: skip
    response = open_web().post(
        f"{place.issuer}/access-events", json={"events": [event]}, auth=place.server_auth
    )
    assert response.status_code == 202
    for path in ("/apps/", f"/apps/{grant.id}/"):
        text = member.browser.get(place.issuer + path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
