"""What the sign-in page says of the ask on the way."""

from urllib.parse import quote

from tests.people import make_person
from tests.programs import register


def test_sign_in_names_who_asks_and_where_the_answer_goes(person, program):
    page = person.follow(person.browser.get(program.ask(login_hint="alice@acme.example")))
    assert "Then you decide what <strong>“<bdi>A program</bdi>”</strong>" in page.text
    assert '<span class="host">client.example</span>' in page.text
    assert 'value="alice@acme.example"' in page.text


def test_sign_in_calls_loopback_this_computer(tenant, person):
    program = register(tenant, redirect_uris=["http://localhost:9/cb"])
    page = person.follow(person.browser.get(program.ask()))
    assert "on <strong>this computer</strong>" in page.text


def test_still_says_so_after_a_wrong_password(person, program):
    page = person.follow(person.browser.get(program.ask()))
    again = person.submit(page, login=person.user.email, password="not this one")
    assert "Email or password is wrong." in again.text
    assert "“<bdi>A program</bdi>”" in again.text


def test_says_nothing_of_another_browsers_ask(tenant, person, program):
    page = person.follow(person.browser.get(program.ask()))
    assert "A program" in page.text
    stranger = make_person(tenant)
    assert "A program" not in stranger.browser.get(str(page.url)).text


def test_survives_whatever_stands_in_next(tenant, web):
    for target in (
        "x" * 5000,
        "//evil.example/",
        "\x00",
        "/t/x/consent/",
        "consent/é",
        "..",
        "/consent/%2e%2e",
    ):
        answer = web.get(f"{tenant.issuer}/account/login/?next={quote(target)}")
        assert answer.status_code in {200, 400}, target
