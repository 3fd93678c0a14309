"""Rows IN of the hostile corpus: a resource server learns of its own live tokens, and nobody of anything else."""

import base64
from urllib.parse import urlencode

import jwt
import pytest

from portal.grants.models import Grant
from portal.resources.models import ResourceServer
from tenants.cache import forget
from tenants.current import transaction_of
from tenants.models import Tenant
from tenants.seal import secret_digest
from tests.people import make_person
from tests.places import open_place
from tests.programs import introspect, open_web
from tests.registry import change, enrol
from tests.trail import denied, nothing_stored

INACTIVE = {"active": False}


@pytest.fixture(scope="module")
def tokens(regular, approved):
    return approved.connect(regular)


@pytest.fixture(scope="module")
def ask(place):
    """POST to /introspect; as the place's own MCP server unless told otherwise."""
    web = open_web()

    def send(token=None, *, auth=place.server_auth, **form):
        data = form if token is None else {"token": token, **form}
        return web.post(f"{place.issuer}/introspect", data=data, auth=auth)

    return send


def assert_refused(response):
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"
    assert "Basic" in response.headers["www-authenticate"]
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("auth", [None, ("", ""), ("rs_unknown", "x"), ("rs_unknown", "")])
def test_in_001_nobody(place, ask, tokens, auth):
    with denied(place, "client.auth_failed"):
        assert_refused(ask(tokens["access_token"], auth=auth))


def test_in_001_a_server_with_a_wrong_secret(place, ask, tokens):
    name, secret = place.server_auth
    for wrong in ("", "x", secret + "x", secret[:-1]):
        with denied(place, "client.auth_failed"):
            assert_refused(ask(tokens["access_token"], auth=(name, wrong)))
    with denied(place, "client.auth_failed"):
        assert_refused(ask(tokens["access_token"], auth=None, client_id=name))


def test_in_002_clients_are_no_resource_servers(place, ask, tokens, public, approved):
    """Not even about their own tokens: those are the resource's to read (decision 12)."""
    with denied(place, "client.auth_failed"):
        assert_refused(ask(tokens["access_token"], auth=None, client_id=public.client_id))
    with denied(place, "client.auth_failed"):
        assert_refused(
            ask(tokens["access_token"], auth=(approved.client_id, approved.registration["client_secret"]))
        )


def test_in_003_another_tenants_server(place, elsewhere, ask, tokens):
    assert introspect(elsewhere, tokens["access_token"]) == INACTIVE
    with denied(place, "client.auth_failed"):
        assert_refused(ask(tokens["access_token"], auth=elsewhere.server_auth))


def test_in_004_another_resource(place, ask, tokens):
    with transaction_of(place.tenant):
        ResourceServer.objects.create(
            slug="two", name="Two", resource="https://two.example/mcp", client_id="rs_two",
            secret_digests=[secret_digest("second")],
        )  # fmt: skip
        ResourceServer.objects.filter(id=place.server.id).update(is_default=True)
    forget(place.tenant)
    assert ask(tokens["access_token"], auth=("rs_two", "second")).json() == INACTIVE
    assert ask(tokens["access_token"]).json()["active"] is True


def test_in_004_a_server_that_was_switched_off():
    place = open_place()
    tokens = enrol(place).connect(make_person(place))
    with transaction_of(place.tenant):
        ResourceServer.objects.update(is_active=False)
    forget(place.tenant)
    response = open_web().post(
        f"{place.issuer}/introspect", data={"token": tokens["access_token"]}, auth=place.server_auth
    )
    assert_refused(response)


def forge(token, *, header=None, **claims):
    """The token with other claims, signed by a key of the forger's own."""
    head, body = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    head |= header or {}
    return jwt.encode({**body, **claims}, "k" * 64, algorithm="HS256", headers={**head, "alg": "HS256"})


def unsigned(token, **header):
    import json

    head = {**jwt.get_unverified_header(token), **header}
    raw = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
    return f"{raw}.{token.split('.')[1]}."


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda _: "", id="IN-005-empty"),
        pytest.param(lambda _: "garbage", id="IN-005-garbage"),
        pytest.param(lambda _: "a.b.c", id="IN-005-dots"),
        pytest.param(lambda _: "..", id="IN-005-only-dots"),
        pytest.param(lambda _: "eyJ.eyJ.eyJ", id="IN-005-json"),
        pytest.param(lambda token: token[:-2], id="IN-005-cut"),
        pytest.param(lambda token: token + "A", id="IN-005-longer"),
        pytest.param(lambda token: token.rpartition(".")[0] + ".", id="no-signature"),
        pytest.param(forge, id="signed-by-another"),
        pytest.param(lambda token: unsigned(token, kid=["x"]), id="kid-a-list"),
        pytest.param(lambda token: forge(token, header={"kid": "unknown"}), id="kid-unknown"),
        pytest.param(lambda token: unsigned(token, alg="none"), id="alg-none"),
        pytest.param(lambda token: unsigned(token, alg="None", typ="JWT"), id="alg-None"),
        pytest.param(lambda token: unsigned(token, jku="https://evil.example/jwks"), id="jku"),
        pytest.param(lambda token: " " + token, id="IN-011-space-before"),
        pytest.param(lambda token: token + " ", id="IN-011-space-behind"),
        pytest.param(lambda token: token + "=", id="padding"),
        pytest.param(lambda token: "😀." + token, id="emoji"),
        pytest.param(lambda _: "x" * 50_000, id="IN-011-long"),
        pytest.param(lambda token: f"Bearer {token}", id="with-its-scheme"),
    ],
)
def test_what_is_no_token_is_inactive(place, ask, tokens, broken):
    with nothing_stored(place):
        response = ask(broken(tokens["access_token"]))
    assert response.status_code == 200
    assert response.json() == INACTIVE
    assert response.headers["cache-control"] == "no-store"


