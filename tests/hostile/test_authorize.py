"""Rows AZ of the hostile corpus: where the person must stay, because the redirect can't be trusted, or nothing is asked."""

from urllib.parse import quote, urlencode

import pytest

from tests.programs import REDIRECT, answer_of, register
from tests.registry import change, enrol
from tests.trail import denied, nothing_stored

MANY = ["https://client.example/cb?a=1&b=2", "https://client.example/cb", "https://app.example:8443/x"]
LOOPBACK = ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb"]


@pytest.fixture(scope="module")
def many(place):
    return register(place, redirect_uris=MANY)


@pytest.fixture(scope="module")
def native(place):
    return register(place, redirect_uris=[*LOOPBACK, "cursor://anysphere.cursor-mcp/oauth/callback"])


def assert_stays(response, error="invalid_request"):
    """The person stays: a page of ours that names the error, and nothing that leads away."""
    assert response.status_code == 400, response.text[:500]
    assert "location" not in response.headers
    assert response.headers["content-type"].startswith("text/html")
    assert f"<code>{error}</code>" in response.text


@pytest.mark.parametrize(
    ("row", "client_id"),
    [
        pytest.param("AZ-001", None, id="AZ-001-absent"),
        pytest.param("AZ-001", "", id="AZ-001-empty"),
        pytest.param("AZ-002", "c_unknown", id="AZ-002-unknown"),
        pytest.param("AZ-002", "c" * 300, id="AZ-002-long"),
        pytest.param("AZ-002", "<script>alert(1)</script>", id="AZ-002-markup"),
        pytest.param("AZ-002", "c_" + "\u202e" + "x", id="AZ-002-bidi"),
        pytest.param("AZ-002", "c'; DROP TABLE clients_client; --", id="AZ-002-sql"),
    ],
)
def test_stays_without_a_known_client(place, visitor, public, row, client_id):
    with denied(place, "authorize.denied", "invalid_request"):
        response = visitor.get(public.ask(client_id=client_id))
    assert_stays(response)
    assert "<script>alert" not in response.text


def test_az_002_unknown_foreign_and_suspended_clients_look_the_same(place, elsewhere, visitor, public):
    foreign, suspended = register(elsewhere), register(place)
    change(suspended, status="suspended")
    pages = [
        visitor.get(public.ask(client_id=client_id)).text.replace(client_id, "ID")
        for client_id in ("c_" + "0" * 32, foreign.client_id, suspended.client_id)
    ]
    assert len({_without_reference(page) for page in pages}) == 1


