"""Rows RV of the hostile corpus: a client ends what is its own, and learns nothing of anything else."""

from urllib.parse import urlencode

import pytest

from tests.programs import Program, introspect, register
from tests.registry import enrol
from tests.trail import denied, events, nothing_stored


@pytest.fixture(params=["public", "approved"])
def program(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def tokens(regular, program):
    return program.connect(regular)


def assert_done(response):
    assert response.status_code == 200, response.text
    assert response.content == b""
    assert response.headers["cache-control"] == "no-store"
    assert "set-cookie" not in response.headers


def is_live(place, program, tokens):
    return introspect(place, tokens["access_token"])["active"] is True


def test_rv_001_own_refresh_token_ends_its_family(place, regular, program, tokens):
    other = program.connect(regular)
    assert_done(program.revoke(tokens["refresh_token"]))
    event = events(place, "token.revoked")[-1]
    assert (event.client, event.user_id) == (program.client_id, regular.user.id)
    assert not is_live(place, program, tokens)
    assert program.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    # Decision 10: the family, not what other copies of the program hold.
    assert is_live(place, program, other)


def test_rv_001_a_replaced_refresh_token_ends_its_family_too(place, program, tokens):
    successor = program.refresh(tokens["refresh_token"]).json()
    assert_done(program.revoke(tokens["refresh_token"]))
    assert not is_live(place, program, successor)
    assert program.refresh(successor["refresh_token"]).status_code == 400


def test_rv_002_own_access_token_ends_alone(place, program, tokens):
    assert_done(program.revoke(tokens["access_token"]))
    assert not is_live(place, program, tokens)
    renewed = program.refresh(tokens["refresh_token"])
    assert renewed.status_code == 200
    assert is_live(place, program, renewed.json())


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_rv_003_another_clients_token_stays(place, program, tokens, name):
    for thief in (enrol(place), register(place)):
        with nothing_stored(place):
            assert_done(thief.revoke(tokens[name]))
    assert is_live(place, program, tokens)
    assert program.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_rv_004_another_tenants_token_stays(place, elsewhere, program, tokens, name):
    away = enrol(elsewhere)
    with nothing_stored(place), nothing_stored(elsewhere):
        assert_done(away.revoke(tokens[name]))
    assert Program(elsewhere, program.registration).revoke(tokens[name]).status_code == 401
    assert is_live(place, program, tokens)


@pytest.mark.parametrize(
    "token", ["x", "rt_x", "a.b.c", "..", "😀", "x" * 20_000, "eyJhbGciOiJub25lIn0.e30."]
)
def test_rv_005_unknown_tokens(place, program, token):
    with nothing_stored(place):
        assert_done(program.revoke(token))


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_rv_005_twice(place, program, tokens, name):
    assert_done(program.revoke(tokens[name]))
    count = len(events(place, "token.revoked"))
    with nothing_stored(place):
        assert_done(program.revoke(tokens[name]))
    assert len(events(place, "token.revoked")) == count


@pytest.mark.parametrize("form", [{"x": "y"}, {"token": ""}, {"token_type_hint": "access_token"}])
def test_rv_006_no_token(place, approved, form):
    with denied(place, "token.denied", "Send token"):
        response = approved.web.post(f"{place.issuer}/revoke", data=form, auth=approved._basic())
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "unknown"])
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_rv_006_a_hint_changes_nothing(place, regular, approved, name, hint):
    tokens = approved.connect(regular)
    form = {"token": tokens[name], "token_type_hint": hint}
    assert_done(approved.web.post(f"{place.issuer}/revoke", data=form, auth=approved._basic()))
    assert not is_live(place, approved, tokens)


def test_rv_006_a_repeated_token(place, approved, regular):
    tokens = approved.connect(regular)
    body = urlencode([("token", tokens["access_token"]), ("token", tokens["refresh_token"])])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = approved.web.post(
        f"{place.issuer}/revoke", content=body, headers=headers, auth=approved._basic()
    )
    assert response.status_code == 400
    assert is_live(place, approved, tokens)


@pytest.mark.parametrize("auth", [None, "empty", "wrong", "body"])
def test_rv_008_a_confidential_client_that_does_not_prove_itself(place, regular, approved, auth):
    tokens = approved.connect(regular)
    form = {"token": tokens["refresh_token"]}
    if auth in {None, "body"}:
        form["client_id"] = approved.client_id
    if auth == "body":
        form["client_secret"] = approved.registration["client_secret"]
    basic = {"empty": (approved.client_id, ""), "wrong": (approved.client_id, "wrong")}.get(auth)
    with denied(place, "client.auth_failed"):
        response = approved.web.post(f"{place.issuer}/revoke", data=form, auth=basic)
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"
    assert is_live(place, approved, tokens)


def test_rv_008_nobody(place, visitor, tokens):
    with denied(place, "client.auth_failed"):
        response = visitor.post(f"{place.issuer}/revoke", data={"token": tokens["refresh_token"]})
    assert response.status_code == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post(place, visitor, approved, method):
    response = visitor.request(
        method, f"{place.issuer}/revoke", params={"token": "x"}, auth=approved._basic()
    )
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("token", ["\x00", "a\x00.b.c", "a\r\nb"])
def test_control_characters(place, program, token):
    with denied(place, "token.denied", "control character"):
        assert program.revoke(token).status_code == 400
