"""RFC 6749 §4.1 with PKCE, from /authorize to a refreshed token."""

import pytest

from tests.programs import answer_of, introspect, register


@pytest.mark.spec("RFC 6749", "4.1.3")
def test_issues_tokens_for_a_code(place_person_program):
    place, person, program = place_person_program
    back = person.answer(program.ask(state="xyz"))
    answer = answer_of(back)
    assert back.headers["location"].startswith(program.redirect_uri + "?")
    assert answer["state"] == "xyz"
    assert answer["iss"] == place.issuer
    response = program.redeem(answer["code"])
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "mcp:tools:score mcp:tools:weather"
    assert introspect(place, tokens["access_token"])["active"] is True
    again = program.refresh(tokens["refresh_token"])
    assert again.status_code == 200, again.text
    assert again.json()["refresh_token"] != tokens["refresh_token"]


@pytest.fixture
def place_person_program(tenant, person, program):
    return tenant, person, program


def test_confidential_client_uses_its_registered_method(tenant, person):
    for method in ("client_secret_basic", "client_secret_post"):
        program = register(tenant, token_endpoint_auth_method=method)
        assert program.connect(person)["access_token"]
