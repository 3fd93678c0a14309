"""A client that acts for itself (RFC 6749 §4.4), and the MCP server that asks what its token is worth (RFC 7662)."""

import anyio
import httpx
import httpx2
from mcp.client import Client
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client

from tests.journeys.mcp_program import Memory
from tests.processes import wait_until


def token_of(demo, slug, **form):
    tenant = demo.tenant(slug)
    client = tenant["machine_client"]
    response = httpx.post(
        f"{tenant['issuer']}/token",
        data={"grant_type": "client_credentials", **form},
        auth=(client["client_id"], client["client_secret"]),
    )
    assert response.status_code == 200, response.text
    return response.json()


def introspect(demo, token, *, slug="acme"):
    server = demo.tenant(slug)["resource_server"]
    auth = (server["client_id"], server["client_secret"])
    response = httpx.post(f"{demo.issuer(slug)}/introspect", data={"token": token}, auth=auth)
    assert response.status_code == 200, response.text
    return response.json()


def call_tool(demo, http_client, tool, **arguments):
    async def once():
        async with (
            http_client as http,
            Client(streamable_http_client(demo.mcp_url, http_client=http)) as client,
        ):
            return await client.call_tool(tool, arguments)

    return anyio.run(once)


def test_calls_a_tool_as_itself(demo):
    token = token_of(demo, "acme", resource=demo.mcp_url)
    assert "refresh_token" not in token  # RFC 6749 §4.4.3
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token['access_token']}"})
    assert call_tool(demo, http, "score_text", text="Losses deepen").structured_content["mood"] == "negative"


def test_official_client_calls_a_tool_as_itself(demo):
    """It is given the server's address and its credentials, and finds the rest."""
    machine = demo.tenant("acme")["machine_client"]
    auth = ClientCredentialsOAuthProvider(
        server_url=demo.mcp_url,
        storage=Memory(),
        client_id=machine["client_id"],
        client_secret=machine["client_secret"],
        issuer=demo.issuer(),
    )
    result = call_tool(demo, httpx2.AsyncClient(auth=auth), "score_headlines", ticker="ACME")
    assert result.structured_content["ticker"] == "ACME"

    def told():
        return demo.audit(client=machine["client_id"], type="access.allowed")

    assert wait_until(lambda: any(event["data"]["tool"] == "score_headlines" for event in told()), seconds=10)
    assert all(event["grant_id"] is None for event in told())


def test_server_learns_what_a_token_is_worth(demo):
    token = token_of(demo, "acme", resource=demo.mcp_url, scope="mcp:tools:sentiment:score")
    said = introspect(demo, token["access_token"])
    machine = demo.tenant("acme")["machine_client"]
    assert said["active"] is True
    assert said["scope"] == "mcp:tools:sentiment:score"
    assert said["aud"] == demo.mcp_url
    assert said["iss"] == demo.issuer()
    assert said["client_id"] == said["sub"] == machine["client_id"]


def test_token_of_one_tenant_is_nothing_at_another(demo):
    foreign = token_of(demo, "globex")["access_token"]
    assert introspect(demo, foreign) == {"active": False}
    assert introspect(demo, token_of(demo, "acme")["access_token"], slug="globex") == {"active": False}
    response = httpx.post(
        demo.mcp_url, json={}, headers={"Authorization": f"Bearer {foreign}", "Accept": "application/json"}
    )
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


def test_wrong_secret_opens_nothing(demo):
    machine = demo.tenant("acme")["machine_client"]
    response = httpx.post(
        f"{demo.issuer()}/token",
        data={"grant_type": "client_credentials"},
        auth=(machine["client_id"], machine["client_secret"][:-1]),
    )
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
