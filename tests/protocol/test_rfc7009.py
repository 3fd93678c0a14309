"""RFC 7009, OAuth 2.0 Token Revocation."""

import pytest

from tests.programs import introspect
from tests.registry import enrol


@pytest.mark.spec("RFC 7009", "2")
def test_revoking_a_refresh_token_ends_what_was_issued_with_it(place, regular, approved):
    tokens = approved.connect(regular)
    assert approved.revoke(tokens["refresh_token"]).status_code == 200
    assert approved.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert introspect(place, tokens["access_token"]) == {"active": False}


@pytest.mark.spec("RFC 7009", "2")
def test_a_public_client_revokes_by_naming_itself(place, regular, public):
    tokens = public.connect(regular)
    assert public.revoke(tokens["access_token"]).status_code == 200
    assert introspect(place, tokens["access_token"]) == {"active": False}


@pytest.mark.spec("RFC 7009", "2.1")
def test_the_token_is_required_and_the_client_authenticates(place, visitor, approved):
    missing = visitor.post(f"{place.issuer}/revoke", data={"x": "y"}, auth=approved._basic())
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    nobody = visitor.post(f"{place.issuer}/revoke", data={"token": "x", "client_id": approved.client_id})
    assert (nobody.status_code, nobody.json()["error"]) == (401, "invalid_client")


@pytest.mark.spec("RFC 7009", "2.1")
def test_a_token_of_another_client_is_left_alone(place, regular, approved):
    tokens = approved.connect(regular)
    assert enrol(place).revoke(tokens["refresh_token"]).status_code == 200
    assert introspect(place, tokens["access_token"])["active"] is True


@pytest.mark.spec("RFC 7009", "2.2")
@pytest.mark.parametrize("token", ["unknown", "rt_" + "A" * 43, "a.b.c"])
def test_an_unknown_token_is_revoked_already(approved, token):
    response = approved.revoke(token)
    assert response.status_code == 200
    assert response.content == b""


@pytest.mark.spec("RFC 7009", "2.2")
def test_a_hint_that_is_wrong_changes_nothing(place, regular, approved):
    tokens = approved.connect(regular)
    form = {"token": tokens["refresh_token"], "token_type_hint": "access_token"}
    assert approved.web.post(f"{place.issuer}/revoke", data=form, auth=approved._basic()).status_code == 200
    assert introspect(place, tokens["access_token"]) == {"active": False}


@pytest.mark.spec("RFC 7009", "2.3")
def test_pages_of_the_clients_own_origin_may_revoke(place, regular, public):
    tokens = public.connect(regular)
    response = public.web.post(
        f"{place.issuer}/revoke",
        data={"token": tokens["access_token"], "client_id": public.client_id},
        headers={"Origin": "https://client.example"},
    )
    assert response.headers["access-control-allow-origin"] == "https://client.example"
