"""Reading rule G1: nothing that is sent gives a 5xx, and nothing that can't be read leaves a row."""

import json
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.programs import open_web
from tests.trail import rows

NAMES = st.sampled_from(
    "client_id client_secret redirect_uri response_type response_mode scope state nonce prompt max_age login_hint resource "  # noqa: SIM905
    "request request_uri code code_challenge code_challenge_method code_verifier grant_type refresh_token token "
    "token_type_hint client_assertion client_assertion_type id_token_hint display ui_locales acr_values claims".split()
)
ODD = [
    "\x00",
    "\ud7ff",
    "\ufffe",
    "%",
    "%00",
    "%zz",
    "*",
    "..",
    "²",
    "-1",
    "9" * 400,
    "1e999",
    "null",
    "{}",
    "[]",
    "none",
    "code",
]
VALUES = st.one_of(
    st.sampled_from(ODD),
    st.sampled_from(
        [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "S256",
            "openid",
            "mcp:*",
            "a.b.c",
            "rt_x",
        ]
    ),
    st.text(max_size=40),
)
PARAMETERS = st.dictionaries(NAMES, VALUES, max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def web():
    with open_web() as client:
        yield client


@settings(max_examples=150)
@given(sent=PARAMETERS, known=st.booleans())
def test_authorize(place, approved, web, sent, known):
    url = approved.ask(**sent) if known else f"{place.issuer}/authorize?{urlencode(sent)}"
    response = web.get(url)
    assert response.status_code < 500, (sent, response.text)
    assert response.headers.get("location", "http://localhost:8000/").startswith(
        ("http://localhost:8000/", "/t/", approved.redirect_uri + "?")
    )


@settings(max_examples=150)
@given(sent=PARAMETERS, endpoint=st.sampled_from(["token", "revoke", "introspect"]), known=st.booleans())
def test_forms(place, approved, web, sent, endpoint, known):
    before = rows(place)
    auth = None
    if known:
        sent = {name: value for name, value in sent.items() if name not in {"client_id", "client_secret"}}
        auth = place.server_auth if endpoint == "introspect" else approved._basic()
    response = web.post(f"{place.issuer}/{endpoint}", content=urlencode(sent), headers=FORM, auth=auth)
    assert response.status_code < 500, (sent, response.text)
    assert rows(place) == before


@settings(max_examples=60)
@given(
    body=st.binary(max_size=200),
    endpoint=st.sampled_from(["token", "register", "introspect", "access-events", "authorize"]),
)
def test_bytes(place, web, body, endpoint):
    for headers in (FORM, {"Content-Type": "application/json"}):
        response = web.post(
            f"{place.issuer}/{endpoint}", content=body, headers=headers, auth=place.server_auth
        )
        assert 300 <= response.status_code < 500, (body, response.text)
    assert web.get(f"{place.issuer}/authorize?{quote_from_bytes(body)}").status_code < 500


@settings(max_examples=100)
@given(
    document=st.dictionaries(
        st.sampled_from(
            "redirect_uris client_name scope grant_types response_types token_endpoint_auth_method jwks jwks_uri contacts "  # noqa: SIM905
            "logo_uri client_uri application_type software_id software_statement".split()
        ),
        JSON,
        max_size=6,
    ),
    good=st.booleans(),
)
def test_registrations(place, web, document, good):
    if good:
        document["redirect_uris"] = ["https://client.example/cb"]
    body = json.dumps(document).encode("utf-8", "surrogatepass")
    response = web.post(f"{place.issuer}/register", content=body)
    assert response.status_code in {201, 400}, (document, response.text)
    assert None not in response.json().values()


@settings(max_examples=100)
@given(
    event=st.dictionaries(
        st.sampled_from("id at outcome tool scope grant_id family_id jti client_id sub reason".split()),  # noqa: SIM905
        JSON
        | st.sampled_from(
            ["allowed", "2026-11-23T09:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
        ),
        max_size=11,
    ),
    whole=st.booleans(),
)
def test_reports(place, web, event, whole):
    if whole:
        event = {
            "id": "5a3d1c9e-2f63-4c6e-9d3f-0d2a1b7c8e9f",
            "at": "2026-11-23T09:00:00Z",
            "outcome": "denied",
            **event,
        }
    body = json.dumps({"events": [event]}).encode("utf-8", "surrogatepass")
    response = web.post(f"{place.issuer}/access-events", content=body, auth=place.server_auth)
    assert response.status_code in {202, 400}, (event, response.text)


@settings(max_examples=100)
@given(
    header=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    scheme=st.sampled_from(["Basic ", "Bearer ", ""]),
)
def test_authorization_headers(place, web, header, scheme):
    value = (scheme + header).strip()
    for endpoint in ("token", "introspect", "userinfo", "revoke"):
        response = web.post(
            f"{place.issuer}/{endpoint}",
            content="grant_type=x&token=y",
            headers={**FORM, "Authorization": value},
        )
        assert 400 <= response.status_code < 500, (value, response.text)
