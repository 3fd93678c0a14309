"""RFC 6750, Bearer Token Usage, at the one protected resource of our own: /userinfo."""

import pytest


@pytest.fixture(scope="module")
def tokens(regular, approved):
    return approved.connect(regular, scope="openid mcp:tools:score")


def ask(place, web, token=None, *, scheme="Bearer", **options):
    headers = {"Authorization": f"{scheme} {token}"} if token is not None else {}
    return web.request(options.pop("method", "GET"), f"{place.issuer}/userinfo", headers=headers, **options)


@pytest.mark.spec("RFC 6750", "2.1")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_stands_in_the_header(place, visitor, tokens, scheme):
    assert ask(place, visitor, tokens["access_token"], scheme=scheme).status_code == 200
    assert ask(place, visitor, tokens["access_token"], scheme=scheme, method="POST").status_code == 200


@pytest.mark.spec("RFC 6750", "2.1")
def test_the_token_stands_nowhere_else(place, visitor, tokens):
    token = tokens["access_token"]
    assert ask(place, visitor, params={"access_token": token}).status_code == 401
    assert ask(place, visitor, method="POST", data={"access_token": token}).status_code == 401
    assert ask(place, visitor, token, scheme="Basic").status_code == 401


@pytest.mark.spec("RFC 6750", "3")
def test_who_sends_no_token_is_told_the_scheme_alone(place, visitor):
    response = ask(place, visitor)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == f'Bearer realm="{place.issuer}"'


@pytest.mark.spec("RFC 6750", "3.1")
@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\u00e9".encode("latin-1").hex()])
def test_a_token_that_is_none(place, visitor, token):
    response = ask(place, visitor, token)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.spec("RFC 6750", "3.1")
def test_a_token_without_the_scope(place, visitor, regular, approved, machine):
    own = machine.token(grant_type="client_credentials").json()
    for tokens in (approved.connect(regular, scope="mcp:tools:score"), own):
        response = ask(place, visitor, tokens["access_token"])
        assert response.status_code == 403
        assert 'error="insufficient_scope"' in response.headers["www-authenticate"]


@pytest.mark.spec("RFC 6750", "3.1")
def test_another_tenants_token_is_none(elsewhere, visitor, tokens):
    assert ask(elsewhere, visitor, tokens["access_token"]).status_code == 401
