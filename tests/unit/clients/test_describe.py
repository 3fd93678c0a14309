"""From a document to a client: what is taken, and what is refused of it."""

import json

import pytest

from portal.clients.describe import describe
from portal.clients.locate import NoDocument
from tenants.models import Tenant
from tests.publisher import describing

URL = "https://www.publisher.example/client.json"
RSA = {"kty": "RSA", "n": "AQAB", "e": "AQAB"}


def read(raw: bytes | None = None, **members: object):
    raw = json.dumps(describing(URL, **members)).encode() if raw is None else raw
    return describe(raw, url=URL, tenant=Tenant(slug="t"))


def test_takes_what_publishers_write():
    described = read()
    assert described.redirect_uris == ("https://client.example/callback",)
    assert described.token_endpoint_auth_method == "none"
    assert described.application_type == "web"


def test_leaves_out_what_is_for_other_servers():
    described = read(
        grant_types=["authorization_code", "client_credentials", "urn:made:up"],
        response_types=["code", "code id_token"],
        scope="read write",
        made_up={"a": 1},
    )
    assert described.grant_types == ("authorization_code",)
    assert described.response_types == ("code",)
    assert described.scope == ""


def test_document_that_names_no_grants_stays_connected():
    assert read(grant_types=None).grant_types == ("authorization_code", "refresh_token")


@pytest.mark.parametrize(
    "members",
    [
        {"token_endpoint_auth_method": None},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"]},
        {"token_endpoint_auth_method": None, "token_endpoint_auth_methods_supported": ["none"]},
        {"jwks": {"keys": [RSA]}},
        {"jwks_uri": "https://www.publisher.example/jwks.json"},
    ],
)  # fmt: skip
def test_client_that_can_do_without_proof_is_public(members):
    assert read(**members).token_endpoint_auth_method == "none"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"client_id": URL + "/"}, id="CI-021-slash"),
        pytest.param({"client_id": URL.upper()}, id="CI-021-case"),
        pytest.param({"client_id": URL + "?a=1"}, id="CI-021-query"),
        pytest.param({"client_id": None}, id="CI-021-absent"),
        pytest.param({"client_id": [URL]}, id="CI-021-list"),
        pytest.param({"redirect_uris": None}, id="CI-022-no-redirects"),
        pytest.param({"redirect_uris": []}, id="CI-022-empty-redirects"),
        pytest.param({"redirect_uris": "https://client.example/cb"}, id="CI-022-redirects-text"),
        pytest.param({"redirect_uris": [1]}, id="CI-022-redirects-number"),
        pytest.param({"redirect_uris": ["javascript:alert(1)"]}, id="CI-022-redirect-script"),
        pytest.param({"redirect_uris": ["http://client.example/cb"]}, id="CI-022-redirect-http"),
        pytest.param({"client_name": None}, id="CI-022-no-name"),
        pytest.param({"client_name": " \u200b"}, id="CI-022-blank-name"),
        pytest.param({"client_name": ["Claude"]}, id="CI-022-name-list"),
        pytest.param({"client_secret": "s"}, id="CI-022-secret"),
        pytest.param({"client_secret": ""}, id="CI-022-empty-secret"),
        pytest.param({"client_secret_expires_at": 0}, id="CI-022-secret-expires"),
        pytest.param({"token_endpoint_auth_method": "client_secret_basic"}, id="CI-022-basic"),
        pytest.param({"token_endpoint_auth_method": "client_secret_post"}, id="CI-022-post"),
        pytest.param({"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_methods_supported": ["none"]}, id="CI-022-jwt"),
        pytest.param({"token_endpoint_auth_method": "private_key_jwt"}, id="private-key-jwt-alone"),
        pytest.param({"token_endpoint_auth_method": None, "token_endpoint_auth_methods_supported": ["private_key_jwt"]}, id="plural-without-none"),
        pytest.param({"jwks": {"keys": [{**RSA, "d": "AQAB"}]}}, id="private-key"),
        pytest.param({"jwks": {"keys": [{"kty": "oct", "k": "AQAB"}]}}, id="symmetric-key"),
        pytest.param({"grant_types": ["client_credentials"]}, id="no-code"),
    ],
)  # fmt: skip
def test_refuses_documents_that_break_the_rules(members):
    with pytest.raises(NoDocument) as refused:
        read(**members)
    assert not refused.value.passing


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(f'{{"client_id":"{URL}","client_id":"{URL}"}}'.encode(), id="twice"),
        pytest.param(b"[]", id="list"), pytest.param(b"", id="empty"), pytest.param(b"\xff", id="no-utf-8"),
        pytest.param(b'"' + URL.encode() + b'"', id="text"), pytest.param(b"[" * 5000, id="deep"),
        pytest.param(b'{"a": NaN}', id="nan"),
    ],
)  # fmt: skip
def test_refuses_what_is_no_json_object(raw):
    with pytest.raises(NoDocument):
        read(raw)
