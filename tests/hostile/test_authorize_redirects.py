"""Rows AZ of the hostile corpus where the redirect is known to be the client's: it is told, with `iss`, and gets nothing.

Decision 1: a client that nobody approved is told only by a link that the person may follow.
"""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.programs import REDIRECT, answer_of, register
from tests.registry import enrol
from tests.trail import denied, events, nothing_stored

REQUEST = [
    # row, what is sent instead, error
    ("AZ-024", {"response_type": None}, "invalid_request"),
    ("AZ-025-token", {"response_type": "token"}, "unsupported_response_type"),
    ("AZ-025-id-token", {"response_type": "id_token"}, "unsupported_response_type"),
    ("AZ-025-hybrid", {"response_type": "code token"}, "unsupported_response_type"),
    ("AZ-025-none", {"response_type": "none"}, "unsupported_response_type"),
    ("AZ-025-case", {"response_type": "CODE"}, "unsupported_response_type"),
    ("AZ-026", {"code_challenge": None}, "invalid_request"),
    ("AZ-026-both", {"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ("AZ-027-plain", {"code_challenge_method": "plain"}, "invalid_request"),
    ("AZ-027-absent", {"code_challenge_method": None}, "invalid_request"),
    ("AZ-027-lower", {"code_challenge_method": "s256"}, "invalid_request"),
    ("AZ-027-other", {"code_challenge_method": "S512"}, "invalid_request"),
    ("AZ-028-42", {"code_challenge": "x" * 42}, "invalid_request"),
    ("AZ-028-44", {"code_challenge": "x" * 44}, "invalid_request"),
    ("AZ-028-129", {"code_challenge": "x" * 129}, "invalid_request"),
    ("AZ-028-padding", {"code_challenge": "x" * 42 + "="}, "invalid_request"),
    ("AZ-028-plus", {"code_challenge": "x" * 42 + "+"}, "invalid_request"),
    ("AZ-028-slash", {"code_challenge": "x" * 42 + "/"}, "invalid_request"),
    ("AZ-028-space", {"code_challenge": "x" * 42 + " "}, "invalid_request"),
    ("AZ-028-digits", {"code_challenge": "x" * 42 + "٣"}, "invalid_request"),
    ("AZ-031-unknown", {"scope": "mcp:tools:score mcp:nothing"}, "invalid_scope"),
    ("AZ-031-wildcard", {"scope": "*"}, "invalid_scope"),
    ("AZ-031-other-wildcard", {"scope": "mcp:no:*"}, "invalid_scope"),
    ("AZ-031-case", {"scope": "MCP:tools:score"}, "invalid_scope"),
    ("AZ-033-quote", {"scope": 'mcp:tools:score "x'}, "invalid_scope"),
    ("AZ-033-backslash", {"scope": "mcp:tools:score\\x"}, "invalid_scope"),
    ("AZ-033-nbsp", {"scope": "mcp:tools:score\u00a0mcp:tools:weather"}, "invalid_scope"),
    ("AZ-033-emoji", {"scope": "mcp:tools:\U0001f600"}, "invalid_scope"),
    ("AZ-033-many", {"scope": " ".join(f"mcp:a:{n}" for n in range(800))}, "invalid_scope"),
    ("AZ-033-long", {"scope": "mcp:tools:" + "x" * 8_190}, "invalid_request"),
    ("AZ-035-long", {"state": "s" * 4_097}, "invalid_request"),
    ("AZ-041-unknown", {"resource": "https://unknown.example/mcp"}, "invalid_target"),
    ("AZ-042-relative", {"resource": "/mcp"}, "invalid_target"),
    ("AZ-042-fragment", {"resource": "https://mcp.example/mcp#x"}, "invalid_target"),
    ("AZ-042-userinfo", {"resource": "https://a@mcp.example/mcp"}, "invalid_target"),
    ("AZ-042-urn", {"resource": "urn:x"}, "invalid_target"),
    ("AZ-042-http", {"resource": "http://mcp.example/mcp"}, "invalid_target"),
    ("AZ-042-long", {"resource": "https://mcp.example/" + "x" * 2_000}, "invalid_target"),
    ("AZ-051-request", {"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ("AZ-051-uri", {"request_uri": "https://evil.example/request"}, "request_uri_not_supported"),
    ("AZ-053-form-post", {"response_mode": "form_post"}, "invalid_request"),
    ("AZ-053-fragment", {"response_mode": "fragment"}, "invalid_request"),
    ("AZ-053-message", {"response_mode": "web_message"}, "invalid_request"),
    ("AZ-053-jwt", {"response_mode": "query.jwt"}, "invalid_request"),
    ("prompt-unknown", {"prompt": "create"}, "invalid_request"),
    ("prompt-none-and-more", {"prompt": "none login"}, "invalid_request"),
    ("max-age-word", {"max_age": "soon"}, "invalid_request"),
    ("max-age-negative", {"max_age": "-1"}, "invalid_request"),
    ("max-age-superscript", {"max_age": "²"}, "invalid_request"),
    ("max-age-endless", {"max_age": "9" * 5_000}, "invalid_request"),
]


def assert_told(place, location, error, *, state):
    """RFC 9207: at the exact redirect URI, once each, the error with state and our issuer; ASCII for people."""
    address, _, query = location.partition("?")
    assert address == REDIRECT
    members = parse_qs(query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in members.values())
    assert set(members) == {"error", "error_description", "iss"} | ({"state"} if state else set())
    assert members["error"] == [error]
    assert members["iss"] == [place.issuer]
    assert members.get("state", [None]) == [state]
    description = members["error_description"][0]
    assert description.isascii()
    assert description.isprintable()
    assert not set('"\\') & set(description)
    assert len(description) > 15, "it tells the developer what to change"


@pytest.mark.parametrize(("row", "sent", "error"), REQUEST, ids=[row for row, _, _ in REQUEST])
def test_tells_an_approved_client_by_redirect(place, visitor, approved, row, sent, error):
    with denied(place, "authorize.denied", error):
        response = visitor.get(approved.ask(**{"state": "a b&c", **sent}))
    assert response.status_code == 303, response.text[:300]
    assert "no-store" in response.headers["cache-control"]
    state = sent.get("state", "a b&c")
    # A state that is over-long comes back cut, or the client couldn't match anything at all.
    assert_told(place, response.headers["location"], error, state=state[:4096])
    assert events(place)[-1].client == approved.client_id


@pytest.mark.parametrize(("row", "sent", "error"), REQUEST, ids=[row for row, _, _ in REQUEST])
def test_shows_the_person_a_link_where_nobody_approved_the_client(place, visitor, public, row, sent, error):
    with denied(place, "authorize.denied", error):
        response = visitor.get(public.ask(**{"state": "a b&c", **sent}))
    assert response.status_code == 400
    assert "location" not in response.headers
    assert f"<code>{error}</code>" in response.text
    link = re.search(r'<a class="btn" href="([^"]+)"', response.text)
    assert link is not None
    assert "client.example" in response.text[link.end() : link.end() + 200]
    assert_told(place, unescape(link[1]), error, state=sent.get("state", "a b&c")[:4096])


def test_az_031_scopes_and_az_041_resources_of_another_tenant_are_unknown(
    place, elsewhere, visitor, approved
):
    from portal.resources.models import Scope
    from tenants.current import transaction_of

    with transaction_of(elsewhere.tenant):
        Scope.objects.create(resource_server=elsewhere.server, name="mcp:tools:theirs", title="Theirs")
    scope = answer_of(visitor.get(approved.ask(scope="mcp:tools:theirs")))
    unknown = answer_of(visitor.get(approved.ask(scope="mcp:tools:nobodys")))
    assert scope["error"] == unknown["error"] == "invalid_scope"
    theirs = answer_of(visitor.get(approved.ask(resource=elsewhere.resource)))
    nobodys = answer_of(visitor.get(approved.ask(resource="https://nobody.example/mcp")))
    assert theirs["error"] == "invalid_target"
    assert theirs["error_description"] == nobodys["error_description"]


def test_az_031_a_client_gets_none_of_the_scopes_beyond_its_ceiling(place, visitor, public):
    limited = enrol(place, scope="mcp:tools:weather")
    beyond = answer_of(visitor.get(limited.ask(scope="mcp:tools:score")))
    assert beyond["error"] == "invalid_scope"
    destroying = visitor.get(public.ask(scope="mcp:tools:delete"))
    assert "<code>invalid_scope</code>" in destroying.text


@pytest.mark.parametrize("scope", ["", "   ", None])
def test_az_032_no_scope_asks_for_the_defaults(place, member, approved, scope):
    page = member.sign_in(approved.ask(scope=scope))
    from tests.people import boxes

    assert boxes(page.text) == ["mcp:tools:weather"]
    assert "Score a text" in page.text
    back = member.submit(page, decision="allow")
    tokens = approved.redeem(answer_of(back)["code"]).json()
    assert tokens["scope"] == "mcp:tools:score mcp:tools:weather"


@pytest.mark.parametrize(
    "state",
    [
        "s",
        "s" * 4096,
        "a&b=c#d?e",
        "%00",
        "%2500",
        "+ +",
        " s ",
        "😀é",
        "a;b,c",
        '"\\<>',
        "=",
        "state=1&iss=2",
    ],
)
def test_az_035_state_comes_back_as_it_was(place, member, approved, state):
    back = member.answer(approved.ask(state=state))
    assert back.status_code == 303
    assert answer_of(back)["state"] == state
    denied_ask = answer_of(member.browser.get(approved.ask(state=state, response_type="token")))
    assert denied_ask["state"] == state


def test_az_036_no_state_none_comes_back(place, member, approved):
    answer = answer_of(member.answer(approved.ask(state=None)))
    assert set(answer) == {"code", "iss"}
    empty = answer_of(member.answer(approved.ask(state="")))
    assert set(empty) == {"code", "iss"}


def test_az_038_unknown_parameters_are_ignored(place, member, approved):
    asked = approved.ask(
        foo="bar", scopes="x", client="y", user="z", headers="h", uri="u", grant_type="password"
    )
    back = member.answer(asked)
    assert set(answer_of(back)) == {"code", "state", "iss"}


def test_az_040_without_resource_where_none_is_the_default(visitor):
    from portal.resources.models import ResourceServer
    from tenants.cache import forget
    from tenants.current import transaction_of
    from tests.places import open_place

    place = open_place()
    approved = enrol(place)
    with transaction_of(place.tenant):
        second = ResourceServer.objects.create(
            slug="two", name="Two", resource="https://two.example/mcp", client_id="rs_two"
        )
    forget(place.tenant)
    with denied(place, "authorize.denied", "invalid_target"):
        refused = visitor.get(approved.ask(resource=None))
    assert answer_of(refused)["error"] == "invalid_target"
    with transaction_of(place.tenant):
        ResourceServer.objects.filter(id=second.id).update(is_active=False)
    forget(place.tenant)
    assert "/account/login/" in visitor.get(approved.ask(resource=None)).headers["location"]


@pytest.mark.parametrize("kind", ["approved", "public"])
def test_az_046_prompt_none_without_a_session(request, place, visitor, kind):
    program = request.getfixturevalue(kind)
    with denied(place, "authorize.denied", "login_required"):
        response = visitor.get(program.ask(prompt="none", state="s"))
    assert response.status_code == 303
    assert_told(place, response.headers["location"], "login_required", state="s")


def test_az_048_prompt_none_without_consent(place, member):
    program = register(place)
    member.sign_in()
    with nothing_stored(place):
        response = member.follow(member.browser.get(program.ask(prompt="none", state="s")))
    assert_told(place, response.headers["location"], "consent_required", state="s")


def test_prompt_none_with_an_old_sign_in_leaves_the_session_alone(place, member, approved):
    member.answer(approved.ask())
    response = member.follow(member.browser.get(approved.ask(prompt="none", max_age="0", state="s")))
    assert_told(place, response.headers["location"], "login_required", state="s")
    assert "code" in answer_of(member.answer(approved.ask(prompt="none")))


def test_az_056_az_057_iss_is_the_issuer_to_the_byte(place, member, approved):
    yes = member.answer(approved.ask(prompt="consent"))
    no = member.answer(approved.ask(prompt="consent"), decision="deny")
    for response in (yes, no):
        assert response.status_code == 303
        query = urlsplit(response.headers["location"]).query
        assert parse_qs(query)["iss"] == [place.issuer]
        assert not response.headers["location"].endswith("#")
    assert set(answer_of(yes)) == {"code", "state", "iss"}
    assert answer_of(no)["error"] == "access_denied"
