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
