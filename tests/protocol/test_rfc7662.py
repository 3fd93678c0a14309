"""RFC 7662, OAuth 2.0 Token Introspection."""

import jwt
import pytest

from tests.programs import introspect


@pytest.mark.spec("RFC 7662", "2.1")
def test_asks_by_post_with_credentials_about_a_token(place, visitor, regular, approved):
    tokens = approved.connect(regular)
    form = {"token": tokens["access_token"], "token_type_hint": "access_token"}
    url = f"{place.issuer}/introspect"
    assert visitor.post(url, data=form, auth=place.server_auth).json()["active"] is True
    name, secret = place.server_auth
    posted = visitor.post(url, data={**form, "client_id": name, "client_secret": secret})
    assert posted.json()["active"] is True
    assert visitor.post(url, data=form).status_code == 401
    assert visitor.get(url, params=form, auth=place.server_auth).status_code == 405
    assert visitor.post(url, data={"x": "y"}, auth=place.server_auth).json()["error"] == "invalid_request"


@pytest.mark.spec("RFC 7662", "2.2")
def test_what_is_said_of_a_live_token(place, regular, approved):
    tokens = approved.connect(regular)
    body = introspect(place, tokens["access_token"])
    assert body["active"] is True
    assert body["token_type"] == "Bearer"
    assert body["scope"] == tokens["scope"]
    assert body["client_id"] == approved.client_id
    assert body["sub"] == regular.user.sub
    assert body["aud"] == place.resource
    assert body["iss"] == place.issuer
    assert isinstance(body["exp"], int)
    assert isinstance(body["iat"], int)
    assert body["jti"]


@pytest.mark.spec("RFC 7662", "2.2")
@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_nothing_else_is_said_of_any_other(place, token):
    assert introspect(place, token) == {"active": False}


@pytest.mark.spec("RFC 7662", "4")
def test_a_server_learns_nothing_of_tokens_for_another(place, elsewhere, regular, approved):
    tokens = approved.connect(regular)
    assert introspect(elsewhere, tokens["access_token"]) == {"active": False}
    assert jwt.decode(tokens["access_token"], options={"verify_signature": False})["aud"] == place.resource
