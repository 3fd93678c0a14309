"""RFC 8252, OAuth 2.0 for Native Apps."""

import pytest

from tests.people import make_person
from tests.programs import answer_of, register

LOOPBACK = ["http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback"]


@pytest.mark.spec("RFC 8252", "7.1")
@pytest.mark.spec("RFC 8252", "7")
@pytest.mark.parametrize(
    "uri",
    ["com.example.app:/oauth", "com.example.app://oauth", "cursor://anysphere.cursor-mcp/oauth/callback"],
)
def test_an_app_is_reached_by_its_private_scheme(place, uri):
    program = register(place, redirect_uris=[uri], application_type="native")
    back = make_person(place).answer(program.ask())
    assert back.headers["location"].startswith(uri + "?")
    assert program.redeem(answer_of(back)["code"]).status_code == 200


@pytest.mark.spec("RFC 8252", "7.3")
@pytest.mark.spec("OAuth 2.1", "2.3.1")
@pytest.mark.parametrize("registered", LOOPBACK)
def test_a_loopback_port_is_chosen_at_each_request(place, registered):
    program = register(place, redirect_uris=[registered, "https://client.example/cb"])
    person = make_person(place)
    for port in (":1", ":8080", ":65535", ""):
        uri = registered.replace("/callback", f"{port}/callback")
        back = person.answer(program.ask(redirect_uri=uri))
        assert back.headers["location"].startswith(uri + "?"), uri
        # The code is bound to the very URI, port and all.
        assert program.redeem(answer_of(back)["code"], redirect_uri=uri).status_code == 200


@pytest.mark.spec("RFC 8252", "7.3")
def test_a_registered_loopback_port_is_no_promise_either(place):
    """FastMCP registers one port, and comes back with another."""
    program = register(place, redirect_uris=["http://localhost:54321/callback"])
    back = make_person(place).answer(program.ask(redirect_uri="http://localhost:54999/callback"))
    assert back.status_code == 303


@pytest.mark.spec("RFC 8252", "8.6")
def test_the_person_sees_each_request_of_a_program_that_any_other_could_be(place):
    program, person = register(place, redirect_uris=LOOPBACK), make_person(place)
    uri = "http://127.0.0.1:5000/callback"
    assert person.answer(program.ask(redirect_uri=uri)).status_code == 303
    again = person.follow(person.browser.get(program.ask(redirect_uri=uri)))
    assert 'name="decision"' in again.text