def test_in_005_an_id_token_is_no_access_token(place, regular, approved, ask):
    tokens = approved.connect(regular, scope="openid mcp:tools:score", prompt="consent")
    assert ask(tokens["id_token"]).json() == INACTIVE
    assert ask(tokens["access_token"]).json()["active"] is True


def test_in_005_an_expired_token(place, approved, ask, tokens):
    from portal.keys.sign import sign

    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    for other in ({"exp": 1}, {"iss": "https://evil.example"}, {"aud": "https://other.example"}):
        assert ask(sign(place.tenant, {**claims, **other}, typ="at+jwt")).json() == INACTIVE
    assert ask(sign(place.tenant, claims, typ="JWT")).json() == INACTIVE
    del claims["jti"]
    assert ask(sign(place.tenant, claims, typ="at+jwt")).json() == INACTIVE


def test_in_005_no_token_at_all(place, ask):
    with denied(place, "token.denied", "Send token"):
        response = ask(something="else")
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


def test_in_005_a_revoked_token(place, approved, regular):
    tokens = approved.connect(regular)
    assert approved.revoke(tokens["access_token"]).status_code == 200
    assert introspect(place, tokens["access_token"]) == INACTIVE


@pytest.mark.parametrize("what", ["user", "client", "grant", "client-gone", "session-grant"])
def test_in_006_what_it_rests_on_has_ended(place, what):
    person, program = make_person(place), enrol(place)
    tokens = program.connect(person)
    assert introspect(place, tokens["access_token"])["active"] is True
    with transaction_of(place.tenant):
        if what == "user":
            type(person.user).objects.filter(id=person.user.id).update(is_active=False)
        if what == "grant":
            from django.utils import timezone

            Grant.objects.filter(user=person.user).update(expires_at=timezone.now())
        if what == "client-gone":
            from portal.clients.models import Client

            Client.objects.filter(client_id=program.client_id).delete()
    if what == "client":
        change(program, status="suspended")
    if what == "session-grant":
        with transaction_of(place.tenant):
            Grant.objects.filter(user=person.user).update(revoked_at="2026-01-01T00:00:00Z")
    assert introspect(place, tokens["access_token"]) == INACTIVE


def test_in_006_a_clients_own_token_ends_with_the_client(place):
    machine = enrol(place, grant_types=["client_credentials"], scope="mcp:tools:score")
    token = machine.token(grant_type="client_credentials").json()["access_token"]
    assert introspect(place, token)["sub"] == machine.client_id
    change(machine, status="suspended")
    assert introspect(place, token) == INACTIVE


def test_in_006_a_suspended_tenant():
    place = open_place()
    tokens = enrol(place).connect(make_person(place))
    with transaction_of(place.tenant):
        Tenant.objects.filter(id=place.tenant.id).update(status="suspended")
    forget(place.tenant)
    response = open_web().post(
        f"{place.issuer}/introspect", data={"token": tokens["access_token"]}, auth=place.server_auth
    )
    assert response.status_code == 404


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "unknown", "", "x" * 9_000])
def test_in_008_a_hint_changes_nothing(ask, tokens, hint):
    assert ask(tokens["access_token"], token_type_hint=hint).json()["active"] is True


def test_in_008_a_repeated_hint(place, visitor, tokens):
    body = urlencode([("token", tokens["access_token"]), ("token_type_hint", "a"), ("token_type_hint", "b")])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = visitor.post(
        f"{place.issuer}/introspect", content=body, headers=headers, auth=place.server_auth
    )
    assert response.status_code == 400  # decision 11
    assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_in_009_only_post(place, visitor, tokens, method):
    response = visitor.request(
        method, f"{place.issuer}/introspect", params={"token": tokens["access_token"]}, auth=place.server_auth
    )
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("token", ["\x00", "a\x00b", "a\r\nb", "\x7f"])
def test_in_011_control_characters(place, ask, token):
    with denied(place, "token.denied", "control character"):
        response = ask(token)
    assert response.status_code == 400


def test_in_011_a_megabyte(place, ask):
    with denied(place, "token.denied"):
        response = ask("x" * 1_000_000)
    assert response.status_code == 413
    assert response.json()["error"] == "invalid_request"


def test_in_013_is_not_cached_and_says_only_what_the_token_says(place, regular, ask, tokens):
    response = ask(tokens["access_token"])
    assert response.headers["cache-control"] == "no-store"
    assert "set-cookie" not in response.headers
    body = response.json()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert body == {"active": True, "token_type": "Bearer", **claims}
    assert regular.user.email not in response.text
