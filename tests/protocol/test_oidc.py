"""OpenID Connect Core and Discovery, for the code flow."""

import base64
import hashlib
import time

import jwt
import pytest

from tests.people import make_person
from tests.programs import answer_of
from tests.registry import enrol


def identity(place, program, tokens):
    keys = jwt.PyJWKSet.from_dict(program.web.get(f"{place.issuer}/jwks").json())
    header = jwt.get_unverified_header(tokens["id_token"])
    return jwt.decode(
        tokens["id_token"], keys[header["kid"]].key, algorithms=[header["alg"]], audience=program.client_id,
        issuer=place.issuer, options={"require": ["iss", "sub", "aud", "exp", "iat"]},
    )  # fmt: skip


@pytest.mark.spec("OpenID Connect Core", "2")
@pytest.mark.spec("OpenID Connect Core", "3.1.3.6")
def test_what_an_id_token_says(place, member, approved):
    before = int(time.time())
    tokens = approved.connect(member, scope="openid mcp:tools:score", nonce="n-0S6_WzA2Mj")
    claims = identity(place, approved, tokens)
    assert claims["sub"] == member.user.sub
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    assert before <= claims["auth_time"] <= time.time()
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    assert not {"email", "name"} & set(claims)
    assert "id_token" not in approved.connect(make_person(place))


@pytest.mark.spec("OpenID Connect Core", "3.1.2.1")
def test_a_form_asks_like_a_url_and_needs_its_redirect_uri(place, member, visitor, approved):
    query = approved.ask(scope="openid mcp:tools:score").partition("?")[2]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = member.browser.post(f"{place.issuer}/authorize", content=query, headers=headers)
    assert 'name="password"' in member.follow(response).text
    assert visitor.get(approved.ask(scope="openid mcp:tools:score", redirect_uri=None)).status_code == 400


@pytest.mark.spec("OpenID Connect Core", "3.1.2.1")
@pytest.mark.parametrize("again", [{"prompt": "login"}, {"max_age": "0"}, {"prompt": "consent login"}])
def test_signs_in_again_when_asked_to(place, member, approved, again):
    first = identity(place, approved, approved.connect(member, scope="openid mcp:tools:score"))
    page = member.follow(member.browser.get(approved.ask(scope="openid mcp:tools:score", **again)))
    assert 'name="password"' in page.text
    back = member.answer(str(page.url))
    second = identity(place, approved, approved.redeem(answer_of(back)["code"]).json())
    assert second["auth_time"] >= first["auth_time"]
    assert second["sub"] == first["sub"]


@pytest.mark.spec("OpenID Connect Core", "3.1.2.1")
def test_a_person_may_choose_another_account_when_asked_to(member, approved):
    member.answer(approved.ask())
    page = member.follow(member.browser.get(approved.ask(prompt="select_account")))
    assert page.status_code == 200, "it does not go through without a word"


@pytest.mark.spec("OpenID Connect Core", "3.1.2.1")
def test_a_recent_sign_in_is_good_enough(member, approved):
    member.answer(approved.ask())
    assert "code" in answer_of(member.follow(member.browser.get(approved.ask(max_age="3600"))))
    assert "code" in answer_of(member.follow(member.browser.get(approved.ask(prompt="none"))))


@pytest.mark.spec("OpenID Connect Core", "3.1.2.6")
def test_errors_where_no_page_may_be_shown(place, visitor, member, approved):
    assert answer_of(visitor.get(approved.ask(prompt="none")))["error"] == "login_required"
    member.sign_in()
    silent = member.follow(member.browser.get(enrol(place).ask(prompt="none")))
    assert answer_of(silent)["error"] == "consent_required"


@pytest.mark.spec("OpenID Connect Core", "5.3")
@pytest.mark.spec("OpenID Connect Core", "5.4")
@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("openid", set()),
        ("openid email", {"email", "email_verified"}),
        ("openid profile email", {"name", "email", "email_verified"}),
    ],
)
def test_userinfo_says_what_the_person_let_it(place, member, approved, scope, names):
    tokens = approved.connect(member, scope=f"{scope} mcp:tools:score")
    response = approved.web.get(
        f"{place.issuer}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert set(body) == {"sub"} | names
    assert body["sub"] == member.user.sub == identity(place, approved, tokens)["sub"]
    if "email" in names:
        assert (body["email"], body["email_verified"]) == (member.user.email, True)


@pytest.mark.spec("OpenID Connect Core", "5.3")
def test_userinfo_ends_with_the_grant(place, member, approved):
    tokens = approved.connect(member, scope="openid mcp:tools:score")
    approved.revoke(tokens["refresh_token"])
    response = approved.web.get(
        f"{place.issuer}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert response.status_code == 401


@pytest.mark.spec("OpenID Connect Core", "5.4")
def test_a_person_may_keep_their_address_to_themselves(place, member, approved):
    tokens = approved.connect(member, scope="openid email mcp:tools:score", tick=("none",))
    assert "email" not in tokens["scope"].split()
    assert "email" not in identity(place, approved, tokens)


@pytest.mark.spec("OpenID Connect Core", "6.1")
def test_request_objects_are_not_taken(visitor, approved):
    assert answer_of(visitor.get(approved.ask(request="a.b.c")))["error"] == "request_not_supported"
    by_uri = visitor.get(approved.ask(request_uri="https://evil.example/"))
    assert answer_of(by_uri)["error"] == "request_uri_not_supported"


@pytest.mark.spec("OpenID Connect Core", "11")
def test_offline_access_is_shown_and_changes_nothing_else(place, member, approved):
    page = member.sign_in(approved.ask(scope="mcp:tools:score offline_access"))
    assert "stay connected" in page.text
    tokens = approved.redeem(answer_of(member.submit(page, decision="allow"))["code"]).json()
    assert tokens["scope"] == "mcp:tools:score offline_access"
    assert tokens["refresh_token"]
    assert approved.connect(make_person(place), scope="mcp:tools:score")["refresh_token"]


@pytest.mark.spec("OpenID Connect Core", "8")
def test_a_person_has_another_subject_at_another_tenant(place, elsewhere):
    email = "same@people.example"
    subs = {make_person(home, email=email).user.sub for home in (place, elsewhere)}
    assert len(subs) == 2


@pytest.mark.spec("OpenID Connect Discovery", "3")
def test_the_document_has_what_the_typescript_sdk_requires(place, visitor):
    document = visitor.get(f"{place.issuer}/.well-known/openid-configuration").json()
    for name in (
        "jwks_uri",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "userinfo_endpoint",
    ):
        assert document[name]
    assert document["subject_types_supported"] == ["public"]
    assert document["id_token_signing_alg_values_supported"] == ["ES256"]
    assert "openid" in document["scopes_supported"]
