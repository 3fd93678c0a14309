"""An account from its first mail to its last session, without a browser: sign up, sign in, forget, sign out."""

import os
import re
import secrets

import pytest

from tests.mail import link_in, mails_to
from tests.people import PASSWORD, Person, make_person
from tests.places import open_place
from tests.programs import answer_of, introspect, open_web, register

ANOTHER = "violet harbour lamp"
WRONG = "Email or password is wrong."


def mails(email):
    return mails_to(os.environ["MAIL_FILE"], email)


def new_email():
    return f"n{secrets.token_hex(6)}@people.example"


def visitor(place):
    """Somebody without an account."""
    return Person(place, None, open_web())


def page(person, path):
    return person.browser.get(f"{person.place.issuer}/account/{path}")


def sign_up(person, email, password=ANOTHER):
    return person.submit(page(person, "signup/"), email=email, password1=password, password2=password)


def sign_in(person, email, password):
    return person.submit(page(person, "login/"), login=email, password=password)


def is_in(person):
    return person.browser.get(f"{person.place.issuer}/apps/").status_code == 200


@pytest.fixture
def open_tenant():
    return open_place(signup_open=True)


def test_signs_up_and_is_in_once_the_address_is_confirmed(open_tenant):
    carol, email = visitor(open_tenant), new_email()
    assert "Look in your mail" in sign_up(carol, email).text
    assert "Look in your mail" in sign_in(carol, email, ANOTHER).text
    assert not is_in(carol)
    link = link_in(mails(email)[0])
    assert link.startswith(f"{open_tenant.issuer}/account/")
    confirm = carol.browser.get(link)
    assert not is_in(carol)  # looking is not confirming: scanners of mail follow links
    carol.submit(confirm)
    sign_in(carol, email, ANOTHER)
    assert is_in(carol)


