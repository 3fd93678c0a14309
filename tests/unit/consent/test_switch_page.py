"""Somebody else answers an ask: it survives the signing out, and nothing else of the session does."""

import re

from tests.people import PASSWORD, make_person
from tests.programs import answer_of, introspect


def open_ask(person, program):
    """The page that asks, for a person who had to sign in for it."""
    page = person.sign_in(program.ask())
    assert 'name="decision"' in page.text
    return page


def test_another_person_answers_the_same_ask(tenant, person, program):
    colleague = make_person(tenant)
    page = open_ask(person, program)
    switch = person.follow(person.browser.get(re.search(r'href="([^"]+/switch)"', page.text)[1]))
    assert person.user.email in switch.text
    login = person.submit(switch)
    assert "what <strong>“<bdi>A program</bdi>”</strong>" in login.text
    again = person.submit(login, login=colleague.user.email, password=PASSWORD)
    assert again.url == page.url
    assert colleague.user.email in again.text
    assert person.user.email not in again.text
    tokens = program.redeem(answer_of(person.submit(again, decision="allow"))["code"]).json()
    assert introspect(tenant, tokens["access_token"])["sub"] == colleague.user.sub


def test_looking_at_the_page_changes_nothing(person, program):
    page = open_ask(person, program)
    switch = person.browser.get(f"{page.url}/switch")
    back = person.browser.get(re.search(r'<a class="btn[^"]*" href="([^"]+)"', switch.text)[1])
    assert back.status_code == 200
    assert person.user.email in back.text


def test_ends_the_session_that_was(tenant, person, program):
    page = open_ask(person, program)
    before = dict(person.browser.cookies)
    person.submit(person.browser.get(f"{page.url}/switch"))
    assert dict(person.browser.cookies) != before
    assert "account/login" in str(person.follow(person.browser.get(f"{tenant.issuer}/apps/")).url)


def test_knows_nothing_of_another_browsers_ask(tenant, person, program):
    page = open_ask(person, program)
    stranger = make_person(tenant)
    stranger.sign_in()
    for response in (
        stranger.browser.get(f"{page.url}/switch"),
        stranger.browser.get(f"{tenant.issuer}/consent/ABCD-EFGH-JKMN/switch"),
    ):
        told = stranger.follow(response)
        assert told.status_code == 400
        assert "A program" not in told.text
    assert stranger.browser.get(f"{tenant.issuer}/apps/").status_code == 200
