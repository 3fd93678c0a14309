"""A person in Chromium: signs in, is asked, answers, looks at what they let in, ends it, keeps their account."""

import re
import secrets
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import ARGUMENTS, find_browser
from tests.journeys.loopback import BACK, LoopbackProgram, wait_for_answers
from tests.journeys.tab import USUAL, Tab

ALICE = "alice@acme.example"
MUCH = (
    "mcp:tools:sentiment:score mcp:tools:sentiment:headlines mcp:resources:customer-data:read "
    "mcp:exec:workflows:* mcp:resources:customer-data:delete email"
)


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """A browser of its own; at the end it has complained of nothing."""
    context = chromium.new_context(viewport=USUAL, reduced_motion="reduce")
    tab = Tab(context.new_page())
    yield tab
    context.close()
    assert not tab.problems


@pytest.fixture
def program(demo):
    with wait_for_answers() as server:
        yield LoopbackProgram(demo, server)


def sign_in(tab, demo, email=ALICE):
    tab.fill(Email=email, Password=demo.password(email))
    tab.press("Sign in")


def test_lets_a_program_in_looks_at_it_and_ends_it(demo, tab, program):
    page = tab.page
    page.goto(program.ask(scope=MUCH))
    tab.look("sign-in")
    tab.fill(Email=ALICE, Password="not this one")
    tab.press("Sign in")
    expect(page.get_by_role("alert")).to_have_text("Email or password is wrong.")
    assert page.title().startswith("Error: ")
    tab.look("sign-in-wrong")
    sign_in(tab, demo)

    expect(page.get_by_role("heading", level=1)).to_have_text("Let “Claude Code” use Sentiment?")
    tab.look("consent")
    page.get_by_text("Only reading").click()
    tab.look("consent-reading")
    page.get_by_text("Let me choose").click()
    page.get_by_label("Read customer portfolios").uncheck()
    tab.look("consent-choosing")
    tab.press("Allow")
    expect(page.get_by_role("heading")).to_have_text(BACK)
    [answer] = program.answers
    assert (answer["state"], answer["iss"]) == ("a state", demo.issuer())
    granted = set(program.redeem()["scope"].split())
    assert "mcp:exec:workflows:*" in granted
    assert not granted & {"mcp:resources:customer-data:read", "mcp:resources:customer-data:delete"}

    page.goto(f"{demo.issuer()}/apps/")
    tab.look("apps")
    page.get_by_role("link", name="Claude Code").first.click()
    tab.look("app")
    tab.press("Revoke “Claude Code”")
    expect(page.get_by_role("status")).to_have_text("“Claude Code” can do nothing as you any more.")
    page.go_back()
    page.reload()
    expect(page.get_by_text("It can do nothing as you any more.")).to_be_visible()
    tab.look("app-ended")


def test_is_asked_again_for_what_is_new(demo, tab, program):
    page = tab.page
    page.goto(program.ask())
    sign_in(tab, demo)
    tab.press("Allow")
    expect(page.get_by_role("heading")).to_have_text(BACK)
    page.goto(program.ask(scope=f"{MUCH} mcp:tools:weather"))
    expect(page.get_by_role("heading", level=1)).to_have_text("“Claude Code” asks again")
    expect(page.get_by_label("Read the market weather")).to_be_checked()
    expect(page.get_by_label("Read market headlines")).to_be_checked()
    tab.look("consent-again")
    tab.press("Allow")
    expect(page.get_by_role("heading")).to_have_text(BACK)
    assert "mcp:tools:weather" in program.redeem()["scope"].split()


def test_says_no(demo, tab, program):
    tab.page.goto(program.ask())
    sign_in(tab, demo)
    tab.press("Deny")
    expect(tab.page.get_by_role("heading")).to_have_text(BACK)
    [answer] = program.answers
    assert (answer["error"], answer["iss"]) == ("access_denied", demo.issuer())


