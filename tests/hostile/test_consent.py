"""Rows CO of the hostile corpus: only the person who was asked answers, only what was asked, and only once."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.clients.models import Client
from portal.grants.models import Grant
from portal.resources.models import ResourceServer
from tenants.cache import forget
from tenants.current import transaction_of
from tests.people import Form, boxes, make_person
from tests.places import open_place
from tests.programs import REDIRECT, answer_of, open_web, register
from tests.registry import change, enrol
from tests.trail import denied, events, nothing_stored, rows

EVERYTHING = (
    "mcp:tools:score mcp:tools:weather mcp:tools:write mcp:resources:customer-data:read mcp:exec:workflows:* "
    "mcp:exec:workflows:daily mcp:tools:delete"
)


@pytest.fixture
def page(member, public):
    """The page that asks, in the browser of somebody who just signed in."""
    return member.sign_in(public.ask())


def grant_of(place, person):
    with transaction_of(place.tenant):
        return Grant.objects.filter(user=person.user).order_by("-created").first()


def assert_over(response):
    """Nothing was answered: a page of ours that leads nowhere."""
    assert response.status_code == 400
    assert "location" not in response.headers
    assert "answered before" in response.text


@pytest.mark.parametrize("token", [None, "", "x" * 64, "another"])
def test_co_001_a_forged_answer(place, member, page, token):
    form = Form(page.text).values()
    if token == "another":
        stranger = make_person(place)
        other = stranger.sign_in(register(place).ask())
        token = Form(other.text).values()["csrfmiddlewaretoken"][0]
    form["csrfmiddlewaretoken"] = [token] if token is not None else []
    with nothing_stored(place):
        response = member.browser.post(str(page.url), data={**form, "decision": "allow"})
    assert response.status_code == 403
    assert "location" not in response.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8001"])
def test_co_001_an_answer_from_another_site(place, member, page, origin):
    form = {**Form(page.text).values(), "decision": "allow"}
    with nothing_stored(place):
        response = member.browser.post(str(page.url), data=form, headers={"Origin": origin})
    assert response.status_code == 403


def test_co_002_another_user_answers(place, member, page):
    """Even in the same browser: who signs in after the ask was put to somebody else can't answer it."""
    other = make_person(place)
    member.browser.post(f"{place.issuer}/account/logout/", data=_csrf(member, place))
    other.browser = member.browser
    other.sign_in()
    with nothing_stored(place):
        assert_over(other.browser.get(str(page.url)))
        assert_over(other.browser.post(str(page.url), data={**_csrf(other, place), "decision": "allow"}))


def _csrf(person, place):
    page = person.browser.get(f"{place.issuer}/apps/")
    return {"csrfmiddlewaretoken": Form(page.text).values()["csrfmiddlewaretoken"][0]}


def test_co_003_another_browser_opens_the_page(place, page):
    victim = make_person(place)
    victim.sign_in()
    with nothing_stored(place):
        assert_over(victim.browser.get(str(page.url)))
        answer = {**_csrf(victim, place), "decision": "allow", "scope": "mcp:tools:weather"}
        assert_over(victim.browser.post(str(page.url), data=answer))


def test_co_003_nobody_opens_the_page(place, page):
    response = open_web().get(str(page.url))
    assert "/account/login/" in response.headers["location"]


def test_co_003_another_tenants_person_opens_the_page(place, elsewhere, page):
    stranger = make_person(elsewhere)
    stranger.sign_in()
    moved = str(page.url).replace(place.issuer, elsewhere.issuer)
    assert_over(stranger.browser.get(moved))
    assert "/account/login/" in stranger.browser.get(str(page.url)).headers["location"]


def test_co_005_what_a_form_adds_changes_nothing(place, member, public, page):
    back = member.submit(
        page, decision="allow", client_id="c_evil", redirect_uri="https://evil.example/cb", state="evil",
        resource="https://evil.example/mcp", code_challenge="x" * 43, response_type="token", user="evil",
        scope=["mcp:tools:weather", "mcp:tools:write", "mcp:tools:delete", "mcp:*", "*", "openid", "email"],
    )  # fmt: skip
    assert back.headers["location"].startswith(REDIRECT + "?")
    answer = answer_of(back)
    assert answer["state"] != "evil"
    tokens = public.redeem(answer["code"]).json()
    assert tokens["scope"] == "mcp:tools:score mcp:tools:weather"
    assert grant_of(place, member).scope == "mcp:tools:score mcp:tools:weather"


def test_co_005_what_is_closed_can_not_be_ticked(place, member, public):
    page = member.sign_in(public.ask(scope=EVERYTHING))
    assert "mcp:tools:delete" not in boxes(page.text)
    assert "Closed" in page.text
    back = member.submit(page, decision="allow", scope=EVERYTHING.split())
    tokens = public.redeem(answer_of(back)["code"]).json()
    assert "mcp:tools:delete" not in tokens["scope"].split()
    assert "mcp:tools:write" in tokens["scope"].split()


