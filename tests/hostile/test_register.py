"""Rows RG of the hostile corpus, on the wire: a refused registration leaves no client, and an event that says why.

Each rule by itself is tested in tests/unit/clients/.
"""

import json

import pytest

from portal.clients.models import Client
from tenants.cache import forget
from tenants.current import transaction_of
from tenants.models import Tenant
from tests.places import open_place
from tests.programs import REDIRECT, open_web
from tests.trail import denied, events, rows

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def register(place):
    web = open_web()

    def send(document=None, *, headers=JSON, **members):
        if document is None:
            document = {"redirect_uris": [REDIRECT], "client_name": "A program", **members}
        content = document if isinstance(document, (bytes, str)) else json.dumps(document)
        return web.post(f"{place.issuer}/register", content=content, headers=headers)

    return send


def assert_refused(response, *errors, status=400):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert "set-cookie" not in response.headers
    body = response.json()
    assert set(body) == {"error", "error_description"}
    assert body["error"] in errors
    assert body["error_description"].isascii()
    assert body["error_description"].isprintable()


def assert_none(place, response, *errors, status=400):
    assert_refused(response, *errors, status=status)
    event = events(place)[-1]
    assert event.type == "client.register_denied"
    assert event.reason.startswith(response.json()["error"])


@pytest.mark.parametrize("uris", [None, [], "text", {}, [None], [1], [[]], ["https://a.example/", None], ""])
def test_rg_001_redirect_uris_are_no_list(place, register, uris):
    with denied(place, "client.register_denied"):
        response = register(redirect_uris=uris)
    assert_none(place, response, "invalid_redirect_uri", "invalid_client_metadata")


def test_rg_001_redirect_uris_are_absent(place, register):
    with denied(place, "client.register_denied"):
        response = register({"client_name": "x"})
    assert_none(place, response, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://x.example/1",
        ),
        *(
            "about:blank",
            "mailto:a@b.example",
            "ws://a.example",
            "wss://a.example",
            "ftp://a.example",
            "tel:1",
        ),
        *(
            "http://evil.example/cb",
            "http://10.0.0.1/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://0.0.0.0/cb",
        ),
        *(
            "https://a.example/#f",
            "https://a.example/#",
            "https://a@b.example/",
            "https://*.example/",
            "/cb",
            "cb",
            "",
        ),
        *(
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "javascript://client.example/%0aalert(1)",
        ),
        *(
            "view-source:https://a.example",
            "intent://a#Intent;end",
            "ms-word:ofe",
            "myapp://cb",
            "https:a.example",
        ),
        *(
            "https://a.example/%0d%0aX:1",
            "https://a.example/\x00",
            "https://a.example/\r\nX: 1",
            "https://é.example/",
        ),
        *(
            "https://a.example\\@evil.example",
            "https:///a",
            "https://",
            "https://a.example:99999/",
            "https://[::1/",
        ),
        *(
            "https://a.example/ https://b.example/",
            "https://" + "a" * 3000 + ".example/",
            "https://2130706433/",
        ),
    ],
    ids=lambda uri: f"RG-002-005-{uri[:40]!a}",
)
def test_one_forbidden_redirect_uri_refuses_all(place, register, uri):
    with denied(place, "client.register_denied"):
        response = register(redirect_uris=[REDIRECT, uri])
    assert_none(place, response, "invalid_redirect_uri", "invalid_client_metadata")


@pytest.mark.parametrize(
    "uri", ["com.example.app:/cb", "com.example.app://cb", "cursor://a/b", "vscode://x/y"]
)
def test_rg_007_private_use_schemes(register, uri):
    response = register(redirect_uris=[uri])
    assert response.status_code == 201, response.text
    assert response.json()["redirect_uris"] == [uri]
    assert response.json()["application_type"] == "native"


def test_rg_007_schemes_without_a_dot_are_the_tenants_choice():
    place = open_place(private_use_schemes=["myapp", "javascript"])
    web = open_web()
    for uri, status in (
        ("myapp://cb", 201),
        ("cursor://a/b", 400),
        ("javascript:alert(1)", 400),
        ("com.a:/b", 201),
    ):
        response = web.post(f"{place.issuer}/register", json={"redirect_uris": [uri]})
        assert response.status_code == status, (uri, response.text)


