"""What the demonstration server tells the portal about each use of a token."""

import time
from datetime import datetime
from typing import Any

import jwt
import pytest

from portal.demo.mcp_server.report import Pace


def test_reports_each_call_with_everything_the_audit_trail_needs(sentiment: Any) -> None:
    token = sentiment.mint("mcp:exec:workflows:*")
    assert sentiment.call("run_workflow", {"name": "weekly-report"}, token).status_code == 200
    (event,) = sentiment.issuer.wait_for_events(1, token)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert datetime.fromisoformat(event.pop("at")).tzinfo is not None
    assert len(event.pop("id")) == 36
    assert event == {
        "outcome": "allowed",
        "tool": "run_workflow",
        "scope": "mcp:exec:workflows:weekly-report",
        **{name: claims[name] for name in ("grant_id", "jti", "client_id", "sub")},
    }


def test_a_client_acting_for_itself_has_no_grant_to_report(sentiment: Any) -> None:
    token = sentiment.mint(grant_id=None, sub="client-1")
    sentiment.call("score_text", {"text": "Good"}, token)
    (event,) = sentiment.issuer.wait_for_events(1, token)
    assert "grant_id" not in event


def test_a_resource_is_reported_without_saying_whose(sentiment: Any) -> None:
    token = sentiment.mint("mcp:resources:customer-data:read")
    params = {"uri": "customers://ada/portfolio"}
    message = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": params}
    answer = sentiment.post(message, token, MCP_Protocol_Version="2025-11-25")
    assert "Ada Example" in answer.json()["result"]["contents"][0]["text"]
    (event,) = sentiment.issuer.wait_for_events(1, token)
    assert event["tool"] == "customer_portfolio"
    assert "ada" not in str(event)


def test_what_is_no_use_of_a_tool_is_not_reported(sentiment: Any) -> None:
    token = sentiment.mint()
    calls = [
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        sentiment.describe_call("no_such_tool"),
        {**sentiment.describe_call("score_text", {"text": "A notification runs nothing"}), "id": None},
    ]
    for message in calls:
        if message["id"] is None:
            del message["id"]
        sentiment.post(message, token, MCP_Protocol_Version="2025-11-25")
    sentiment.call("score_text", {"text": "Good"}, token)
    assert len(sentiment.issuer.wait_for_events(1, token)) == 1


def test_a_slow_portal_slows_no_call(start_sentiment: Any, issuer: Any) -> None:
    issuer.failing["/access-events"] = 503
    with start_sentiment() as sentiment:
        token = sentiment.mint()
        assert sentiment.call("score_text", {"text": "Good"}, token).status_code == 200
        issuer.wait_for_batches(2)
        assert sentiment.call("score_text", {"text": "Good"}, token).status_code == 200
        del issuer.failing["/access-events"]
        issuer.wait_for_events(2, token)


@pytest.mark.parametrize("status", [401, 404, 429, 503])
def test_a_batch_that_failed_is_sent_again_unchanged(start_sentiment: Any, issuer: Any, status: int) -> None:
    issuer.failing["/access-events"] = status
    with start_sentiment() as sentiment:
        sentiment.call("score_text", {"text": "Good"}, sentiment.mint())
        first, second = issuer.wait_for_batches(2)[:2]
        assert first == second
        del issuer.failing["/access-events"]
        seen = len(issuer.batches)
        assert issuer.wait_for_batches(seen + 1)[-1] == first


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_batch_that_the_portal_will_never_take_does_not_block_the_next(
    start_sentiment: Any, issuer: Any, status: int
) -> None:
    issuer.failing["/access-events"] = status
    with start_sentiment() as sentiment:
        sentiment.call("score_text", {"text": "Good"}, sentiment.mint())
        issuer.wait_for_batches(1)
        del issuer.failing["/access-events"]
        token = sentiment.mint()
        sentiment.call("score_text", {"text": "Good"}, token)
        issuer.wait_for_events(1, token)
    assert len(issuer.batches) == 2


def test_a_full_queue_loses_its_oldest_and_says_so(start_sentiment: Any, issuer: Any, caplog: Any) -> None:
    issuer.stop()
    pace = Pace(interval=60, batch=2, capacity=2, first_pause=60, flush=5)
    issuer.start()
    issuer.failing["/access-events"] = 503
    with start_sentiment(pace=pace) as sentiment:
        tokens = [sentiment.mint(jti=f"call-{number}") for number in range(6)]
        for token in tokens[:2]:
            sentiment.call("score_text", {"text": "Good"}, token)
        issuer.wait_for_batches(1)
        for token in tokens[2:]:
            sentiment.call("score_text", {"text": "Good"}, token)
        del issuer.failing["/access-events"]
    delivered = [event["jti"] for batch in issuer.batches[1:] for event in batch]
    assert delivered == ["call-0", "call-1", "call-4", "call-5"]
    assert "1 access events were dropped by now: the queue is full" in caplog.text


def test_what_is_queued_when_the_server_stops_is_delivered(start_sentiment: Any, issuer: Any) -> None:
    with start_sentiment(pace=Pace(interval=60)) as sentiment:
        token = sentiment.mint()
        for _ in range(3):
            sentiment.call("score_text", {"text": "Good"}, token)
        assert issuer.find_events(token) == []
    assert len(issuer.find_events(token)) == 3


def test_stopping_does_not_wait_for_a_portal_that_is_down(
    start_sentiment: Any, issuer: Any, caplog: Any
) -> None:
    with start_sentiment(pace=Pace(interval=60)) as sentiment:
        sentiment.call("score_text", {"text": "Good"}, sentiment.mint())
        issuer.stop()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert "1 access events were dropped by now: the server stops" in caplog.text
