"""Rows MD of the hostile corpus: documents that anyone may read, and that say nothing but what holds."""

from urllib.parse import urlsplit

import pytest

from tenants.cache import forget
from tenants.current import transaction_of
from tenants.models import Tenant
from tests.places import PORTAL, open_place
from tests.trail import nothing_stored

NAMES = ("oauth-authorization-server", "openid-configuration")


def addresses(issuer):
    """Where clients look (reference: RFC 8414 §3.1, OpenID Connect Discovery §4, MCP's order of both)."""
    parts = urlsplit(issuer)
    origin = f"{parts.scheme}://{parts.netloc}"
    return [f"{origin}/.well-known/{name}{parts.path}" for name in NAMES] + [
        f"{issuer}/.well-known/{name}" for name in NAMES
    ]


@pytest.fixture(scope="module", params=["path", "subdomain", "domain", "root"])
def issuer(request):
    import secrets

    slug = "m" + secrets.token_hex(5)
    kinds = {
        "path": f"{PORTAL}/t/{slug}",
        "subdomain": f"http://{slug}.localhost:8000",
        "domain": f"https://auth.{slug}.example",
    }
    if request.param == "root":
        return PORTAL
    return open_place(slug=slug, issuer=kinds[request.param]).issuer


def test_md_001_the_issuer_is_the_same_at_every_place(visitor, issuer):
    documents = [visitor.get(address) for address in addresses(issuer)]
    assert {document.status_code for document in documents} == {200}
    assert len({document.content for document in documents}) == 1
    body = documents[0].json()
    assert body["issuer"] == issuer
    for name, value in body.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert value.startswith(issuer + "/"), name


def test_md_002_nothing_is_advertised_that_does_not_work(place, visitor):
    body = visitor.get(addresses(place.issuer)[0]).json()
    assert body["code_challenge_methods_supported"] == ["S256"]
    assert body["response_types_supported"] == ["code"]
    assert body["response_modes_supported"] == ["query"]
    assert body["authorization_response_iss_parameter_supported"] is True
    assert set(body["grant_types_supported"]) == {"authorization_code", "refresh_token", "client_credentials"}
    # What it does, and where it is turned off: tests/protocol/test_cimd.py.
    assert body["client_id_metadata_document_supported"] is True
    assert not [name for name in body if "pushed" in name or "device" in name or "dpop" in name]
    assert None not in body.values()
    for name in ("jwks_uri", "userinfo_endpoint", "revocation_endpoint", "introspection_endpoint"):
        assert visitor.get(body[name]).status_code in {200, 401, 405}, name
    for name in ("token_endpoint", "registration_endpoint"):
        assert visitor.post(body[name]).status_code == 400, name
    assert visitor.get(body["authorization_endpoint"]).status_code == 400


def test_md_003_unknown_and_suspended_tenants_look_the_same(visitor):
    place = open_place()
    with transaction_of(place.tenant):
        Tenant.objects.filter(id=place.tenant.id).update(status="suspended")
    forget(place.tenant)
    for path in (
        "",
        "/jwks",
        "/token",
        "/authorize",
        "/register",
        "/resources/mcp/metadata",
        "/apps/",
        "/admin/",
    ):
        answers = [visitor.get(issuer + path) for issuer in (place.issuer, f"{PORTAL}/t/unknown")]
        assert [answer.status_code for answer in answers] == [404, 404], path
        assert answers[0].content == answers[1].content
        assert answers[0].headers.items() == answers[1].headers.items()
    for suspended, unknown in zip(addresses(place.issuer), addresses(f"{PORTAL}/t/unknown"), strict=True):
        answers = [visitor.get(suspended), visitor.get(unknown)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    "path",
    [
        *("/.well-known/oauth-authorization-server/t/", "/.well-known/oauth-authorization-server/t/../t/x"),
        *(
            "/.well-known/oauth-authorization-server/x",
            "/.well-known/oauth-authorization-serverx",
            "/.well-known/x",
        ),
        *(
            "/.well-known/openid-configuration/t/%00",
            "/.well-known/openid-configuration/t/x/y",
            "/t/x/../jwks",
        ),
        *(
            "/.well-known/openid-configuration//t/x",
            "/t/%2e%2e/jwks",
            "/resources/none/metadata",
            "/resources//metadata",
        ),
        *("/.well-known/oauth-protected-resource", "/t/" + "x" * 5_000 + "/jwks", "/t/X/jwks", "/t/é/jwks"),
    ],
)
def test_places_where_nothing_stands(place, visitor, path):
    with nothing_stored(place):
        response = visitor.get(PORTAL + path)
    assert response.status_code in {400, 404}, response.text[:200]


def test_md_006_keys_are_the_tenants_own_and_public(place, elsewhere, visitor):
    sets = [visitor.get(f"{home.issuer}/jwks").json()["keys"] for home in (place, elsewhere)]
    for keys in sets:
        kids = [key["kid"] for key in keys]
        assert len(set(kids)) == len(kids) >= 2
        assert {key["alg"] for key in keys} == {"ES256", "RS256"}
        for key in keys:
            assert not {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} & set(key)
            assert key["use"] == "sig"
    assert not {key["kid"] for key in sets[0]} & {key["kid"] for key in sets[1]}


def test_md_007_a_new_key_and_the_old_tokens(place, visitor, regular, approved):
    from portal.keys.rotate import create_key
    from tests.programs import introspect

    before = approved.connect(regular)["access_token"]
    with transaction_of(place.tenant):
        create_key(alg="ES256")
    forget(place.tenant)
    keys = visitor.get(f"{place.issuer}/jwks").json()["keys"]
    assert len([key for key in keys if key["alg"] == "ES256"]) == 2
    after = approved.connect(regular)["access_token"]
    for token in (before, after):
        assert introspect(place, token)["active"] is True


def test_md_009_any_page_may_read_them(place, visitor):
    for address in [
        *addresses(place.issuer),
        f"{place.issuer}/jwks",
        f"{place.issuer}/resources/mcp/metadata",
    ]:
        response = visitor.get(address, headers={"Origin": "https://any.example"})
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        assert "set-cookie" not in response.headers
        assert response.headers["content-type"] == "application/json"
        assert 0 < int(response.headers["cache-control"].partition("max-age=")[2]) <= 3600
        again = visitor.get(address, headers={"If-None-Match": response.headers["etag"]})
        assert again.status_code == 304
        assert not again.content
        preflight = visitor.options(
            address,
            headers={
                "Origin": "https://any.example",
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "mcp-protocol-version",
            },
        )
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert "mcp-protocol-version" in preflight.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_documents_are_only_read(place, visitor, method):
    response = visitor.request(method, f"{place.issuer}/jwks")
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]


def test_head_is_get_without_its_body(place, visitor):
    get, head = (visitor.request(method, f"{place.issuer}/jwks") for method in ("GET", "HEAD"))
    assert head.status_code == 200
    assert not head.content
    assert head.headers["content-length"] == str(len(get.content))


def test_a_change_is_seen_at_once(visitor):
    place = open_place()
    assert "registration_endpoint" in visitor.get(addresses(place.issuer)[0]).json()
    with transaction_of(place.tenant):
        Tenant.objects.filter(id=place.tenant.id).update(registration=Tenant.Registration.OFF)
    forget(place.tenant)
    assert "registration_endpoint" not in visitor.get(addresses(place.issuer)[0]).json()
