"""The main job, with the official `mcp` client: register, ask, call, refresh, step up, be cut off."""

import re

import anyio
import httpx
import pytest
from mcp.client.auth.exceptions import OAuthFlowError

from tests.journeys.mcp_program import AskedError, McpProgram
from tests.people import boxes
from tests.processes import wait_until

SCORE, HEADLINES, WEATHER = "mcp:tools:sentiment:score", "mcp:tools:sentiment:headlines", "mcp:tools:weather"


def call(program, tool, **arguments):
    async def once():
        async with program.connect() as client:
            return await client.call_tool(tool, arguments)

    return anyio.run(once)


def score(program):
    result = call(program, "score_text", text="Profits rise sharply")
    assert result.structured_content["mood"] == "positive"


def fails(error):
    """Whether it comes alone or in the client's groups of errors."""
    return pytest.RaisesGroup(error, flatten_subgroups=True, allow_unwrapped=True)


def connection(alice, program):
    """The address of the program's page among Alice's connected apps; None where it is not listed."""
    rows = alice.open("apps/").text.split("<li>")[1:]
    found = [row for row in rows if f"“<bdi>{program.name}</bdi>”" in row]
    return re.search(r'<a href="([^"]+)"', found[0])[1] if found else None


@pytest.mark.parametrize("era", ["auto", "legacy"])
def test_finds_its_way_from_the_address_of_the_server_alone(demo, visit, era):
    alice = visit()
    program = McpProgram(demo.mcp_url, alice.answer, era=era)
    score(program)
    issuer, server = demo.issuer(), demo.mcp_url.removesuffix("/mcp")
    assert program.exchanges[:6] == [
        ("POST", f"{server}/mcp", 401),
        ("GET", f"{server}/.well-known/oauth-protected-resource/mcp", 200),
        ("GET", issuer.replace("/t/", "/.well-known/oauth-authorization-server/t/"), 200),
        ("POST", f"{issuer}/register", 201),
        ("POST", f"{issuer}/token", 200),
        ("POST", f"{server}/mcp", 200),
    ]
    assert program.scopes == {SCORE, HEADLINES, "offline_access"}
    [page] = alice.asked
    assert "“<bdi>Journey</bdi>” use <bdi>Sentiment</bdi>?" in page
    assert "127.0.0.1" in page
    assert boxes(page) == [HEADLINES]


def test_public_client_needs_no_secret(demo, visit):
    program = McpProgram(demo.mcp_url, visit().answer, method="none")
    score(program)
    assert program.memory.client.client_secret is None
    program.let_expire()
    score(program)


def test_renews_its_access_without_asking_anybody(demo, visit):
    program = McpProgram(demo.mcp_url, visit().answer)
    score(program)
    before, program.person = program.memory.tokens, None
    for _ in range(2):
        program.let_expire()
        score(program)
    after = program.memory.tokens
    assert len(program.asked) == 1
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token
    assert set(after.scope.split()) == set(before.scope.split())


def test_steps_up_and_is_asked_only_for_what_is_new(demo, visit):
    alice = visit()
    program = McpProgram(demo.mcp_url, lambda url: alice.answer(url, tick_all=True))

    async def one_session():
        async with program.connect() as client:
            await client.call_tool("score_text", {"text": "Calm"})
            client_id = program.memory.client.client_id
            weather = await client.call_tool("get_weather")
            still = await client.call_tool("score_text", {"text": "Calm"})
            return client_id, weather, still

    client_id, weather, still = anyio.run(one_session)
    assert weather.structured_content["weather"] in {"sunny", "cloudy", "stormy"}
    assert not still.is_error
    assert program.memory.client.client_id == client_id
    assert program.scopes == {SCORE, HEADLINES, WEATHER, "offline_access"}
    again = alice.asked[1]
    assert len(alice.asked) == 2
    assert "“<bdi>Journey</bdi>” asks again" in again
    assert [name for name in boxes(again) if is_new(again, name)] == [WEATHER]
    # What was answered before is filled in.
    assert f'value="{HEADLINES}" checked' in again


def is_new(page, scope):
    row = re.search(rf'value="{re.escape(scope)}".*?</li>', page, re.DOTALL)[0]
    return ">New<" in row


def test_goes_without_what_its_person_did_not_tick(demo, visit):
    alice = visit()
    program = McpProgram(demo.mcp_url, lambda url: alice.answer(url, scope=[]))
    score(program)
    assert program.scopes == {SCORE, "offline_access"}


def test_is_told_when_its_person_says_no(demo, visit):
    alice = visit()
    program = McpProgram(demo.mcp_url, lambda url: alice.answer(url, decision="deny"))
    with fails(OAuthFlowError):
        score(program)
    assert program.memory.tokens is None


def test_is_cut_off_at_once_when_its_person_revokes(demo, visit):
    alice = visit()
    program = McpProgram(demo.mcp_url, alice.answer, name="Cut off")
    score(program)
    page = alice.open(connection(alice, program))
    told = alice.submit(page, action="revoke")
    assert "“Cut off” can do nothing as you any more." in told.text
    assert connection(alice, program) is None

    program.person, program.exchanges[:] = None, []
    with fails(AskedError):
        score(program)
    assert program.exchanges[0] == ("POST", demo.mcp_url, 401)
    program.let_expire()
    assert refresh(demo, program).json()["error"] == "invalid_grant"
    assert refused(demo, program).headers["www-authenticate"].startswith('Bearer error="invalid_token"')


def refresh(demo, program):
    client = program.memory.client
    return httpx.post(
        f"{demo.issuer()}/token",
        data={"grant_type": "refresh_token", "refresh_token": program.refresh_token},
        auth=(client.client_id, client.client_secret),
    )


def refused(demo, program):
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "score_text", "arguments": {"text": "Calm"}},
    }
    accept = {"Accept": "application/json, text/event-stream"}
    response = httpx.post(
        demo.mcp_url, json=message, headers={"Authorization": f"Bearer {program.access_token}", **accept}
    )
    assert response.status_code == 401
    return response


def test_each_call_stands_on_the_audit_trail_and_with_the_person(demo, visit):
    alice = visit()
    program = McpProgram(demo.mcp_url, alice.answer, name="Told of")
    score(program)
    program.person = None
    with fails(AskedError):
        call(program, "get_weather")
    client_id = program.memory.client.client_id

    def told():
        events = demo.audit(client=client_id)
        return {(event["type"], event["data"]["tool"]) for event in events if "access." in event["type"]}

    assert wait_until(lambda: len(told()) == 2, seconds=10)
    assert told() == {("access.allowed", "score_text"), ("access.denied", "get_weather")}
    flow = [event["type"] for event in demo.audit(client=client_id)]
    assert flow[:4] == ["client.registered", "consent.granted", "code.issued", "token.issued"]
    page = alice.open(connection(alice, program)).text
    assert "Used score_text" in page
    assert "Tried get_weather, refused" in page
    assert "<code>score_text</code>" in alice.open("apps/").text


def test_wildcard_opens_what_lies_below_it(demo, visit):
    alice = visit()
    program = McpProgram(demo.mcp_url, lambda url: alice.answer(url, tick_all=True))
    started = call(program, "run_workflow", name="weekly-report")
    assert started.structured_content["workflow"] == "weekly-report"
    assert {"mcp:exec:workflows:*", "mcp:exec:workflows:daily-report"} < program.scopes
