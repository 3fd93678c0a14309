"""RFC 9728, OAuth 2.0 Protected Resource Metadata: the document that a tenant's MCP server serves, ready made."""

import pytest


@pytest.mark.spec("RFC 9728", "2")
def test_has_the_resource_its_issuer_and_its_scopes(place, visitor):
    response = visitor.get(f"{place.issuer}/resources/mcp/metadata")
    assert response.status_code == 200
    body = response.json()
    assert body["resource"] == place.resource
    assert body["authorization_servers"] == [place.issuer]
    assert body["bearer_methods_supported"] == ["header"]
    assert "mcp:tools:score" in body["scopes_supported"]
    # MCP: a resource does not ask for offline_access.
    assert "offline_access" not in body["scopes_supported"]
    assert None not in body.values()


@pytest.mark.spec("RFC 9728", "3.2")
def test_is_json_that_any_page_may_read(place, visitor):
    response = visitor.get(
        f"{place.issuer}/resources/mcp/metadata", headers={"Origin": "https://any.example"}
    )
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.spec("RFC 9728", "2")
def test_there_is_none_for_an_unknown_resource(place, visitor):
    assert visitor.get(f"{place.issuer}/resources/other/metadata").status_code == 404
