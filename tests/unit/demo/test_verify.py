"""Which tokens the demonstration server accepts."""

import base64
import hmac
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


def encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def list_tools(sentiment: Any, token: str) -> int:
    return sentiment.post(LIST, token, MCP_Protocol_Version="2025-11-25").status_code


def test_a_token_without_any_scope_may_list_the_tools(sentiment: Any) -> None:
    answer = sentiment.post(LIST, sentiment.mint(""), MCP_Protocol_Version="2025-11-25")
    assert {tool["name"] for tool in answer.json()["result"]["tools"]} == {
        "score_text",
        "score_headlines",
        "get_weather",
        "read_customer_portfolio",
        "delete_customer_note",
        "run_workflow",
    }


@pytest.mark.spec("RFC 9068", "4")
@pytest.mark.parametrize("typ", ["JWT", None, "dpop+jwt", "id+jwt"])
def test_rejects_a_token_of_another_type(sentiment: Any, typ: str | None) -> None:
    assert list_tools(sentiment, sentiment.mint(header={"typ": typ})) == 401


@pytest.mark.parametrize("typ", ["AT+JWT", "application/at+jwt"])
def test_accepts_the_other_spellings_of_the_type(sentiment: Any, typ: str) -> None:
    assert list_tools(sentiment, sentiment.mint(header={"typ": typ})) == 200


@pytest.mark.spec("RFC 9068", "4")
def test_rejects_another_audience(sentiment: Any) -> None:
    for aud in (
        "https://elsewhere.example/mcp",
        sentiment.resource + "/",
        [sentiment.resource, "https://b.example"],
        "",
    ):
        assert list_tools(sentiment, sentiment.mint(aud=aud)) == 401


@pytest.mark.spec("RFC 9068", "4")
def test_rejects_another_issuer(sentiment: Any) -> None:
    for iss in (
        sentiment.issuer.url + "/",
        sentiment.issuer.url.replace("acme", "globex"),
        [sentiment.issuer.url],
    ):
        assert list_tools(sentiment, sentiment.mint(iss=iss)) == 401


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "client_id", "iat", "exp", "jti"])
def test_rejects_a_token_without_a_required_claim(sentiment: Any, claim: str) -> None:
    assert list_tools(sentiment, sentiment.mint(**{claim: None})) == 401


def test_rejects_a_token_before_its_time_and_forgives_a_small_difference(sentiment: Any) -> None:
    now = int(time.time())
    assert list_tools(sentiment, sentiment.mint(nbf=now + 60)) == 401
    assert list_tools(sentiment, sentiment.mint(nbf=now + 2)) == 200
    assert list_tools(sentiment, sentiment.mint(exp=now - 2)) == 200


def test_rejects_a_token_without_signature(sentiment: Any) -> None:
    assert list_tools(sentiment, sentiment.mint(key=None, algorithm="none")) == 401


def test_rejects_a_token_signed_with_the_public_key_as_a_secret(sentiment: Any) -> None:
    public = sentiment.issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head, body, _ = sentiment.mint().split(".")
    for header in (head, encode(b'{"alg":"HS256","typ":"at+jwt","kid":"first"}')):
        signature = hmac.digest(public, f"{header}.{body}".encode(), "sha256")
        assert list_tools(sentiment, f"{header}.{body}.{encode(signature)}") == 401


def test_rejects_a_token_of_a_stranger_under_a_known_key_id(sentiment: Any) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert list_tools(sentiment, sentiment.mint(key=stranger)) == 401


def test_rejects_a_changed_token(sentiment: Any) -> None:
    head, body, signature = sentiment.mint().split(".")
    other = sentiment.mint("mcp:resources:customer-data:delete").split(".")[1]
    assert list_tools(sentiment, f"{head}.{other}.{signature}") == 401
    assert list_tools(sentiment, f"{head}.{body}.") == 401


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "ey" * 5000, "é"])
def test_rejects_what_is_no_jwt(sentiment: Any, token: str) -> None:
    answer = sentiment.post(LIST, token, MCP_Protocol_Version="2025-11-25")
    assert answer.status_code == 401


def test_accepts_rs256_with_a_key_for_it(start_sentiment: Any, issuer: Any) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    issuer.published.append({**public, "kid": "rsa", "alg": "RS256", "use": "sig"})
    with start_sentiment() as sentiment:
        assert list_tools(sentiment, sentiment.mint(key=key, algorithm="RS256", header={"kid": "rsa"})) == 200


def test_finds_a_new_key_without_being_restarted(start_sentiment: Any, issuer: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("portal.demo.mcp_server.fetch.UNKNOWN_KEY_PAUSE", 0.0)
    with start_sentiment() as sentiment:
        assert list_tools(sentiment, sentiment.mint()) == 200
        issuer.key, issuer.kid = ec.generate_private_key(ec.SECP256R1()), "second"
        issuer.published.insert(0, issuer.describe_key(issuer.key, "second"))
        assert list_tools(sentiment, sentiment.mint()) == 200


def test_invented_key_ids_do_not_flood_the_portal(start_sentiment: Any, issuer: Any) -> None:
    with start_sentiment() as sentiment:
        for number in range(20):
            assert list_tools(sentiment, sentiment.mint(header={"kid": f"invented-{number}"})) == 401
    assert issuer.asked.count("/jwks") == 1


def test_keys_of_other_kinds_do_not_hide_the_right_one(start_sentiment: Any, issuer: Any) -> None:
    issuer.published[:0] = [{"kty": "strange", "kid": "x"}, {"kid": 3}, {**issuer.published[0], "use": "enc"}]
    with start_sentiment() as sentiment:
        assert list_tools(sentiment, sentiment.mint()) == 200