def _without_reference(page):
    before, _, rest = page.partition('<section class="notice" aria-labelledby="ref">')
    return before + rest.partition("</section>")[2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("client_id", "c_other", id="AZ-003"),
        pytest.param("redirect_uri", "https://evil.example/cb", id="AZ-004"),
        pytest.param("state", "again", id="AZ-037"),
        pytest.param("scope", "mcp:tools:score", id="scope"),
        pytest.param("code_challenge", "x" * 43, id="code_challenge"),
        pytest.param("resource", "https://mcp.example/two", id="AZ-045"),
        pytest.param("made_up", "1&made_up=2", id="unknown-parameter"),
    ],
)
def test_stays_when_a_parameter_is_repeated(place, visitor, approved, name, value):
    url = approved.ask()
    address, _, query = url.partition("?")
    more = f"{name}={value}" if "&" in value else urlencode({name: value})
    for spelled in (f"{query}&{more}", f"{more}&{query}"):
        with denied(place, "authorize.denied", "more than once"):
            assert_stays(visitor.get(f"{address}?{spelled}"))


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("https://client.example/other", id="AZ-007"),
        pytest.param("https://client.example/cb?x=1", id="AZ-008"),
        pytest.param("https://client.example/cb?b=2&a=1", id="AZ-009-order"),
        pytest.param("https://client.example/cb?a=1", id="AZ-009-part"),
        pytest.param("https://client.example/cb?a=1&b=2&c=3", id="AZ-009-more"),
        pytest.param("https://client.example/cb#frag", id="AZ-010"),
        pytest.param("https://client.example/cb#", id="AZ-010-bare"),
        pytest.param("https://client.example/cb;evil=1", id="AZ-012"),
        pytest.param("https://evil@client.example/cb", id="AZ-013"),
        pytest.param("https://client.example@evil.example/cb", id="AZ-013-host"),
        pytest.param("https://client.example/cb/../evil", id="AZ-016"),
        pytest.param("https://client.example/cb/%2e%2e/evil", id="AZ-016-encoded"),
        pytest.param("https://client.example/cb//", id="AZ-016-slashes"),
        pytest.param("https://client.example/cb/", id="AZ-016-slash"),
        pytest.param("https://CLIENT.example/cb", id="AZ-017-case"),
        pytest.param("HTTPS://client.example/cb", id="AZ-017-scheme"),
        pytest.param("https://client.example./cb", id="AZ-017-dot"),
        pytest.param("https://client.example:443/cb", id="AZ-017-port"),
        pytest.param("https://app.example:8444/x", id="AZ-017-other-port"),
        pytest.param("http://client.example/cb", id="downgrade"),
        pytest.param("https://client.example\\@evil.example/cb", id="backslash"),
        pytest.param(" https://client.example/cb", id="space-before"),
        pytest.param("https://client.example/cb ", id="space-behind"),
        pytest.param("https://client.example/c\u0062\u0301", id="not-ascii"),
        pytest.param("//client.example/cb", id="no-scheme"),
        pytest.param("/cb", id="relative"),
        pytest.param("javascript:alert(1)", id="javascript"),
        pytest.param("https://client.example/cb?a=1&b=2 https://client.example/cb", id="the-stored-list"),
        pytest.param("x" * 4000, id="long"),
    ],
)
def test_stays_when_the_redirect_uri_is_not_registered(place, visitor, many, uri):
    with denied(place, "authorize.denied", "redirect_uri"):
        assert_stays(visitor.get(many.ask(redirect_uri=uri)))


def test_az_006_stays_when_one_of_several_is_not_named(place, visitor, many):
    with denied(place, "authorize.denied", "redirect_uri"):
        assert_stays(visitor.get(many.ask(redirect_uri=None)))


def test_az_005_goes_on_without_redirect_uri_where_one_is_registered(place, member, public):
    back = member.answer(public.ask(redirect_uri=None))
    assert back.headers["location"].startswith(REDIRECT + "?")
    # RFC 6749 §4.1.3: what the request left out is left out here too.
    assert public.redeem(answer_of(back)["code"], redirect_uri=None).status_code == 200


