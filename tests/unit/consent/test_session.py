"""The session around an ask: sealed, short for strangers, safe from other tabs and other sites."""

from concurrent.futures import ThreadPoolExecutor

from django.contrib.sessions.models import Session
from django.db import connection

from portal.consent.ask import MOST_AT_ONCE
from portal.users.sessions import ANONYMOUS_SECONDS, SessionStore
from tenants.current import transaction_of
from tests.people import PASSWORD
from tests.programs import answer_of, open_web, register


def rows(place):
    with transaction_of(place.tenant):
        return list(Session.objects.all())


def test_a_dump_of_sessions_tells_nothing(tenant, program):
    open_web().get(program.ask(state="a-state-to-look-for"))
    (row,) = rows(tenant)
    assert "a-state-to-look-for" not in row.session_data
    with transaction_of(tenant.tenant):
        assert "a-state-to-look-for" in str(SessionStore().decode(row.session_data))


def test_another_tenants_session_opens_nothing(tenant, other, program):
    open_web().get(program.ask())
    (row,) = rows(tenant)
    with transaction_of(other.tenant):
        assert SessionStore().decode(row.session_data) == {}


def test_a_stranger_leaves_nothing_for_long(tenant, program, person):
    browser = open_web()
    response = browser.get(program.ask())
    assert f"Max-Age={ANONYMOUS_SECONDS};" in response.headers["set-cookie"]
    signed_in = person.sign_in()
    assert signed_in.status_code == 200
    assert max(row.expire_date for row in rows(tenant)) > min(row.expire_date for row in rows(tenant))


def test_tabs_that_begin_at_once_keep_all_their_asks(tenant, person, program):
    person.sign_in()
    cookies = dict(person.browser.cookies)

    def begin(_):
        try:
            with open_web() as tab:
                tab.cookies.update(cookies)
                return tab.get(program.ask()).headers["location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(begin, range(MOST_AT_ONCE)))
    assert [person.browser.get(page).status_code for page in pages] == [200] * MOST_AT_ONCE


def test_prompt_login_asks_for_the_password_and_ends_no_session(tenant, person, program):
    person.sign_in()
    before = dict(person.browser.cookies)
    page = person.follow(person.browser.get(program.ask(prompt="login")))
    assert "reauthenticate" in str(page.url)
    assert dict(person.browser.cookies) == before
    page = person.submit(page, password=PASSWORD)
    assert answer_of(person.submit(page, decision="allow"))["code"]


def test_another_sites_form_leaves_the_cookie_alone(tenant, program):
    """It comes without the cookie, which is Lax: a new one would take its place."""
    url, _, query = program.ask().partition("?")
    response = open_web().post(
        url, content=query, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert response.status_code in {302, 303}
    assert response.headers["location"].endswith(query)
    assert "set-cookie" not in response.headers


def test_a_scope_of_another_server_is_left_out(tenant, person):
    from portal.resources.models import ResourceServer, Scope
    from tenants.cache import forget

    with transaction_of(tenant.tenant):
        second = ResourceServer.objects.create(
            slug="two", name="Two", resource="https://two.example", client_id="rs_two"
        )
        Scope.objects.create(resource_server=second, name="two:read", title="Read two")
    forget(tenant.tenant)
    program = register(tenant)
    assert program.connect(person, scope="mcp:tools:score two:read")["scope"] == "mcp:tools:score"