def test_co_005_what_is_needed_can_not_be_dropped(place, member, public, page):
    assert "mcp:tools:score" not in boxes(page.text)
    back = member.submit(page, decision="allow", scope=[])
    assert public.redeem(answer_of(back)["code"]).json()["scope"] == "mcp:tools:score"


def test_co_005_nothing_ticked_and_nothing_needed_is_a_no(place, member, public):
    page = member.sign_in(public.ask(scope="openid mcp:tools:weather"))
    with denied(place, "consent.denied"):
        back = member.submit(page, decision="allow", scope=[])
    assert answer_of(back)["error"] == "access_denied"


def test_co_005_reading_only_drops_what_writes(place, member, approved):
    page = member.sign_in(approved.ask(scope=EVERYTHING.replace("mcp:tools:score ", "")))
    back = member.submit(page, decision="allow", access="read", scope=EVERYTHING.split())
    tokens = approved.redeem(answer_of(back)["code"]).json()
    assert tokens["scope"] == "mcp:resources:customer-data:read mcp:tools:weather"


@pytest.mark.parametrize("expires", ["", "never", "365d", "-1d", "99999999999d", "revoked", "30d ", "1D"])
@pytest.mark.parametrize("kind", ["public", "approved"])
def test_co_005_a_length_that_was_not_offered_is_the_preset(request, place, member, kind, expires):
    program = request.getfixturevalue(kind)
    page = member.sign_in(program.ask())
    assert member.submit(page, decision="allow", expires=expires).status_code == 303
    grant = grant_of(place, member)
    days = {("approved", "revoked"): place.tenant.grant_days, ("public", "revoked"): 1}.get(
        (kind, expires), 1 if kind == "public" else 30
    )
    assert abs(grant.expires_at - grant.confirmed_at - timedelta(days=days)) < timedelta(minutes=1)


def test_a_tenant_that_gives_less_than_was_offered(member):
    place = open_place(grant_days=7)
    person, program = make_person(place), enrol(place)
    page = person.sign_in(program.ask())
    person.submit(page, decision="allow", expires="30d")
    grant = grant_of(place, person)
    assert grant.expires_at <= timezone.now() + timedelta(days=7)


@pytest.mark.parametrize("decision", ["", "yes", "ALLOW", None])
def test_an_answer_that_is_none_asks_again(place, member, page, decision):
    with nothing_stored(place):
        again = member.submit(page, **({"decision": decision} if decision is not None else {}))
    assert again.status_code == 200
    assert 'name="decision"' in again.text


def test_co_007_a_double_click(place, member, public, page):
    before = rows(place)
    first, second = (member.submit(page, decision="allow") for _ in range(2))
    assert "code" in answer_of(first)
    assert_over(second)
    after = rows(place)
    assert after["AuthorizationCode"] == before["AuthorizationCode"] + 1
    assert after["Grant"] == before["Grant"] + 1
    grant = grant_of(place, member)
    told = [event.type for event in events(place) if event.grant_id == grant.id]
    assert told == ["consent.granted", "code.issued"]
    assert_over(member.submit(page, decision="deny"))


@pytest.mark.parametrize("kind", ["public", "approved"])
def test_co_008_a_no(request, place, member, kind):
    """Decision 1: the person has acted, so that every client is told."""
    program = request.getfixturevalue(kind)
    page = member.sign_in(program.ask(state="s"))
    with denied(place, "consent.denied"):
        back = member.submit(page, decision="deny")
    assert back.status_code == 303
    assert back.headers["location"].startswith(REDIRECT + "?")
    answer = answer_of(back)
    assert {name: answer[name] for name in ("error", "state", "iss")} == {
        "error": "access_denied", "state": "s", "iss": place.issuer,
    }  # fmt: skip
    assert grant_of(place, member) is None
    event = events(place, "consent.denied")[-1]
    assert (event.user_id, event.client) == (member.user.id, program.client_id)
    assert event.flow in str(page.url)


def test_co_009_an_ask_that_waited_too_long(place, member, page, monkeypatch):
    import portal.consent.ask

    now = portal.consent.ask.time.time()
    monkeypatch.setattr(portal.consent.ask.time, "time", lambda: now + 1_801)
    with nothing_stored(place):
        assert_over(member.submit(page, decision="allow"))


def test_co_010_what_the_page_says(place, member, public, page):
    text = re.sub(r"<[^>]+>", " ", page.text)
    for fact in (
        "A program",
        "client.example",
        place.tenant.name,
        "Sentiment",
        "Read the weather",
        "Not checked",
    ):
        assert fact in text, fact
    assert public.client_id in page.text
    assert re.findall(r'type="hidden" name="([^"]+)"', page.text) == ["csrfmiddlewaretoken"]
    native = register(place, redirect_uris=["http://127.0.0.1/cb"])
    warned = member.browser.get(str(member.follow(member.browser.get(native.ask())).url))
    assert "this computer" in warned.text


