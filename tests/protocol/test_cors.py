"""The Fetch standard's CORS protocol, at the endpoints that pages of browser clients call."""

import pytest

from tests.programs import answer_of, register

OWN = "https://client.example"


def preflight(web, url, origin, *, method="POST", headers="content-type, mcp-protocol-version"):
    return web.options(
        url,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        },
    )


@pytest.mark.parametrize("endpoint", ["token", "revoke", "register", "userinfo"])
@pytest.mark.parametrize("origin", [OWN, "http://localhost:6274", "https://any.example"])
def test_a_preflight_needs_no_credentials(place, visitor, endpoint, origin):
    response = preflight(visitor, f"{place.issuer}/{endpoint}", origin)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] in {"*", origin}
    allowed = response.headers["access-control-allow-headers"].lower()
    for name in ("authorization", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name"):
        assert name in allowed
    assert "POST" in response.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in response.headers
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("endpoint", ["token", "revoke", "register", "userinfo", "introspect"])
def test_an_opaque_origin_gets_nothing(place, visitor, endpoint):
    url = f"{place.issuer}/{endpoint}"
    for response in (preflight(visitor, url, "null"), visitor.post(url, headers={"Origin": "null"})):
        assert "access-control-allow-origin" not in response.headers


def redeem(person, program, origin):
    code = answer_of(person.answer(program.ask()))["code"]
    form = {
        "grant_type": "authorization_code", "code": code, "code_verifier": program.verifier,
        "client_id": program.client_id, "redirect_uri": program.redirect_uri,
    }  # fmt: skip
    return program.web.post(f"{program.place.issuer}/token", data=form, headers={"Origin": origin})


def test_tk_052_the_clients_own_pages_read_the_tokens(regular, public):
    response = redeem(regular, public, OWN)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == OWN
    assert "Origin" in response.headers["vary"]
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://client.example",
        "https://client.example:8443",
        "https://client.example.evil.example",
        "null",
    ],
)
def test_tk_052_no_other_page_does(regular, public, origin):
    response = redeem(regular, public, origin)
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


def test_the_clients_pages_read_its_errors_too(place, public):
    response = public.web.post(
        f"{place.issuer}/token",
        data={"grant_type": "refresh_token", "refresh_token": "rt_x", "client_id": public.client_id},
        headers={"Origin": OWN},
    )
    assert response.status_code == 400
    assert response.headers["access-control-allow-origin"] == OWN


def test_a_page_on_loopback_is_known_by_whatever_port_it_has(place, member):
    """The inspector's page, and others that register their redirect URI without the port they will have."""
    program = register(place, redirect_uris=["http://localhost/oauth/callback"])
    code = answer_of(member.answer(program.ask(redirect_uri="http://localhost:6274/oauth/callback")))["code"]
    form = {
        "grant_type": "authorization_code", "code": code, "code_verifier": program.verifier,
        "client_id": program.client_id, "redirect_uri": "http://localhost:6274/oauth/callback",
    }  # fmt: skip
    response = program.web.post(
        f"{place.issuer}/token", data=form, headers={"Origin": "http://localhost:6274"}
    )
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "http://localhost:6274"


def test_any_page_may_register_and_read_why_not(place, visitor):
    for document, status in (({"redirect_uris": ["https://a.example/"]}, 201), ({}, 400)):
        response = visitor.post(
            f"{place.issuer}/register", json=document, headers={"Origin": "https://any.example"}
        )
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == "*"


def test_a_challenge_can_be_read(place, visitor):
    response = visitor.get(f"{place.issuer}/userinfo", headers={"Origin": "https://any.example"})
    assert response.status_code == 401
    assert (
        response.headers["access-control-expose-headers"]
        == "WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy"
    )


@pytest.mark.parametrize("endpoint", ["introspect", "access-events"])
def test_what_resource_servers_call_is_no_pages_business(place, visitor, endpoint):
    response = visitor.post(
        f"{place.issuer}/{endpoint}", data={"token": "x"}, auth=place.server_auth, headers={"Origin": OWN}
    )
    assert "access-control-allow-origin" not in response.headers
