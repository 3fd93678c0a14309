"""One tenant, three kinds of place: below a path, at a subdomain, at a domain of its own. Everything is the same there."""

import re
import secrets
from urllib.parse import urljoin, urlsplit

import jwt
import pytest

from portal.users.sessions import cookie_name
from tests.people import make_person
from tests.places import Place, open_place
from tests.programs import answer_of, introspect, open_web, register

MOUNTS = {
    "path": "http://localhost:8000/t/{}",
    "subdomain": "http://{}.localhost:8000",
    "domain": "https://auth.{}.example",
    "domain with a port": "https://auth.{}.example:8443",
}


@pytest.fixture(params=MOUNTS)
def place(request) -> Place:
    slug = "t" + secrets.token_hex(6)
    return open_place(slug=slug, issuer=MOUNTS[request.param].format(slug), signup_open=True)


def documents(place: Place, name: str) -> list[str]:
    """Where a client may look for an issuer's metadata: RFC 8414 §3.1, and OpenID Connect Discovery §4."""
    host = place.issuer.removesuffix(place.tenant.prefix)
    return [f"{host}/.well-known/{name}{place.tenant.prefix}", f"{place.issuer}/.well-known/{name}"]


@pytest.mark.spec("RFC 8414", "3.1")
@pytest.mark.parametrize("name", ["oauth-authorization-server", "openid-configuration"])
def test_metadata_names_the_issuer_that_was_asked(place, name):
    for url in documents(place, name):
        metadata = open_web().get(url).json()
        assert metadata["issuer"] == place.issuer
        places = {key: value for key, value in metadata.items() if key.endswith(("_endpoint", "jwks_uri"))}
        assert len(places) >= 7
        assert all(value.startswith(place.issuer + "/") for value in places.values()), places
    keys = open_web().get(f"{place.issuer}/jwks").json()["keys"]
    assert {key["alg"] for key in keys} == {"ES256", "RS256"}


@pytest.mark.spec("RFC 9728", "2")
def test_its_mcp_server_finds_its_document(place):
    document = open_web().get(f"{place.issuer}/resources/mcp/metadata").json()
    assert document["authorization_servers"] == [place.issuer]
    assert document["resource"] == place.resource


@pytest.mark.spec("RFC 9207", "2")
def test_person_and_program_go_the_whole_way(place):
    person, program = make_person(place), register(place)
    back = person.answer(program.ask(scope="openid email mcp:tools:score"))
    assert answer_of(back)["iss"] == place.issuer
    tokens = program.redeem(answer_of(back)["code"]).json()
    web = open_web()
    keys = jwt.PyJWKSet.from_dict(web.get(f"{place.issuer}/jwks").json())
    for token, audience in (
        (tokens["access_token"], place.resource),
        (tokens["id_token"], program.client_id),
    ):
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, key, algorithms=["ES256"], audience=audience, issuer=place.issuer)
        assert claims["sub"] == person.user.sub
    assert introspect(place, tokens["access_token"])["iss"] == place.issuer
    user = web.get(f"{place.issuer}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert user.json()["email"] == person.user.email
    renewed = program.refresh(tokens["refresh_token"]).json()
    assert program.revoke(renewed["refresh_token"]).status_code == 200
    assert introspect(place, renewed["access_token"]) == {"active": False}


def test_session_cookie_is_bound_to_the_mount(place):
    person = make_person(place)
    page = person.browser.get(f"{place.issuer}/account/login/")
    signed_in = person.browser.post(
        str(page.url),
        data={"login": person.user.email, "password": "correct horse battery", **token_of(page.text)},
        headers={"Referer": str(page.url)},
    )
    cookies = {
        cookie.strip() for answer in (page, signed_in) for cookie in answer.headers.get_list("set-cookie")
    }
    assert cookies
    for cookie in cookies:
        name, attributes = cookie.split("=", 1)[0], cookie.lower().split("; ")
        assert name == cookie_name(place.tenant)
        assert f"path={place.tenant.prefix}/" in attributes
        assert {"httponly", "samesite=lax"} <= set(attributes)
        assert not [each for each in attributes if each.startswith("domain")]


def test_every_link_on_a_page_stays_under_the_issuer(place):
    person = make_person(place, role="admin")
    person.sign_in()
    stranger = open_web()
    pages = [
        stranger.get(f"{place.issuer}/{path}")
        for path in ("account/login/", "account/signup/", "account/password/reset/")
    ]
    pages += [
        person.browser.get(f"{place.issuer}/{path}")
        for path in ("", "apps/", "account/email/", "account/sessions/", "admin/")
    ]
    for page in pages:
        assert page.status_code == 200, page.url
        links = [
            link
            for link in re.findall(r'(?:href|action)="([^"#][^"]*)"', page.text)
            if not link.startswith(("mailto:", "data:"))
        ]
        assert links
        for link in links:
            target = urljoin(str(page.url), link)
            ours = target.startswith(place.issuer + "/") or urlsplit(target).path.startswith("/static/")
            assert ours, (str(page.url), link)


def test_redirects_stay_under_the_issuer(place):
    stranger = open_web()
    for path in ("apps/", "account/email/", "admin/", "apps", "account/login"):
        answer = stranger.get(f"{place.issuer}/{path}")
        assert answer.is_redirect, path
        assert urljoin(str(answer.url), answer.headers["location"]).startswith(place.issuer + "/"), path


def test_host_is_read_without_regard_to_case(place):
    host = urlsplit(place.issuer).netloc
    answer = open_web().get(f"{place.issuer}/jwks", headers={"Host": host.upper()})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Host",
        "X-Original-Host",
        "Forwarded",
        "X-Forwarded-Prefix",
        "X-Script-Name",
        "X-Original-URL",
        "X-Rewrite-URL",
    ],
)
def test_no_other_header_names_a_tenant(place, other, header):
    """Nothing but Host and path decides, and no page is made from what a header claims."""
    value = {
        "Forwarded": f"host={urlsplit(other.issuer).netloc}",
        "X-Original-URL": f"{other.tenant.prefix}/",
    }.get(header, "evil.example")
    plain = open_web().get(f"{place.issuer}/account/password/reset/")
    claimed = open_web().get(f"{place.issuer}/account/password/reset/", headers={header: value})
    strip = re.compile(r'value="[A-Za-z0-9]{64}"')
    assert strip.sub("", claimed.text) == strip.sub("", plain.text)


def token_of(html: str) -> dict[str, str]:
    return {"csrfmiddlewaretoken": re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', html)[-1]}