def test_co_011_allowed_before_by_an_approved_client(place, member, approved):
    member.answer(approved.ask())
    back = member.follow(member.browser.get(approved.ask()))
    assert "code" in answer_of(back)
    assert events(place, "consent.remembered")[-1].user_id == member.user.id
    asked = member.follow(member.browser.get(approved.ask(scope="mcp:tools:score mcp:tools:write")))
    assert 'name="decision"' in asked.text, "what is new is asked"
    assert 'name="decision"' in member.follow(member.browser.get(approved.ask(prompt="consent"))).text


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/cb", "http://localhost/cb", "http://[::1]/cb", "com.example.app:/cb"]
)
def test_co_012_a_program_that_any_other_could_be_is_always_shown(place, member, uri):
    program = register(place, redirect_uris=[uri])
    assert "code" in answer_of(member.answer(program.ask()))
    again = member.follow(member.browser.get(program.ask()))
    assert 'name="decision"' in again.text
    silent = member.follow(member.browser.get(program.ask(prompt="none")))
    assert answer_of(silent)["error"] == "consent_required"


def test_decision_6_a_client_that_changed_is_shown_again(place, member):
    program = enrol(place)
    member.answer(program.ask())
    change(program, metadata_digest="1" * 64)
    assert 'name="decision"' in member.follow(member.browser.get(program.ask())).text


def test_what_was_allowed_for_one_session_is_asked_in_another(place, member):
    program = enrol(place)
    member.answer(program.ask(), expires="session")
    assert "code" in answer_of(member.follow(member.browser.get(program.ask())))
    with open_web() as elsewhere:
        member.browser = elsewhere
        asked = member.sign_in(program.ask())
    assert 'name="decision"' in asked.text


def test_co_016_the_way_back_is_a_303(member, page):
    back = member.submit(page, decision="allow")
    assert back.status_code == 303
    assert "no-store" in back.headers["cache-control"]
    assert back.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        '"><script>alert(1)</script>',
        "Portal\u202egnp.exe",
        "{{ 7*7 }}{% load x %}",
        "'; alert(1); '",
        "A" * 200,
        "\u200b\u200bClaude\u2066",
        "&lt;b&gt;",
    ],
)
def test_co_018_hostile_names(place, member, name):
    program = register(place, client_name=name)
    page = member.sign_in(program.ask())
    refused = member.browser.get(program.ask(response_type="token"))
    back = member.submit(page, decision="allow")
    assert back.status_code == 303
    listed = member.browser.get(f"{place.issuer}/apps/")
    detail = member.browser.get(re.search(r'href="([^"]*/apps/[0-9a-f-]{36}/)"', listed.text)[1])
    with transaction_of(place.tenant):
        shown = Client.objects.get(client_id=program.client_id).client_name
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", shown)
    for text in (page.text, refused.text, listed.text, detail.text):
        assert "<img" not in text
        assert "<script>alert" not in text
        assert "onerror=" not in text.replace("onerror=alert(1)&gt;", "")
        assert "49" not in re.findall(r"<bdi>([^<]*)</bdi>", text)
        assert "<bdi>" in text
        assert len(max(re.findall(r"<bdi>([^<]*)</bdi>", text), key=len)) < 120


def test_az_055_the_resource_is_gone_when_the_answer_comes():
    place = open_place()
    person, program = make_person(place), enrol(place)
    page = person.sign_in(program.ask())
    with transaction_of(place.tenant):
        ResourceServer.objects.update(is_active=False)
    forget(place.tenant)
    with nothing_stored(place):
        response = person.submit(page, decision="allow")
    assert response.status_code == 400
    assert "<code>invalid_target</code>" in response.text


def test_many_asks_at_once(place, member, public):
    """A browser keeps the last ten: a page that opens many can't fill the session."""
    member.sign_in()
    pages = [member.follow(member.browser.get(public.ask(prompt="consent"))) for _ in range(11)]
    assert_over(member.browser.get(str(pages[0].url)))
    assert member.browser.get(str(pages[-1].url)).status_code == 200


@pytest.mark.parametrize("reference", ["x", "2222-2222-2222", "<script>", "%00", "a" * 5_000, "é", "../apps"])
def test_a_reference_that_is_none(place, member, reference):
    member.sign_in()
    response = member.browser.get(f"{place.issuer}/consent/{reference}")
    assert response.status_code in {301, 400, 404} or "/apps" in str(response.url)
    assert "<script>" not in response.text


def test_when_the_grant_ends_is_read_from_the_server(place, member, page):
    member.submit(page, decision="allow", expires_at="2099-01-01", max_days="9999")
    assert grant_of(place, member).expires_at < timezone.now() + timedelta(days=2)