@pytest.mark.parametrize(
    ("kind", "uri", "status"),
    [
        ("web", "http://127.0.0.1/cb", 400), ("web", "http://localhost/cb", 400), ("web", "cursor://a/b", 400),
        ("native", "https://remote.example/cb", 201), ("native", "http://[::1]:1/cb", 201), ("other", REDIRECT, 400),
    ],
)  # fmt: skip
def test_rg_008_application_type(place, register, kind, uri, status):
    before = rows(place)["Client"]
    response = register(application_type=kind, redirect_uris=[uri])
    assert response.status_code == status, response.text
    assert rows(place)["Client"] == before + (status == 201)


def test_rg_011_what_only_we_decide_is_ignored(place, register):
    before = rows(place)["Client"]
    response = register(
        client_id="c_mine", client_secret="mine", client_id_issued_at=1, client_secret_expires_at=5,
        skip_authorization=True, is_approved=True, tenant="portal", tenant_id="x", registration_source="manual",
        status="suspended", origin="admin", registration_access_token="x", registration_client_uri="https://evil.example",
    )  # fmt: skip
    assert response.status_code == 201
    body = response.json()
    assert body["client_id"] != "c_mine"
    assert body["client_secret"] != "mine"
    assert body["client_id_issued_at"] > 1_000_000_000
    assert body["client_secret_expires_at"] == 0
    assert not {"is_approved", "tenant", "skip_authorization", "registration_access_token", "status"} & set(
        body
    )
    with transaction_of(place.tenant):
        client = Client.objects.get(client_id=body["client_id"])
    assert (client.is_approved, client.status, client.origin) == (False, "active", "registered")
    assert client.tenant_id == place.tenant.id
    assert rows(place)["Client"] == before + 1
    assert events(place)[-1].type == "client.registered"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"token_endpoint_auth_method": "private_key_jwt"}, id="RG-012-jwt"),
        pytest.param({"token_endpoint_auth_method": "unknown"}, id="RG-012-unknown"),
        pytest.param({"token_endpoint_auth_method": 5}, id="RG-012-number"),
        pytest.param({"grant_types": ["password"]}, id="RG-013-password"),
        pytest.param({"grant_types": ["authorization_code", "implicit"]}, id="RG-013-implicit"),
        pytest.param({"grant_types": ["client_credentials"]}, id="RG-013-client"),
        pytest.param({"grant_types": ["authorization_code", "client_credentials"]}, id="RG-013-client-too"),
        pytest.param({"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"]}, id="RG-013-exchange"),
        pytest.param({"grant_types": ["refresh_token"]}, id="RG-013-refresh-alone"),
        pytest.param({"response_types": ["token"]}, id="RG-013-response"),
        pytest.param({"response_types": ["code", "id_token"]}, id="RG-013-hybrid"),
        pytest.param({"scope": 'a"b'}, id="RG-014-syntax"),
        pytest.param({"scope": ["mcp:tools:score"]}, id="RG-014-list"),
        pytest.param({"jwks": {"keys": []}, "jwks_uri": "https://a.example/jwks"}, id="RG-015-both"),
        pytest.param({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, id="RG-015-oct"),
        pytest.param({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "A", "y": "B", "d": "C"}]}}, id="RG-015-private"),
        pytest.param({"jwks_uri": "http://a.example/jwks"}, id="RG-015-http"),
        pytest.param({"logo_uri": "javascript:alert(1)"}, id="RG-016-logo"),
        pytest.param({"client_uri": "http://a.example"}, id="RG-016-http"),
        pytest.param({"tos_uri": "data:text/html,x"}, id="RG-016-tos"),
        pytest.param({"policy_uri": "https://"}, id="RG-016-policy"),
        pytest.param({"client_name": 5}, id="name-a-number"),
        pytest.param({"client_name": {"en": "x"}}, id="name-an-object"),
        pytest.param({"contacts": "me"}, id="contacts-a-text"),
        pytest.param({"redirect_uris": [f"https://a.example/{n}" for n in range(21)]}, id="many-redirects"),
    ],
)  # fmt: skip
def test_refuses_metadata(place, register, members):
    with denied(place, "client.register_denied"):
        response = register(**members)
    assert_none(place, response, "invalid_client_metadata", "invalid_redirect_uri")


