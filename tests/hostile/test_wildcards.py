"""A wildcard is no way around what stands below it: neither the ceiling, nor a tick, nor "only reading"."""

import pytest

from portal.clients.models import Client
from portal.resources.models import Scope
from tenants.cache import forget
from tenants.current import transaction_of
from tests.people import boxes, make_person
from tests.places import open_place
from tests.programs import answer_of, register
from tests.registry import change, enrol

DANGEROUS = "mcp:tools:delete"


@pytest.fixture(scope="module")
def place():
    """A tenant whose admin listed a wildcard, and forgot to say that it writes and deletes."""
    place = open_place()
    with transaction_of(place.tenant):
        Scope.objects.create(resource_server=place.server, name="mcp:tools:*", title="All tools")
    forget(place.tenant)
    return place


def scope_after(program, back):
    return set(program.redeem(answer_of(back)["code"]).json()["scope"].split())


@pytest.mark.parametrize("asked", ["mcp:tools:*", "mcp:*"])
def test_an_unapproved_client_does_not_reach_what_destroys(place, member, asked):
    program = register(place)
    page = member.sign_in(program.ask(scope=asked))
    assert "mcp:tools:*" not in boxes(page.text)
    got = scope_after(
        program, member.submit(page, decision="allow", scope=[*boxes(page.text), "mcp:tools:*", DANGEROUS])
    )
    assert {"mcp:tools:score", "mcp:tools:weather", "mcp:tools:write"} <= got
    assert not {DANGEROUS, "mcp:tools:*", "mcp:*"} & got
    assert not {DANGEROUS, "mcp:tools:*"} & set(
        register(place, scope="mcp:tools:*").registration["scope"].split()
    )


def test_a_wildcard_is_as_grave_as_the_gravest_below_it(place, member):
    program = enrol(place)
    page = member.sign_in(program.ask(scope="mcp:tools:*"))
    row = page.text.partition('value="mcp:tools:*"')[2].partition("</label>")[0]
    assert "Deletes" in row
    assert not row.startswith(" checked"), "deleting is off in every preset"
    assert answer_of(member.submit(page, decision="allow", scope=[]))["error"] == "access_denied"


def test_only_reading_leaves_out_a_wildcard_above_what_writes(place, member):
    program = enrol(place)
    page = member.sign_in(program.ask(scope="mcp:tools:* mcp:tools:weather"))
    back = member.submit(page, decision="allow", access="read", scope=["mcp:tools:*", "mcp:tools:weather"])
    assert scope_after(program, back) == {"mcp:tools:weather"}


def test_only_reading_leaves_out_what_only_the_wildcard_lists(place, member):
    program = enrol(place)
    page = member.sign_in(program.ask(scope="mcp:tools:score mcp:exec:workflows:nightly"))
    row = page.text.partition('value="mcp:exec:workflows:nightly"')[2].partition("</label>")[0]
    assert "Sensitive" in row
    back = member.submit(page, decision="allow", access="read", scope=["mcp:exec:workflows:nightly"])
    assert scope_after(program, back) == {"mcp:tools:score"}


def test_refusing_what_stands_below_a_held_wildcard_ends_the_wildcard(place, member):
    program = enrol(place)
    page = member.sign_in(program.ask(scope="mcp:tools:score mcp:exec:workflows:*"))
    held = program.redeem(answer_of(member.submit(page, decision="allow"))["code"]).json()
    assert "mcp:exec:workflows:daily" in held["scope"].split()
    page = member.follow(
        member.browser.get(program.ask(scope="mcp:tools:score mcp:exec:workflows:daily", prompt="consent"))
    )
    assert "checked" in page.text.partition('value="mcp:exec:workflows:daily"')[2].partition(">")[0]
    back = member.submit(page, decision="allow", scope=[])
    assert scope_after(program, back) == {"mcp:tools:score"}
    assert program.refresh(held["refresh_token"]).json()["scope"] == "mcp:tools:score"


@pytest.mark.parametrize("moment", ["redeeming", "refreshing"])
def test_tk_035_a_client_whose_ceiling_was_lowered(place, moment):
    person, program = make_person(place), enrol(place)
    page = person.sign_in(program.ask(scope="mcp:tools:score mcp:tools:write mcp:exec:workflows:*"))
    code = answer_of(person.submit(page, decision="allow"))["code"]
    tokens = program.redeem(code).json() if moment == "refreshing" else {}
    change(program, scope="mcp:tools:score mcp:exec:workflows:daily")
    after = program.refresh(tokens["refresh_token"]) if tokens else program.redeem(code)
    assert after.json()["scope"] == "mcp:exec:workflows:daily mcp:tools:score"
    with transaction_of(place.tenant):
        assert Client.objects.get(client_id=program.client_id).is_approved


def test_tk_035_a_client_that_is_not_approved_any_more(place):
    person, program = make_person(place), enrol(place)
    page = person.sign_in(program.ask(scope=f"mcp:tools:score {DANGEROUS}"))
    tokens = program.redeem(
        answer_of(person.submit(page, decision="allow", scope=[DANGEROUS]))["code"]
    ).json()
    assert DANGEROUS in tokens["scope"]
    change(program, is_approved=False)
    assert program.refresh(tokens["refresh_token"]).json()["scope"] == "mcp:tools:score"


def test_a_ceiling_of_another_server_opens_nothing_here(member):
    from portal.resources.models import ResourceServer

    place = open_place()
    person = make_person(place)
    with transaction_of(place.tenant):
        second = ResourceServer.objects.create(
            slug="two", name="Two", resource="https://two.example/mcp", client_id="rs2"
        )
        Scope.objects.create(resource_server=second, name="mcp:tools:theirs", title="Theirs")
        Scope.objects.create(resource_server=place.server, name="mcp:tools:*", title="All")
    forget(place.tenant)
    program = register(place)
    page = person.sign_in(program.ask(scope="mcp:tools:*"))
    assert "theirs" not in page.text
    assert "mcp:tools:theirs" not in scope_after(program, person.submit(page, decision="allow"))