def test_az_005_needs_redirect_uri_with_openid_and_on_loopback(place, visitor, public):
    assert_stays(visitor.get(public.ask(redirect_uri=None, scope="openid mcp:tools:score")))
    alone = register(place, redirect_uris=["http://127.0.0.1/cb"])
    assert_stays(visitor.get(alone.ask(redirect_uri=None)))


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("http://127.0.0.1:51234/other", id="AZ-020-path"),
        pytest.param("http://127.0.0.1:51234/cb?x", id="AZ-020-query"),
        pytest.param("https://127.0.0.1:51234/cb", id="AZ-020-scheme"),
        pytest.param("http://127.0.0.1:0/cb", id="port-0"),
        pytest.param("http://127.0.0.1:65536/cb", id="port-65536"),
        pytest.param("http://127.0.0.1:/cb", id="port-empty"),
        pytest.param("http://127.0.0.1:08080/cb", id="port-leading-zero"),
        pytest.param("http://127.0.0.1.evil.example:1/cb", id="AZ-021-suffix"),
        pytest.param("http://localhost.evil.example/cb", id="AZ-021-localhost"),
        pytest.param("http://127.1:1/cb", id="AZ-021-short"),
        pytest.param("http://2130706433:1/cb", id="AZ-021-number"),
        pytest.param("http://[::ffff:127.0.0.1]:1/cb", id="AZ-021-mapped"),
        pytest.param("http://0.0.0.0:1/cb", id="AZ-021-any"),
        pytest.param("http://127.0.0.1:1@evil.example/cb", id="AZ-021-userinfo"),
        pytest.param("http://127.0.0.2:1/cb", id="AZ-021-other"),
        pytest.param("http://LOCALHOST:1/cb", id="AZ-021-case"),
        pytest.param("cursor://anysphere.cursor-mcp:1/oauth/callback", id="private-port"),
        pytest.param("cursor://evil/oauth/callback", id="private-host"),
    ],
)
def test_stays_when_only_something_like_loopback_is_named(place, visitor, native, uri):
    with denied(place, "authorize.denied", "redirect_uri"):
        assert_stays(visitor.get(native.ask(redirect_uri=uri)))


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("http://127.0.0.1:51234/cb", id="AZ-019-127"),
        pytest.param("http://[::1]:51234/cb", id="AZ-019-v6"),
        pytest.param("http://localhost:65535/cb", id="AZ-019-localhost"),
        pytest.param("http://localhost/cb", id="AZ-019-no-port"),
        pytest.param("cursor://anysphere.cursor-mcp/oauth/callback", id="AZ-060-private"),
    ],
)
def test_sends_the_code_to_this_loopback_port_or_app_alone(place, member, native, uri):
    page = member.sign_in(native.ask(redirect_uri=uri))
    assert 'name="decision"' in page.text
    # Browsers apply form-action to the redirect that follows, so it must not name our own origin alone.
    assert "form-action" not in page.headers["content-security-policy"]
    back = member.submit(page, decision="allow")
    assert back.status_code == 303
    assert back.headers["location"].startswith(uri + "?")
    code = answer_of(back)["code"]
    assert native.redeem(code, redirect_uri=uri.replace("51234", "51235") + "x").status_code == 400
    again = answer_of(member.answer(native.ask(redirect_uri=uri)))
    assert native.redeem(again["code"], redirect_uri=uri).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("client_id", "c%00d", id="AZ-061"),
        pytest.param("client_id", "%ff%fe", id="not-utf-8"),
        pytest.param("redirect_uri", "https://client.example/callback%0d%0aSet-Cookie:%20a=b", id="crlf"),
        pytest.param("state", "a%00b", id="AZ-035-nul"),
        pytest.param("state", "a%0d%0aX-Evil:%201", id="AZ-035-crlf"),
        pytest.param("scope", "mcp%09tools", id="AZ-033-tab"),
        pytest.param("scope", "mcp%00tools", id="AZ-033-nul"),
        pytest.param("scope", "mcp%0atools", id="AZ-033-newline"),
        pytest.param("nonce", "%zz", id="bad-escape"),
        pytest.param("nonce", "%c2%85", id="c1-control"),
        pytest.param("x%00y", "1", id="nul-in-a-name"),
    ],
)
def test_stays_when_a_parameter_can_not_be_read(place, visitor, approved, name, value):
    address, _, query = approved.ask(**({name: None} if "%" not in name else {})).partition("?")
    with nothing_stored(place):
        response = visitor.get(f"{address}?{query}&{name}={value}")
    assert response.status_code == 400
    assert "location" not in response.headers
    assert_guarded(response)


def test_stays_when_the_request_is_over_long(place, visitor, approved):
    with nothing_stored(place):
        by_url = visitor.get(approved.ask(padding="x" * 20_000))
        by_form = visitor.post(f"{place.issuer}/authorize", data={"padding": "x" * 300_000})
    assert by_url.status_code == 400
    assert by_form.status_code in {400, 413}
    assert_guarded(by_url)


def assert_guarded(response):
    """AZ-059: what keeps a page out of frames, caches and referrers, and scripts out of the page."""
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in response.headers["cache-control"]