@pytest.mark.parametrize("scope", ["mcp:tools:score mcp:tools:delete", "*", "admin", "mcp:*", "openid *"])
def test_rg_014_scopes_beyond_the_ceiling_are_left_out(place, register, scope):
    response = register(scope=scope)
    assert response.status_code == 201
    granted = response.json().get("scope", "").split()
    assert not {"mcp:tools:delete", "*", "mcp:*", "admin"} & set(granted)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="RG-020-empty"),
        pytest.param(b"not json", id="RG-020-text"),
        pytest.param(b"[]", id="RG-020-array"),
        pytest.param(b"null", id="RG-020-null"),
        pytest.param(b"5", id="RG-020-number"),
        pytest.param(b'"text"', id="RG-020-string"),
        pytest.param(b'{"redirect_uris": ["\xff"]}', id="RG-020-not-utf-8"),
        pytest.param('{"redirect_uris": ["https://a.example/"]}'.encode("utf-16"), id="RG-020-utf-16"),
        pytest.param(b'{"redirect_uris": ["https://a.example/"], "redirect_uris": ["https://b.example/"]}', id="RG-020-twice"),
        pytest.param(b'{"redirect_uris": ["https://a.example/"], "client_name": "\\u0000"}', id="RG-020-nul"),
        pytest.param(b'{"redirect_uris": ["https://a.example/"], "client_name": "\\ud800"}', id="RG-020-surrogate"),
        pytest.param(b'{"redirect_uris": ["https://a.example/"], "x": NaN}', id="RG-020-nan"),
        pytest.param(b'{"redirect_uris": ["https://a.example/"], "x": 1e999}', id="RG-020-infinity"),
        pytest.param(b'{"redirect_uris": ["https://a.example/"], "x": ' + b"9" * 5_000 + b"}", id="RG-020-long-number"),
        pytest.param(b'{"redirect_uris": ["https://a.example/"]} trailing', id="RG-020-trailing"),
        pytest.param(b"[" * 60_000, id="RG-021-arrays"),
        pytest.param(b'{"a":' * 10_000, id="RG-021-objects"),
        pytest.param(b'{"redirect_uris": ' + b"[" * 500 + b"]" * 500 + b"}", id="RG-021-closed"),
        pytest.param(b'{"redirect_uris": ["https://a.example/"], "software_statement": "a.b.c"}', id="RG-023"),
        pytest.param(b"redirect_uris=https://a.example/", id="a-form"),
    ],
)  # fmt: skip
def test_refuses_a_body_that_can_not_be_read(place, register, body):
    with denied(place, "client.register_denied"):
        response = register(body)
    assert_none(place, response, "invalid_client_metadata", "invalid_software_statement")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"client_name": "' + b"a" * 11_000_000 + b'"}'])
def test_rg_021_an_over_long_body(place, register, body):
    with denied(place, "client.register_denied"):
        response = register(body)
    assert_none(place, response, "invalid_request", "invalid_client_metadata", status=413)


def test_rg_024_registration_is_switched_off():
    place = open_place(registration=Tenant.Registration.OFF)
    web = open_web()
    with denied(place, "client.register_denied"):
        response = web.post(f"{place.issuer}/register", json={"redirect_uris": [REDIRECT]})
    assert_refused(response, "access_denied", status=403)
    metadata = web.get(f"{place.issuer}/.well-known/oauth-authorization-server").json()
    assert "registration_endpoint" not in metadata
    with transaction_of(place.tenant):
        Tenant.objects.filter(id=place.tenant.id).update(registration=Tenant.Registration.OPEN)
    forget(place.tenant)
    assert web.post(f"{place.issuer}/register", json={"redirect_uris": [REDIRECT]}).status_code == 201


def test_rg_033_the_secret_is_kept_as_its_digest(place, register):
    from django.db import connection

    body = register(token_endpoint_auth_method="client_secret_basic").json()
    assert len(body["client_secret"]) >= 43
    assert body["client_secret"].isascii()
    assert not set(":+/=%") & set(body["client_secret"] + body["client_id"])
    with transaction_of(place.tenant), connection.cursor() as cursor:
        for table in ("clients_client", "audit_auditevent"):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            assert not [row for (row,) in cursor.fetchall() if body["client_secret"] in row]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_only_post(place, visitor, method):
    response = visitor.request(method, f"{place.issuer}/register")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/plain", ""])
def test_json_is_json_whatever_it_is_called(register, kind):
    assert register(headers={"Content-Type": kind}).status_code == 201
