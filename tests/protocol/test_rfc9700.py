"""RFC 9700, Best Current Practice for OAuth 2.0 Security."""

import pytest

from tests.people import make_person
from tests.programs import answer_of, introspect
from tests.registry import enrol
from tests.trail import events


@pytest.mark.spec("RFC 9700", "2.1")
@pytest.mark.parametrize(
    "changed",
    [
        "https://client.example/callback/",
        "https://client.example/callback?",
        "HTTPS://client.example/callback",
    ],
)
def test_redirect_uris_are_compared_character_by_character(visitor, approved, changed):
    response = visitor.get(approved.ask(redirect_uri=changed))
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.spec("RFC 9700", "4.7")
def test_an_ask_is_bound_to_the_browser_that_brought_it(place, member, approved):
    page = member.sign_in(approved.ask())
    other = make_person(place)
    other.sign_in()
    assert other.browser.get(str(page.url)).status_code == 400


@pytest.mark.spec("RFC 9700", "4.12")
def test_redirects_after_a_form_are_303(member, approved):
    page = member.sign_in(approved.ask())
    assert member.submit(page, decision="allow").status_code == 303


@pytest.mark.spec("RFC 9700", "4.14.2")
def test_a_refresh_token_is_replaced_at_each_use_and_its_replay_ends_the_family(place, regular, approved):
    first = approved.connect(regular)
    second = approved.refresh(first["refresh_token"]).json()
    third = approved.refresh(second["refresh_token"]).json()
    assert len({tokens["refresh_token"] for tokens in (first, second, third)}) == 3
    assert approved.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert introspect(place, third["access_token"]) == {"active": False}
    assert approved.refresh(third["refresh_token"]).json()["error"] == "invalid_grant"
    assert events(place, "token.reused")[-1].user_id == regular.user.id


@pytest.mark.spec("RFC 9700", "4.16")
def test_pages_can_not_be_framed(member, approved):
    page = member.sign_in(approved.ask())
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


@pytest.mark.spec("RFC 9700", "4.11.2")
def test_a_client_nobody_approved_sends_nobody_anywhere_before_they_act(visitor, public, approved):
    assert visitor.get(public.ask(scope="nothing")).status_code == 400
    assert answer_of(visitor.get(approved.ask(scope="nothing")))["error"] == "invalid_scope"


@pytest.mark.spec("RFC 9700", "2.1.1")
def test_confidential_clients_need_pkce_too(place, visitor):
    answer = answer_of(visitor.get(enrol(place).ask(code_challenge=None, code_challenge_method=None)))
    assert answer["error"] == "invalid_request"