def test_the_page_that_asks_is_guarded_and_lets_the_answer_out(demo, tab, program):
    tab.page.goto(program.ask())
    with tab.page.expect_response(re.compile("/consent/")) as asked:
        sign_in(tab, demo)
    policy = asked.value.headers["content-security-policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    # Enter never allows: the form's first button is the one that a browser presses.
    tab.page.get_by_label("What it asks for").press("Enter")
    expect(tab.page.get_by_role("heading")).to_have_text(BACK)
    assert program.answers[0]["error"] == "access_denied"


def test_answers_from_another_account(demo, tab, program):
    page = tab.page
    page.goto(program.ask())
    sign_in(tab, demo)
    page.get_by_role("link", name="Not you? Switch account").click()
    tab.look("switch")
    tab.press("Sign out and switch")
    expect(page.get_by_text("Then you decide what “Claude Code”")).to_be_visible()
    sign_in(tab, demo, "admin@acme.example")
    expect(page.get_by_text("admin@acme.example")).to_be_visible()
    tab.press("Allow")
    expect(page.get_by_role("heading")).to_have_text(BACK)
    program.redeem()


def test_makes_an_account_and_keeps_it(demo, tab):
    page, issuer = tab.page, demo.issuer()
    email, password = f"carol-{secrets.token_hex(4)}@acme.example", "violet harbour lamp"
    page.goto(issuer)
    tab.look("home")
    page.get_by_role("link", name="Create an account").click()
    tab.look("sign-up")
    tab.fill(Email=email, Password=password, The_same_password_again=password)
    tab.press("Create the account")
    tab.look("sign-up-sent")
    page.goto(demo.mailed_link(email))
    tab.look("email-confirm")
    tab.press("Confirm")
    tab.fill(Email=email, Password=password)
    tab.press("Sign in")
    expect(page.get_by_text(f"You are signed in as {email}")).to_be_visible()
    tab.look("home-signed-in")
    page.get_by_role("link", name="Connected apps").first.click()
    expect(page.get_by_role("heading", name="No app is connected")).to_be_visible()
    tab.look("apps-none")
    page.get_by_role("link", name="Account", exact=True).click()
    tab.look("email")
    page.get_by_role("link", name="Password", exact=True).click()
    tab.look("password")
    tab.fill(
        Current_password=password,
        New_password="a harbour of lamps",
        The_same_password_again="a harbour of lamps",
    )
    tab.press("Change the password")
    page.get_by_role("link", name="Where you’re signed in").click()
    expect(page.get_by_text("This one")).to_be_visible()
    tab.look("sessions")
    page.get_by_role("link", name="Sign out", exact=True).click()
    tab.look("sign-out")
    tab.press("Sign out")
    expect(page.get_by_text("You are not signed in")).to_be_visible()


def test_learns_that_a_replaced_key_came_again(demo, tab, program):
    page = tab.page
    page.goto(program.ask())
    sign_in(tab, demo)
    tab.press("Allow")
    expect(page.get_by_role("heading")).to_have_text(BACK)
    first = program.redeem()["refresh_token"]
    second = program.refresh(first)["refresh_token"]
    third = program.refresh(second)["refresh_token"]
    assert program.refresh(first)["error"] == "invalid_grant"
    assert program.refresh(third)["error"] == "invalid_grant"
    page.goto(f"{demo.issuer()}/apps/")
    expect(page.get_by_role("heading", name="We cut off “Claude Code”").first).to_be_visible()
    tab.look("apps-warned")


def test_is_asked_by_a_website_that_nobody_checked(demo, tab):
    body = {
        "client_name": "Reports \u202e\u2066weekly",
        "client_uri": "https://reports.example",
        "redirect_uris": ["https://reports.example/callback"],
        "token_endpoint_auth_method": "none",
    }
    client = httpx.post(f"{demo.issuer()}/register", json=body).json()
    query = {
        "response_type": "code",
        "client_id": client["client_id"],
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    tab.page.goto(f"{demo.issuer()}/authorize?{urlencode(query)}")
    sign_in(tab, demo)
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("Let “Reports weekly” use Sentiment?")
    expect(tab.page.get_by_role("heading", name="Do you know who runs reports.example?")).to_be_visible()
    tab.look("consent-website")


def test_goes_astray(demo, tab, program):
    """Pages that say what went wrong."""
    for name, address in {
        "error-unknown-app": f"{demo.issuer()}/authorize?client_id=unknown&response_type=code",
        "error-scope": program.ask(scope="no:such:scope"),
        "error-over": f"{demo.issuer()}/account/login/?next=/t/acme/consent/ABCD-EFGH-JKMN",
        "missing": f"{demo.issuer()}/nowhere",
        "reset": f"{demo.issuer()}/account/password/reset/",
    }.items():
        tab.page.goto(address)
        tab.look(name)
    tab.page.goto(program.ask())
    tab.page.context.clear_cookies()
    sign_in(tab, demo)
    tab.look("error-form-of-another-session")
    tab.page.goto(program.ask())
    sign_in(tab, demo)
    asked = tab.page.url
    tab.press("Deny")
    tab.page.goto(asked)
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("There is nothing left to answer")
    expect(tab.page.get_by_text(asked.rpartition("/")[2])).to_be_visible()
    tab.look("error-answered-before")


def test_admin_reads_what_happened(demo, tab, program):
    page = tab.page
    page.goto(program.ask())
    sign_in(tab, demo)
    tab.press("Allow")
    expect(page.get_by_role("heading")).to_have_text(BACK)
    page.context.clear_cookies()
    page.goto(f"{demo.issuer()}/admin/")
    sign_in(tab, demo, "admin@acme.example")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    tab.look("admin")
    page.goto(f"{demo.issuer()}/admin/clients/client/")
    expect(page.get_by_text(program.client_id)).to_be_visible()
    tab.look("admin-clients")
    page.goto(f"{demo.issuer()}/admin/audit/auditevent/?q={program.client_id}")
    for kind in ("client.registered", "consent.granted", "code.issued"):
        expect(page.get_by_role("row").filter(has_text=kind)).to_be_visible()
    tab.look("admin-trail")


def test_admin_approves_a_client_and_people_see_it(demo, tab, program):
    page = tab.page
    page.goto(f"{demo.issuer()}/admin/clients/client/?q={program.client_id}")
    sign_in(tab, demo, "admin@acme.example")
    page.get_by_role("link", name="Claude Code").click()
    tab.look("admin-client")
    page.get_by_label("Is approved").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    page.goto(program.ask())
    expect(page.get_by_role("heading", level=1)).to_have_text("Let Claude Code use Sentiment?")
    expect(page.get_by_text("Approved by Acme Finance")).to_be_visible()
    tab.look("consent-approved")
