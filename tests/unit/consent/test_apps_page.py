"""What a person reads about what they allowed."""

import re
import uuid
from datetime import UTC, datetime

from tests.people import boxes, make_person
from tests.programs import introspect, open_web


def connection(person):
    page = person.browser.get(f"{person.place.issuer}/apps/")
    return person.browser.get(re.search(r'<h3 class="cluster"><a href="([^"]+)"', page.text)[1])


def titles(page):
    may = page.text.partition('id="may"')[2].partition("</ul>")[0]
    return re.findall(r"<strong>(.*?)</strong>", may)


def test_lists_all_that_was_allowed_in_the_order_of_the_catalog(person, program):
    scope = "email mcp:tools:weather mcp:exec:workflows:weekly mcp:exec:workflows:daily mcp:tools:score"
    program.connect(person, scope=scope)
    assert titles(connection(person)) == [
        "Score a text",
        "Read the weather",
        "Start the daily report",
        "mcp:exec:workflows:weekly",
        "See your email address",
    ]


def test_use_below_a_wildcard_is_a_use_of_the_wildcard(tenant, person, program):
    tokens = program.connect(
        person, scope="mcp:exec:workflows:* mcp:tools:score", tick=("mcp:exec:workflows:*",)
    )
    said = introspect(tenant, tokens["access_token"])
    event = {
        "id": str(uuid.uuid4()),
        "at": datetime.now(UTC).isoformat(),
        "outcome": "allowed",
        "tool": "run_workflow",
        "scope": "mcp:exec:workflows:weekly",
        "client_id": program.client_id,
        **{name: said[name] for name in ("grant_id", "jti", "sub")},
    }
    reported = open_web().post(
        f"{tenant.issuer}/access-events", json={"events": [event]}, auth=tenant.server_auth
    )
    assert reported.status_code == 202, reported.text
    page = connection(person).text
    used = re.search(r"<strong>Start any report</strong><small>(.*?)</small>", page)[1]
    assert used.startswith("Once, ")


def test_revoking_says_whose_access_ended(person, program):
    program.connect(person)
    told = person.submit(connection(person), action="revoke")
    assert "“A program” can do nothing as you any more." in told.text
    assert "No app is connected" in told.text


def test_revoking_all_ends_every_one(tenant, person, program):
    from tests.programs import register

    tokens = [program.connect(person), register(tenant).connect(person)]
    page = person.browser.get(f"{tenant.issuer}/apps/")
    assert "2 apps can use" in page.text
    assert "All connections are ended." in person.submit(page, revoke="all").text
    assert [introspect(tenant, told["access_token"]) for told in tokens] == [{"active": False}] * 2


def test_anothers_connection_is_not_found(tenant, person, program):
    program.connect(person)
    page = connection(person)
    stranger = make_person(tenant)
    stranger.sign_in()
    assert stranger.browser.get(str(page.url)).status_code == 404
    listed = stranger.browser.get(f"{tenant.issuer}/apps/")
    assert stranger.submit(listed, revoke=str(page.url).rstrip("/").rpartition("/")[2]).status_code == 404
    assert connection(person).status_code == 200


def test_what_is_closed_to_the_client_comes_last_and_is_not_new(person, program):
    program.connect(person)
    page = person.follow(
        person.browser.get(
            program.ask(scope="mcp:tools:score mcp:tools:weather mcp:tools:write mcp:tools:delete")
        )
    )
    rows = re.findall(r"<strong>([^<]+)</strong><small|<strong>([^<]+)</strong></span>", page.text)
    assert [one or other for one, other in rows][-1] == "Delete a list"
    assert boxes(page.text) == ["mcp:tools:write", "mcp:tools:weather"]
    assert page.text.count(">New<") == 1
