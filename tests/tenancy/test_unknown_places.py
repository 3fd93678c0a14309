"""Where no tenant stands, and where a suspended one stood, everything is the same 404."""

import secrets

import httpx
import pytest

from portal.urls.tenant import ENDPOINTS
from tenants.cache import forget
from tenants.current import transaction_of
from tenants.models import ROOT_ID, Tenant
from tests.places import open_place
from tests.programs import open_web

PAGES = [
    "",
    "/",
    "/authorize",
    "/account/login/",
    "/account/password/reset/",
    "/apps/",
    "/admin/",
    "/brand.css",
    "/nothing/here",
]
DOCUMENTS = [
    "/jwks",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/resources/mcp/metadata",
]
METHODS = ["GET", "POST", "OPTIONS", "HEAD", "DELETE"]


@pytest.fixture(scope="module")
def suspended() -> list[str]:
    """Issuers of tenants that were suspended, one of each kind."""
    issuers = []
    for pattern in ("http://localhost:8000/t/{}", "http://{}.localhost:8000", "https://auth.{}.example"):
        slug = "t" + secrets.token_hex(6)
        place = open_place(slug=slug, issuer=pattern.format(slug))
        assert open_web().get(f"{place.issuer}/jwks").status_code == 200
        with transaction_of(Tenant(id=ROOT_ID)):
            Tenant.objects.filter(id=place.tenant.id).update(status=Tenant.Status.SUSPENDED)
        forget(place.tenant)
        issuers.append(place.issuer)
    return issuers


def seen(method: str, url: str, **request: object) -> tuple[int, list[tuple[str, str]], bytes]:
    answer = open_web().request(method, url, **request)
    return (answer.status_code, sorted(answer.headers.multi_items()), answer.content)


@pytest.mark.parametrize("path", PAGES + DOCUMENTS + [f"/{name}" for name in ENDPOINTS])
def test_answer_is_the_same_wherever_nobody_stands(path, suspended):
    for method in METHODS:
        unknown = seen(method, f"http://localhost:8000/t/unknown{path}")
        assert unknown[0] == 404, method
        assert b"unknown" not in unknown[2].lower()
        places = [
            *suspended,
            "http://unknown.localhost:8000",
            "https://auth.unknown.example",
            "http://localhost:1",
            "http://127.0.0.1:8000",
        ]
        for place in places:
            assert seen(method, place + path) == unknown, (method, place)


@pytest.mark.parametrize("name", ["oauth-authorization-server", "openid-configuration"])
def test_metadata_is_the_same_wherever_nobody_stands(name, suspended):
    unknown = seen("GET", f"http://localhost:8000/.well-known/{name}/t/unknown")
    assert unknown[0] == 404
    slug = suspended[0].rsplit("/", 1)[-1]
    assert seen("GET", f"http://localhost:8000/.well-known/{name}/t/{slug}") == unknown
    assert seen("GET", f"http://localhost:8000/.well-known/{name}/t/{slug}/") == unknown


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "localhost:8000:8000",
        "localhost:99999999",
        "localhost/t/x",
        "localhost@evil.example",
        "x" * 300,
        "[::1",
        "local_host",
        "%6cocalhost",
        "localhost.",
        "localhost:8000.",
    ],
)
def test_malformed_hosts_are_unknown_ones(host):
    expected = seen("GET", "http://unknown.localhost:8000/account/login/")
    assert seen("GET", "http://localhost:8000/account/login/", headers={"Host": host}) == expected


@pytest.mark.parametrize("slug", ["%00", "acme%2F..", "%2e%2e", "ACME", "a" * 300, "-acme", "*", "acme%20"])
def test_malformed_slugs_open_nothing(slug):
    answer = open_web().get(f"http://localhost:8000/t/{slug}/account/login/")
    assert answer.status_code in {400, 404}
    assert "password" not in answer.text


def test_suspending_is_known_at_once_where_it_counts(tenant, program, person):
    tokens = program.connect(person)
    with transaction_of(Tenant(id=ROOT_ID)):
        Tenant.objects.filter(id=tenant.tenant.id).update(status=Tenant.Status.SUSPENDED)
    # The cache of this process may not have heard of it yet: the statement that acts reads it again.
    refused = program.refresh(tokens["refresh_token"])
    assert refused.status_code in {400, 404}
    forget(tenant.tenant)
    assert program.refresh(tokens["refresh_token"]).status_code == 404
    with transaction_of(Tenant(id=ROOT_ID)):
        Tenant.objects.filter(id=tenant.tenant.id).update(status=Tenant.Status.ACTIVE)
    forget(tenant.tenant)
    assert program.refresh(tokens["refresh_token"]).status_code == 200


def test_operators_endpoints_are_at_the_portals_host_alone(tenant):
    assert open_web().get("http://localhost:8000/healthz/ready").status_code == 200
    for place in (tenant.issuer, "http://unknown.localhost:8000", "http://127.0.0.1:8000"):
        answer: httpx.Response = open_web().get(f"{place}/healthz/ready")
        assert answer.status_code == 404
