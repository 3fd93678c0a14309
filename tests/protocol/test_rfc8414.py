"""RFC 8414, OAuth 2.0 Authorization Server Metadata."""

import pytest

from tests.places import PORTAL


@pytest.fixture(scope="module")
def document(place, visitor):
    return visitor.get(f"{PORTAL}/.well-known/oauth-authorization-server{place.tenant.prefix}").json()


@pytest.mark.spec("RFC 8414", "2")
def test_has_what_is_required_and_what_clients_need(place, document):
    assert document["issuer"] == place.issuer
    assert document["authorization_endpoint"] == f"{place.issuer}/authorize"
    assert document["token_endpoint"] == f"{place.issuer}/token"
    assert document["registration_endpoint"] == f"{place.issuer}/register"
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    # Claude and opencode look for "none" before they use a client of their own.
    assert document["token_endpoint_auth_methods_supported"] == [
        "none",
        "client_secret_basic",
        "client_secret_post",
    ]
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]
    assert "mcp:tools:score" in document["scopes_supported"]
    assert "offline_access" in document["scopes_supported"]


@pytest.mark.spec("RFC 8414", "2")
def test_has_no_null_and_no_empty_list(document):
    assert not [name for name, value in document.items() if value is None or value == []]


@pytest.mark.spec("RFC 8414", "3.1")
def test_stands_between_host_and_path(place, visitor):
    places = [
        f"{PORTAL}/.well-known/oauth-authorization-server{place.tenant.prefix}",
        f"{PORTAL}/.well-known/openid-configuration{place.tenant.prefix}",
        f"{place.issuer}/.well-known/openid-configuration",
        f"{place.issuer}/.well-known/oauth-authorization-server",
    ]
    answers = [visitor.get(url, headers={"MCP-Protocol-Version": "2026-07-28"}) for url in places]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    root = visitor.get(f"{PORTAL}/.well-known/oauth-authorization-server").json()
    assert root["issuer"] == PORTAL


@pytest.mark.spec("RFC 8414", "3.2")
def test_is_json(place, visitor):
    response = visitor.get(f"{place.issuer}/.well-known/oauth-authorization-server")
    assert response.headers["content-type"] == "application/json"


@pytest.mark.spec("RFC 8414", "3.3")
def test_names_the_issuer_that_it_was_asked_for_to_the_byte(place, elsewhere, visitor):
    for home in (place, elsewhere):
        path = f"/.well-known/oauth-authorization-server{home.tenant.prefix}"
        assert visitor.get(PORTAL + path).json()["issuer"] == home.issuer
    # The TypeScript SDK looks here where a server wrote our issuer with a slash, and forgives that we have none.
    slash = visitor.get(f"{PORTAL}/.well-known/oauth-authorization-server{place.tenant.prefix}/")
    assert slash.json()["issuer"] == place.issuer