def test_az_059_every_page_of_the_way_is_guarded(place, visitor, member, public):
    assert_guarded(visitor.get(public.ask(client_id="c_unknown")))
    redirect = member.browser.get(public.ask())
    assert "no-store" in redirect.headers["cache-control"]
    login = member.follow(redirect)
    assert 'name="password"' in login.text
    assert_guarded(login)
    consent = member.sign_in(public.ask())
    assert 'name="decision"' in consent.text
    assert_guarded(consent)
    back = member.submit(consent, decision="deny")
    assert "no-store" in back.headers["cache-control"]
    assert_guarded(member.browser.get(str(consent.url)))


def test_az_059_so_are_the_pages_where_nothing_stands(place, visitor, member):
    member.sign_in()
    for response in (
        visitor.get("http://localhost:8000/t/unknown/authorize"),
        visitor.get(f"{place.issuer}/nothing/here"),
        member.browser.get(f"{place.issuer}/apps/00000000-0000-0000-0000-000000000000/"),
        member.browser.post(f"{place.issuer}/apps/"),
        visitor.get(f"{place.issuer}/"),
        visitor.get(f"{place.issuer}/account/password/reset/"),
        member.browser.get(f"{place.issuer}/apps/"),
    ):
        policy = response.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_az_064_other_methods_are_refused(place, visitor, public, method):
    with nothing_stored(place):
        response = visitor.request(method, public.ask())
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]


def test_az_064_head_is_like_get_and_leaves_nothing(place, visitor, public):
    with nothing_stored(place):
        response = visitor.head(public.ask())
    assert response.status_code == 200
    assert not response.content
    assert "set-cookie" not in response.headers
    refused = visitor.head(public.ask(client_id="c_unknown"))
    assert refused.status_code == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "https://client.example", "null"])
def test_az_066_no_other_page_may_read_authorize(visitor, public, origin):
    for response in (
        visitor.get(public.ask(), headers={"Origin": origin}),
        visitor.options(public.ask(), headers={"Origin": origin, "Access-Control-Request-Method": "GET"}),
        visitor.get(public.ask(client_id="c_unknown"), headers={"Origin": origin}),
    ):
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("host", ["evil.example", "localhost:8001", "acme.localhost:8000", "", "a b", "[::1"])
def test_az_067_an_unknown_host_is_nobodys(place, visitor, public, host):
    with nothing_stored(place):
        response = visitor.get(public.ask(), headers={"Host": host})
    assert response.status_code == 404


def test_az_067_forwarded_headers_make_no_issuer(place, member, approved):
    spoofed = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example",
    }
    member.browser.headers.update(spoofed)
    answer = answer_of(member.answer(approved.ask()))
    assert answer["iss"] == place.issuer
    metadata = member.browser.get(f"{place.issuer}/.well-known/oauth-authorization-server")
    assert "evil.example" not in metadata.text


def test_az_039_a_form_asks_like_a_url(place, member, public):
    query = public.ask().partition("?")[2]
    form = {"content": query, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    page = member.follow(member.browser.post(f"{place.issuer}/authorize", **form))
    back = member.submit(
        member.submit(page, login=member.user.email, password="correct horse battery"), decision="allow"
    )
    assert public.redeem(answer_of(back)["code"]).status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_az_039_a_form_is_url_encoded(place, visitor, public, kind):
    query = public.ask().partition("?")[2]
    with nothing_stored(place):
        response = visitor.post(f"{place.issuer}/authorize", content=query, headers={"Content-Type": kind})
    assert_stays(response)


def test_az_054_a_login_in_between_changes_nothing(place, member, public):
    state = "a&b=c#d " + quote("é") + "é😀"
    back = member.answer(public.ask(state=state))
    answer = answer_of(back)
    assert answer["state"] == state
    assert public.redeem(answer["code"]).status_code == 200


def test_az_055_client_changed_between_question_and_answer(place, member):
    for fields in ({"status": "suspended"}, {"redirect_uris": "https://client.example/other"}):
        program = enrol(place)
        page = (
            member.sign_in(program.ask())
            if fields.get("status")
            else member.follow(member.browser.get(program.ask()))
        )
        assert 'name="decision"' in page.text
        change(program, **fields)
        with nothing_stored(place):
            response = member.submit(page, decision="allow")
        assert_stays(response)
