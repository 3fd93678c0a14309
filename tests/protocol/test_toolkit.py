"""Code written for the toolkit accepts exactly our tokens: its REST framework authentication, and its decorator."""

from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from oauth2_provider.decorators import protected_resource

from portal.oauth.server import ResourceProtection
from portal.oauth.validator import Validator
from tenants.current import transaction_of


@pytest.fixture
def token(tenant, person, program):
    return program.connect(person)["access_token"]


def request_to(url, token):
    parts = urlsplit(url)
    return RequestFactory().get(
        parts.path, headers={"Authorization": f"Bearer {token}", "Host": parts.netloc}, secure=True
    )


def authenticate(place, token, *, url=None):
    request = request_to(url or place.resource, token)
    with transaction_of(place.tenant):
        return OAuth2Authentication().authenticate(request)


def test_accepts_our_token(tenant, person, token):
    user, access = authenticate(tenant, token)
    assert user == person.user
    assert access.is_valid(["mcp:tools:score"])
    assert not access.is_valid(["mcp:tools:write"])
    assert access.resource == [tenant.resource]


def test_rejects_a_token_for_another_resource(tenant, token):
    assert authenticate(tenant, token, url="https://other.example/mcp") is None


def test_rejects_another_tenants_token(other, token):
    assert authenticate(other, token) is None


@pytest.mark.parametrize("junk", ["", "nonsense", "eyJhbGciOiJub25lIn0.e30.", "eyX.a.b"])
def test_rejects_junk(tenant, junk):
    assert authenticate(tenant, junk) is None


def test_rejects_a_revoked_token(tenant, program, token):
    assert program.revoke(token).status_code == 200
    assert authenticate(tenant, token) is None


def test_rejects_an_id_token(tenant, person, program):
    identity = program.connect(person, scope="openid mcp:tools:score")["id_token"]
    assert authenticate(tenant, identity) is None


@pytest.mark.parametrize(("scope", "status"), [("mcp:tools:score", 200), ("mcp:tools:write", 403)])
def test_decorator_asks_for_its_scopes(tenant, token, scope, status):
    # The decorators, unlike its views and REST framework classes, take no classes from settings.
    @protected_resource(scopes=[scope], validator_cls=Validator, server_cls=ResourceProtection)
    def view(request):
        return HttpResponse("ok")

    request = request_to(tenant.resource, token)
    with transaction_of(tenant.tenant):
        assert view(request).status_code == status
