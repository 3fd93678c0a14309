"""RFC 7591, OAuth 2.0 Dynamic Client Registration, and what real clients make of the response."""

import time

import pytest

from portal.clients.models import Client
from tenants.current import transaction_of
from tests.programs import REDIRECT

FULL = {
    "redirect_uris": [REDIRECT, "https://client.example/other"],
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "client_name": "A full client",
    "client_uri": "https://client.example/",
    "logo_uri": "https://client.example/logo.png",
    "scope": "mcp:tools:score mcp:tools:weather",
    "contacts": ["admin@client.example"],
    "tos_uri": "https://client.example/tos",
    "policy_uri": "https://client.example/policy",
    "software_id": "4NRB1-0XZABZI9E6-5SM3R",
    "software_version": "2.1",
    "application_type": "web",
}


def post(place, web, document):
    return web.post(f"{place.issuer}/register", json=document)


@pytest.mark.spec("RFC 7591", "2")
@pytest.mark.spec("OpenID Connect Registration", "2")
def test_what_is_left_out_gets_the_standards_defaults(place, visitor):
    body = post(place, visitor, {"redirect_uris": [REDIRECT]}).json()
    assert body["grant_types"] == ["authorization_code"]
    assert body["response_types"] == ["code"]
    assert body["token_endpoint_auth_method"] == "client_secret_basic"
    assert body["application_type"] == "web"
    assert body["client_secret"]


@pytest.mark.spec("RFC 7591", "2")
def test_redirect_uris_are_required_and_unknown_members_ignored(place, visitor):
    assert post(place, visitor, {"client_name": "x"}).json()["error"] == "invalid_redirect_uri"
    body = post(place, visitor, {"redirect_uris": [REDIRECT], "made_up": True, "client_name#fr": "y"}).json()
    assert "made_up" not in body


@pytest.mark.spec("RFC 7591", "2.1")
@pytest.mark.parametrize(
    "members",
    [
        {"response_types": ["token"]},
        {"grant_types": ["implicit"]},
        {"response_types": []},
        {"grant_types": []},
    ],
)
def test_grant_and_response_types_go_together(place, visitor, members):
    response = post(place, visitor, {"redirect_uris": [REDIRECT], **members})
    if [] in members.values():
        assert response.json()["response_types"] == ["code"]
    else:
        assert response.json()["error"] == "invalid_client_metadata"


@pytest.mark.spec("RFC 7591", "3")
def test_anyone_may_register_and_gets_an_identifier_of_their_own(place, visitor):
    one, two = (post(place, visitor, FULL).json() for _ in range(2))
    assert one["client_id"] != two["client_id"]
    assert one["client_secret"] != two["client_secret"]


@pytest.mark.spec("RFC 7591", "3.2.1")
def test_the_response_has_all_that_was_registered(place, visitor):
    response = post(place, visitor, FULL)
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert {name: body[name] for name in FULL} == FULL
    assert set(body) - set(FULL) == {
        "client_id", "client_id_issued_at", "client_secret", "client_secret_expires_at",
    }  # fmt: skip
    assert abs(body["client_id_issued_at"] - time.time()) < 30
    assert body["client_secret_expires_at"] == 0


@pytest.mark.spec("RFC 7591", "3.2.1")
def test_a_public_client_is_told_of_no_secret(place, visitor):
    body = post(place, visitor, {"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none"}).json()
    assert not {"client_secret", "client_secret_expires_at"} & set(body)
    assert body["token_endpoint_auth_method"] == "none"


@pytest.mark.spec("RFC 7591", "3.2.2")
def test_an_error_has_its_own_code_and_says_which(place, visitor):
    response = post(place, visitor, {"redirect_uris": [REDIRECT, "http://evil.example/"]})
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_redirect_uri"
    assert "redirect_uris[1]" in response.json()["error_description"]
    assert (
        post(place, visitor, {**FULL, "grant_types": ["password"]}).json()["error"]
        == "invalid_client_metadata"
    )
    statement = post(place, visitor, {**FULL, "software_statement": "a.b.c"})
    assert statement.json()["error"] == "invalid_software_statement"


@pytest.mark.spec("RFC 7518", "6")
@pytest.mark.spec("RFC 3986", "2")
@pytest.mark.parametrize(
    "members",
    [
        {"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
        {"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "A", "y": "B", "d": "C"}]}},
        {"jwks": {"keys": [{"kty": "RSA", "e": "AQAB"}]}},
        {"redirect_uris": ["https://client.example/a b"]},
        {"redirect_uris": ["https://client.example/%zz"]},
    ],
)
def test_keys_are_public_and_uris_are_uris(place, visitor, members):
    response = post(place, visitor, {**FULL, **members})
    assert response.status_code == 400


@pytest.mark.spec("RFC 7591", "5")
def test_what_registers_itself_is_nobody_that_anyone_checked(place, visitor):
    body = post(place, visitor, {**FULL, "client_name": "Claude"}).json()
    with transaction_of(place.tenant):
        client = Client.objects.get(client_id=body["client_id"])
    assert not client.is_approved
