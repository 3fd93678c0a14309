"""The same names at two tenants: each means its own there, and neither knows of the other."""

import jwt
import pytest

from portal.clients.models import Client
from portal.grants.models import Grant
from portal.users.models import User
from tenants.current import transaction_of
from tenants.seal import secret_digest
from tests.people import make_person
from tests.programs import Program, answer_of, introspect, open_web

EMAIL = "ann@people.example"


def same_client(place, *, name: str, secret: str, redirect_uri: str) -> Program:
    registration = {
        "client_id": "desk",
        "client_secret": secret,
        "redirect_uris": [redirect_uri],
        "token_endpoint_auth_method": "client_secret_basic",
    }
    with transaction_of(place.tenant):
        Client.objects.create(
            client_id="desk", client_name=name, redirect_uris=redirect_uri, secret_digests=[secret_digest(secret)],
            token_endpoint_auth_method="client_secret_basic", is_approved=True,
            grant_types=["authorization_code", "refresh_token", "client_credentials"],
        )  # fmt: skip
    return Program(place, registration)


@pytest.fixture
def here(tenant):
    return same_client(tenant, name="Here", secret="secret-of-here", redirect_uri="https://here.example/cb")


@pytest.fixture
def there(other):
    return same_client(other, name="There", secret="secret-of-there", redirect_uri="https://there.example/cb")


def test_client_is_the_tenants_own(here, there):
    """XT-002: the same client_id, with another secret and another return address."""
    person = make_person(here.place)
    assert here.connect(person)["access_token"]
    wrong = Program(here.place, {**here.registration, "client_secret": "secret-of-there"})
    assert wrong.token(grant_type="client_credentials").status_code == 401
    assert there.token(grant_type="client_credentials").status_code == 200
    page = person.browser.get(here.ask(redirect_uri="https://there.example/cb"))
    assert page.status_code == 400
    assert "there.example" not in page.text


def test_person_is_the_tenants_own(here, there):
    ann, namesake = make_person(here.place, email=EMAIL), make_person(there.place, email=EMAIL.upper())
    assert ann.user.sub != namesake.user.sub
    with transaction_of(there.place.tenant):
        user = User.objects.get(email__iexact=EMAIL)
        assert user.sub == namesake.user.sub
        user.set_password("another long password")
        user.save()
    assert ann.sign_in().status_code == 200
    refused = namesake.sign_in()
    assert "Email or password is wrong" in refused.text
    with transaction_of(here.place.tenant):
        assert User.objects.get(email__iexact=EMAIL).is_active
        User.objects.filter(email__iexact=EMAIL).update(is_active=False)
    with transaction_of(there.place.tenant):
        assert User.objects.get(email__iexact=EMAIL).is_active


def test_failed_sign_ins_lock_no_namesake_out(here, there):
    ann, namesake = make_person(here.place, email=EMAIL), make_person(there.place, email=EMAIL)
    for _ in range(12):
        page = ann.browser.get(f"{here.place.issuer}/account/login/")
        page = ann.submit(page, login=EMAIL, password="wrong")
    assert "Too many attempts" in page.text
    assert namesake.sign_in().status_code == 200
    assert namesake.browser.get(f"{there.place.issuer}/apps/").status_code == 200


def test_consent_here_is_none_there(here, there):
    """XT-003."""
    ann, namesake = make_person(here.place, email=EMAIL), make_person(there.place, email=EMAIL)
    namesake.browser = ann.browser
    here.connect(ann)
    assert ann.follow(ann.browser.get(here.ask())).is_redirect, "it is remembered here"
    page = namesake.follow(namesake.browser.get(there.ask()))
    assert 'name="password"' in page.text, "signed in here is not signed in there"
    asked = namesake.submit(page, login=EMAIL, password="correct horse battery")
    assert 'name="decision"' in asked.text
    with transaction_of(there.place.tenant):
        assert not Grant.objects.exists()


@pytest.mark.spec("RFC 9207", "2.4")
def test_code_taken_to_the_wrong_issuer_stays_good(here, there):
    """XT-004: a mix-up. `iss` tells the client; the wrong issuer learns nothing that it could use."""
    answer = answer_of(make_person(here.place).answer(here.ask()))
    assert answer["iss"] == here.place.issuer
    there.verifier = here.verifier
    assert there.redeem(answer["code"]).json()["error"] == "invalid_grant"
    assert here.redeem(answer["code"]).status_code == 200


@pytest.mark.spec("RFC 8707", "2")
def test_resource_servers_of_one_name_are_two(here, there):
    assert here.place.server.slug == there.place.server.slug
    for place in (here.place, there.place):
        document = open_web().get(f"{place.issuer}/resources/mcp/metadata").json()
        assert (document["resource"], document["authorization_servers"]) == (place.resource, [place.issuer])
    refused = here.token(grant_type="client_credentials", resource=there.place.resource)
    assert refused.json()["error"] == "invalid_target"


@pytest.mark.spec("RFC 7662", "4")
def test_token_for_one_resource_uri_at_two_tenants_is_the_issuers_own(here, there):
    """Two tenants may name the same MCP server: its token of one is none of the other."""
    with transaction_of(there.place.tenant):
        there.place.server.resource = here.place.resource
        there.place.server.save()
    token = here.token(grant_type="client_credentials", resource=here.place.resource).json()["access_token"]
    assert introspect(here.place, token)["active"] is True
    assert introspect(there.place, token) == {"active": False}


def test_no_two_tenants_share_a_key(here, there):
    kids = []
    for place in (here.place, there.place):
        keys = open_web().get(f"{place.issuer}/jwks").json()["keys"]
        kids.append({(key["kid"], key.get("x"), key.get("n")) for key in keys})
    assert not kids[0] & kids[1]
    token = here.token(grant_type="client_credentials").json()["access_token"]
    assert jwt.get_unverified_header(token)["kid"] in {kid for kid, _, _ in kids[0]}


@pytest.mark.parametrize("pair", [("a-b", "a_b"), ("a1", "a11"), ("t", "t-t")])
def test_slugs_that_resemble_each_other_share_nothing(pair):
    """XT-009."""
    from uuid import uuid4

    from tests.places import open_place

    mark = uuid4().hex[:8]
    first, second = (open_place(slug=f"{mark}{slug}") for slug in pair)
    for place in (first, second):
        assert (
            open_web().get(f"{place.issuer}/.well-known/openid-configuration").json()["issuer"]
            == place.issuer
        )
        assert introspect(place, "x.y.z") == {"active": False}
