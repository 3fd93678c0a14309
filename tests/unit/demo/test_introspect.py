"""Revocation, and a portal that can't be asked."""

from typing import Any

import pytest


def score(sentiment: Any, token: str) -> Any:
    return sentiment.call("score_text", {"text": "Record profits"}, token)


@pytest.mark.spec("RFC 7662", "2.2")
def test_a_revoked_token_is_cut_off_at_once(sentiment: Any) -> None:
    token = sentiment.mint()
    assert score(sentiment, token).status_code == 200
    sentiment.issuer.revoked.add(token)
    answer = score(sentiment, token)
    assert answer.status_code == 401
    assert sentiment.read_challenge(answer)["error"] == "invalid_token"
    outcomes = [event["outcome"] for event in sentiment.issuer.wait_for_events(2, token)]
    assert outcomes == ["allowed", "denied"]


def test_the_portal_is_not_asked_about_what_it_did_not_sign(start_sentiment: Any, issuer: Any) -> None:
    with start_sentiment() as sentiment:
        assert score(sentiment, sentiment.mint(aud="https://elsewhere.example")).status_code == 401
    assert "/introspect" not in issuer.asked


@pytest.mark.parametrize("status", [302, 401, 429, 500])
def test_without_a_reliable_answer_nothing_passes(start_sentiment: Any, issuer: Any, status: int) -> None:
    issuer.failing["/introspect"] = status
    with start_sentiment() as sentiment:
        answer = score(sentiment, sentiment.mint())
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "2"
        del issuer.failing["/introspect"]
        assert score(sentiment, sentiment.mint()).status_code == 200
    assert all(event["outcome"] == "allowed" for batch in issuer.batches for event in batch)


def test_an_answer_that_says_nothing_lets_nothing_pass(start_sentiment: Any, issuer: Any) -> None:
    issuer.failing["/introspect"] = 200
    with start_sentiment() as sentiment:
        assert score(sentiment, sentiment.mint()).status_code == 503


def test_starts_before_its_portal(start_sentiment: Any, issuer: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("portal.demo.mcp_server.fetch.FAILURE_PAUSE", 0.0)
    issuer.stop()
    with start_sentiment() as sentiment:
        assert score(sentiment, sentiment.mint()).status_code == 503
        issuer.start()
        assert score(sentiment, sentiment.mint()).status_code == 200


def test_known_keys_stay_in_use_while_the_portal_withholds_them(
    start_sentiment: Any, issuer: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("portal.demo.mcp_server.fetch.MAX_AGE", 0.0)
    with start_sentiment() as sentiment:
        assert score(sentiment, sentiment.mint()).status_code == 200
        issuer.failing["/jwks"] = 500
        assert score(sentiment, sentiment.mint()).status_code == 200
        # A key that is not known could be new: nobody can tell, so it is not called invalid.
        assert score(sentiment, sentiment.mint(header={"kid": "new"})).status_code == 503


def test_a_memory_of_answers_spares_the_portal(start_sentiment: Any, issuer: Any) -> None:
    with start_sentiment(cache=60.0) as sentiment:
        token = sentiment.mint()
        assert [score(sentiment, token).status_code for _ in range(3)] == [200, 200, 200]
        issuer.revoked.add(token)
        assert score(sentiment, token).status_code == 200
        other = sentiment.mint()
        issuer.revoked.add(other)
        assert score(sentiment, other).status_code == 401
    assert issuer.asked.count("/introspect") == 2
