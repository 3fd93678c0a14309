"""The demonstration server's answers to requests that may not pass."""

import time
from typing import Any

import httpx
import pytest

DEFAULTS = "mcp:tools:sentiment:score mcp:tools:sentiment:headlines"
PORTFOLIO = {"uri": "customers://ada/portfolio"}


@pytest.mark.spec("RFC 9728", "3.1")
def test_publishes_its_metadata_at_the_path_and_at_the_root(sentiment: Any) -> None:
    origin = sentiment.resource.removesuffix("/mcp")
    documents = [
        httpx.get(f"{origin}/.well-known/oauth-protected-resource{path}").json() for path in ("/mcp", "")
    ]
    assert documents[0] == documents[1]
    assert documents[0]["resource"] == sentiment.resource
    assert documents[0]["authorization_servers"] == [sentiment.issuer.url]
    assert documents[0]["scopes_supported"] == [
        "mcp:tools:sentiment:score",
        "mcp:tools:sentiment:headlines",
        "mcp:tools:weather",
        "mcp:resources:customer-data:read",
        "mcp:resources:customer-data:delete",
        "mcp:exec:workflows:*",
        "mcp:exec:workflows:daily-report",
    ]


def test_metadata_can_be_read_by_a_page_of_any_origin(sentiment: Any) -> None:
    url = sentiment.resource.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
    answer = httpx.get(url, headers={"Origin": "https://inspector.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.spec("RFC 6750", "3.1")
def test_a_request_without_a_token_is_told_where_to_get_one(sentiment: Any) -> None:
    answer = sentiment.call("score_text", {"text": "Good news"})
    assert answer.status_code == 401
    assert sentiment.read_challenge(answer) == {
        "resource_metadata": sentiment.config.metadata_url,
        "scope": DEFAULTS,
    }
    assert httpx.get(sentiment.config.metadata_url).json()["resource"] == sentiment.resource


def test_a_get_without_a_token_is_told_the_same(sentiment: Any) -> None:
    assert sentiment.read_challenge(httpx.get(sentiment.resource))["scope"] == DEFAULTS


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearerabc", "Token abc"])
def test_what_is_no_bearer_token_counts_as_none(sentiment: Any, header: str) -> None:
    answer = httpx.post(sentiment.resource, headers={"Authorization": header})
    assert answer.status_code == 401
    assert "error" not in sentiment.read_challenge(answer)


@pytest.mark.spec("RFC 6750", "2.1")
def test_a_token_in_the_query_string_is_not_looked_at(sentiment: Any) -> None:
    answer = httpx.post(sentiment.resource, params={"access_token": sentiment.mint()})
    assert answer.status_code == 401


def test_two_authorization_headers_are_refused(sentiment: Any) -> None:
    headers = [
        ("Authorization", f"Bearer {sentiment.mint()}"),
        ("Authorization", f"Bearer {sentiment.mint()}"),
    ]
    answer = httpx.post(sentiment.resource, headers=headers)
    assert answer.status_code == 400
    assert sentiment.read_challenge(answer)["error"] == "invalid_request"


@pytest.mark.spec("RFC 6750", "3.1")
def test_an_expired_token_is_refused(sentiment: Any) -> None:
    answer = sentiment.call("score_text", {"text": "Good"}, sentiment.mint(exp=int(time.time()) - 60))
    assert answer.status_code == 401
    challenge = sentiment.read_challenge(answer)
    assert challenge["error"] == "invalid_token"
    assert challenge["scope"] == DEFAULTS
    assert challenge["resource_metadata"] == sentiment.config.metadata_url
    assert "expired" in answer.json()["error_description"]


@pytest.mark.spec("RFC 6750", "3.1")
def test_a_missing_scope_is_asked_for_along_with_all_that_is_held(sentiment: Any) -> None:
    token = sentiment.mint("offline_access mcp:tools:sentiment:score")
    answer = sentiment.call("get_weather", {}, token)
    assert answer.status_code == 403
    challenge = sentiment.read_challenge(answer)
    assert challenge["error"] == "insufficient_scope"
    assert challenge["scope"] == "mcp:tools:sentiment:score mcp:tools:weather"
    assert challenge["resource_metadata"] == sentiment.config.metadata_url
    assert [event["outcome"] for event in sentiment.issuer.wait_for_events(1, token)] == ["denied"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("daily-report", "mcp:exec:workflows:daily-report"),
        ("weekly-report", "mcp:exec:workflows:*"),
        ("no such thing", "mcp:exec:workflows:*"),
        ("daily-report:x", "mcp:exec:workflows:*"),
        ("*", "mcp:exec:workflows:*"),
        (7, "mcp:exec:workflows:*"),
    ],
)
def test_a_workflow_is_asked_for_as_the_catalog_offers_it(sentiment: Any, name: object, asked: str) -> None:
    answer = sentiment.call("run_workflow", {"name": name}, sentiment.mint("mcp:tools:weather"))
    assert answer.status_code == 403
    assert sentiment.read_challenge(answer)["scope"] == f"mcp:tools:weather {asked}"


def test_one_workflow_does_not_open_another(sentiment: Any) -> None:
    token = sentiment.mint("mcp:exec:workflows:daily-report")
    assert sentiment.call("run_workflow", {"name": "daily-report"}, token).status_code == 200
    assert sentiment.call("run_workflow", {"name": "weekly-report"}, token).status_code == 403


def test_the_wildcard_opens_every_workflow(sentiment: Any) -> None:
    token = sentiment.mint("mcp:exec:workflows:*")
    for name in ("daily-report", "weekly-report", "risk-review"):
        answer = sentiment.call("run_workflow", {"name": name}, token)
        assert answer.json()["result"]["structuredContent"]["workflow"] == name


def test_reading_a_resource_needs_its_scope_too(sentiment: Any) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": PORTFOLIO}
    answer = sentiment.post(message, sentiment.mint(), MCP_Protocol_Version="2025-11-25")
    assert answer.status_code == 403
    assert sentiment.read_challenge(answer)["scope"] == f"{DEFAULTS} mcp:resources:customer-data:read"


def test_one_call_of_a_batch_that_is_not_allowed_refuses_all_of_it(sentiment: Any) -> None:
    batch = [
        sentiment.describe_call("score_text", {"text": "Good"}),
        sentiment.describe_call("get_weather"),
        sentiment.describe_call("delete_customer_note", {"customer": "ada", "note": "1"}),
    ]
    token = sentiment.mint()
    answer = sentiment.post(batch, token, MCP_Protocol_Version="2025-03-26")
    assert answer.status_code == 403
    added = "mcp:tools:weather mcp:resources:customer-data:delete"
    assert sentiment.read_challenge(answer)["scope"] == f"{DEFAULTS} {added}"
    assert {event["outcome"] for event in sentiment.issuer.wait_for_events(3, token)} == {"denied"}


@pytest.mark.parametrize("tool", ["score_text", "get_weather"])
def test_headers_that_name_another_tool_than_the_body_change_nothing(sentiment: Any, tool: str) -> None:
    message = sentiment.describe_call("get_weather")
    message["params"]["_meta"] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    names = {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": tool}
    assert sentiment.post(message, sentiment.mint(), **names).status_code == 403
    allowed = sentiment.post(message, sentiment.mint("mcp:tools:weather"), **names)
    assert allowed.status_code == (200 if tool == "get_weather" else 400)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"method": 3}', b"\xff\xfe", b"[1, null]"])
def test_a_body_that_is_no_request_is_refused(sentiment: Any, body: bytes) -> None:
    answer = sentiment.post(body, sentiment.mint(), MCP_Protocol_Version="2025-11-25")
    assert answer.status_code == 400


def test_a_body_in_another_encoding_slips_past_no_wall(sentiment: Any) -> None:
    body = '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_weather"}}'
    for encoding in ("utf-16", "utf-8-sig"):
        answer = sentiment.post(body.encode(encoding), sentiment.mint(), MCP_Protocol_Version="2025-11-25")
        assert answer.status_code in {400, 403}


def test_behind_the_first_wall_stands_a_second(start_sentiment: Any, issuer: Any, monkeypatch: Any) -> None:
    # As if guard and transport ever read one body differently.
    monkeypatch.setattr("portal.demo.mcp_server.guard.read_calls", lambda *_: ())
    with start_sentiment() as sentiment:
        token = sentiment.mint()
        answer = sentiment.call("delete_customer_note", {"customer": "ada", "note": "1"}, token)
        assert "does not allow" in answer.json()["error"]["message"]
        assert [event["outcome"] for event in issuer.wait_for_events(1, token)] == ["denied"]


def test_a_huge_body_is_refused(sentiment: Any) -> None:
    assert sentiment.post(b" " * 1_100_000, sentiment.mint()).status_code == 413


def test_another_name_for_this_machine_is_refused(sentiment: Any) -> None:
    assert sentiment.post({}, sentiment.mint(), Host="evil.example").status_code == 421


def test_a_page_of_another_origin_is_refused(sentiment: Any) -> None:
    assert sentiment.post({}, sentiment.mint(), Origin="https://evil.example").status_code == 403


def test_a_page_of_this_machine_may_ask_and_read_the_challenge(sentiment: Any) -> None:
    origin = {"Origin": "http://localhost:6274"}
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,mcp-method",
    }
    assert httpx.options(sentiment.resource, headers=origin | asked).status_code == 200
    answer = sentiment.post({}, **origin)
    assert answer.headers["Access-Control-Expose-Headers"] == "WWW-Authenticate"


def test_there_is_no_stream_that_could_outlive_its_token(sentiment: Any) -> None:
    headers = {"Authorization": f"Bearer {sentiment.mint()}", "Accept": "text/event-stream"}
    answer = httpx.get(sentiment.resource, headers=headers)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
