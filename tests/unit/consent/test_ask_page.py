"""Where the page that asks has nothing left to ask."""

import re

from tests.people import make_person
from tests.programs import register


def test_second_answer_finds_nothing_to_answer(person, program):
    page = person.sign_in(program.ask())
    reference = page.url.path.rpartition("/")[2]
    person.submit(page, decision="allow")
    for again in (person.browser.get(str(page.url)), person.submit(page, decision="deny")):
        assert again.status_code == 400
        assert "There is nothing left to answer" in again.text
        assert "What you answered before stands." in again.text
        assert reference in again.text


def test_repeats_nothing_that_is_no_reference(tenant):
    stranger = make_person(tenant)
    stranger.sign_in()
    told = stranger.browser.get(f"{tenant.issuer}/consent/call-us-now-at-0800")
    assert told.status_code == 400
    assert "call-us" not in told.text
    assert "Reference" not in told.text


def test_presets_what_is_new_and_never_what_was_left_out(tenant, person):
    """A step-up that the person sent for needs no more than Allow; what they once said no to stays a no."""
    program = register(tenant)
    first = "mcp:tools:score mcp:tools:weather mcp:tools:write"
    program.connect(person, scope=first, tick=("mcp:tools:write",))
    page = person.follow(person.browser.get(program.ask(scope=f"{first} mcp:resources:customer-data:read")))
    ticked = re.findall(r'name="scope" value="([^"]+)" checked', page.text)
    assert ticked == ["mcp:resources:customer-data:read", "mcp:tools:write"]


def test_says_how_often_such_a_program_came_before(tenant, person):
    """The same name at the same places; a namesake that sends its answers elsewhere is another program."""
    loopback = ["http://127.0.0.1:8/cb"]
    for uris in (["http://localhost:1/cb"], ["http://localhost:2/cb"], ["https://elsewhere.example/cb"]):
        register(tenant, client_name="Fetcher", redirect_uris=uris)
    page = person.sign_in(register(tenant, client_name="FETCHER", redirect_uris=loopback).ask())
    assert "Programs like it: 2 times, first on" in page.text
    alone = person.follow(person.browser.get(register(tenant, client_name="Another").ask()))
    assert "Programs like it" not in alone.text