def test_nobody_signs_up_where_it_is_closed(tenant):
    carol, email = visitor(tenant), new_email()
    closed = page(carol, "signup/")
    assert 'name="password1"' not in closed.text
    form = {"email": email, "password1": ANOTHER, "password2": ANOTHER}
    login = page(carol, "login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', login.text)[1]
    carol.browser.post(
        f"{tenant.issuer}/account/signup/",
        data={**form, "csrfmiddlewaretoken": token},
        headers={"Origin": "http://localhost:8000"},
    )
    assert mails(email) == []
    assert WRONG in sign_in(carol, email, ANOTHER).text


def test_sign_up_does_not_tell_who_has_an_account(open_tenant):
    known = make_person(open_tenant)
    answers = [sign_up(visitor(open_tenant), email) for email in (known.user.email, new_email())]
    assert [answer.url.path for answer in answers] == [answers[0].url.path] * 2
    assert all("Look in your mail" in answer.text for answer in answers)
    [told] = mails(known.user.email)
    assert "account/password/reset" in told
    sign_in(known, known.user.email, PASSWORD)
    assert is_in(known)


def test_sign_in_does_not_tell_who_has_an_account(person):
    for email in (person.user.email, new_email()):
        assert WRONG in sign_in(person, email, "not this one").text
    assert not is_in(person)


def test_same_address_at_another_tenant_is_another_account(tenant, other, person):
    assert WRONG in sign_in(visitor(other), person.user.email, PASSWORD).text
    namesake = make_person(other, email=person.user.email)
    sign_in(namesake, person.user.email, PASSWORD)
    assert is_in(namesake)
    assert not is_in(person)


def test_guessing_is_stopped_at_this_tenant_alone(tenant, other, person):
    namesake = make_person(other, email=person.user.email)
    guesser = visitor(tenant)
    for _ in range(5):
        assert WRONG in sign_in(guesser, person.user.email, "a guess").text
    assert "Too many attempts." in sign_in(guesser, person.user.email, PASSWORD).text
    assert "Too many attempts." in sign_in(visitor(tenant), person.user.email.upper(), PASSWORD).text
    assert not is_in(guesser)
    sign_in(namesake, person.user.email, PASSWORD)
    assert is_in(namesake)
    colleague = make_person(tenant)
    sign_in(colleague, colleague.user.email, PASSWORD)
    assert is_in(colleague)


def test_spraying_guesses_over_accounts_is_stopped(tenant):
    answers = [sign_in(visitor(tenant), new_email(), "a guess").text for _ in range(12)]
    assert "Too many attempts" in answers[-1]


def forget(person):
    told = person.submit(page(person, "password/reset/"), email=person.user.email)
    assert told.status_code == 200
    return link_in(mails(person.user.email)[-1])


def test_resets_a_forgotten_password_once(tenant, person):
    link = forget(person)
    assert link.startswith(f"{tenant.issuer}/account/password/reset/key/")
    form = person.follow(person.browser.get(link))
    person.submit(form, password1=ANOTHER, password2=ANOTHER)
    assert WRONG in sign_in(person, person.user.email, PASSWORD).text
    sign_in(person, person.user.email, ANOTHER)
    assert is_in(person)
    again = visitor(tenant)
    spent = again.follow(again.browser.get(link))
    assert 'name="password1"' not in spent.text


def test_reset_link_of_one_tenant_is_nothing_at_another(tenant, other, person):
    namesake = make_person(other, email=person.user.email)
    link = forget(person).replace(tenant.issuer, other.issuer)
    assert 'name="password1"' not in namesake.follow(namesake.browser.get(link)).text


def test_reset_does_not_tell_who_has_an_account(tenant, person):
    somebody, nobody = visitor(tenant), new_email()
    answers = [
        somebody.submit(page(somebody, "password/reset/"), email=email)
        for email in (person.user.email, nobody)
    ]
    assert answers[0].url == answers[1].url
    assert answers[0].text.replace(person.user.email, nobody) == answers[1].text
    assert mails(nobody) == []


def test_signing_out_ends_the_session_itself(person):
    person.sign_in()
    held = dict(person.browser.cookies)
    page(person, "logout/")
    assert is_in(person)  # a link or an image does not sign anybody out
    person.submit(page(person, "logout/"))
    assert not is_in(person)
    thief = visitor(person.place)
    thief.browser.cookies.update(held)
    assert not is_in(thief)


def test_sessions_are_listed_and_the_others_end(tenant, person):
    elsewhere = Person(tenant, person.user, open_web())
    for browser in (person, elsewhere):
        browser.browser.headers["User-Agent"] = f"Browser {browser is person}"
        browser.sign_in()
    listed = page(person, "sessions/")
    assert "Browser True" in listed.text
    assert "Browser False" in listed.text
    assert listed.text.count("This one") == 1
    person.submit(listed)
    assert is_in(person)
    assert not is_in(elsewhere)


def allow(person, program, expires):
    back = person.answer(program.ask(), expires=expires)
    return program.redeem(answer_of(back)["code"]).json()


def test_what_was_allowed_for_a_session_ends_with_it_wherever_it_is_ended(tenant, person, program):
    elsewhere = Person(tenant, person.user, open_web())
    elsewhere.sign_in()
    tokens = allow(elsewhere, program, "session")
    assert introspect(tenant, tokens["access_token"])["active"] is True
    person.sign_in()
    person.submit(page(person, "sessions/"))
    assert introspect(tenant, tokens["access_token"]) == {"active": False}


def test_what_was_allowed_for_a_session_ends_with_another_password(tenant, person, program):
    person.sign_in()
    kept = allow(person, program, "1d")
    ended = allow(person, register(tenant), "session")
    form = page(person, "password/change/")
    person.submit(form, oldpassword=PASSWORD, password1=ANOTHER, password2=ANOTHER)
    assert introspect(tenant, ended["access_token"]) == {"active": False}
    assert introspect(tenant, kept["access_token"])["active"] is True


def test_another_password_ends_the_other_sessions(tenant, person):
    elsewhere = Person(tenant, person.user, open_web())
    elsewhere.sign_in()
    person.sign_in()
    form = page(person, "password/change/")
    wrong = person.submit(form, oldpassword="not this one", password1=ANOTHER, password2=ANOTHER)
    assert "The password is wrong." in wrong.text
    person.submit(form, oldpassword=PASSWORD, password1=ANOTHER, password2=ANOTHER)
    assert is_in(person)
    assert not is_in(elsewhere)


def test_cookie_is_the_tenants_own(tenant, person):
    before = page(person, "login/").headers.get_list("set-cookie")
    person.sign_in()
    response = page(person, "email/")
    assert response.status_code == 200
    cookies = list(person.browser.cookies.jar)
    assert [(cookie.path, cookie.secure) for cookie in cookies] == [(f"{tenant.tenant.prefix}/", False)]
    [sent] = before
    parts = set(sent.split("; ")[1:])
    assert {"HttpOnly", "SameSite=Lax", f"Path={tenant.tenant.prefix}/"} <= parts
    assert not sent.startswith(f"{cookies[0].name}={cookies[0].value};")  # another one from the sign-in on


def test_two_tenants_in_one_browser_do_not_meet(tenant, other, person):
    namesake = make_person(other, email=person.user.email)
    namesake.browser = person.browser
    person.sign_in()
    assert not is_in(namesake)
    namesake.sign_in()
    assert is_in(person)
    namesake.submit(page(namesake, "logout/"))
    assert is_in(person)
    assert not is_in(namesake)


def test_leads_nowhere_else_after_sign_in(person):
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        person.browser.cookies.clear()
        login = person.browser.get(f"{person.place.issuer}/account/login/", params={"next": target})
        ended = person.submit(login, login=person.user.email, password=PASSWORD)
        assert (ended.status_code, str(ended.url)) == (200, f"{person.place.issuer}/"), target


def test_closed_account_is_out(tenant, person):
    from tenants.current import transaction_of

    person.sign_in()
    with transaction_of(tenant.tenant):
        person.user.is_active = False
        person.user.save()
    assert not is_in(person)
    assert "This account is closed" in sign_in(person, person.user.email, PASSWORD).text
