"""Rows TK of the hostile corpus about codes: each is redeemed once, by its client, with its verifier, while all holds."""

import pytest

from tenants.cache import forget
from tenants.current import transaction_of
from tenants.models import Tenant
from tests.people import make_person
from tests.places import open_place
from tests.programs import REDIRECT, Program, answer_of, introspect, register
from tests.registry import change, enrol
from tests.trail import denied, events, last_event, nothing_stored, rows

KINDS = ["public", "approved"]


@pytest.fixture(params=KINDS)
def program(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def code(regular, program):
    return fresh_code(regular, program)


def fresh_code(person, program, **parameters):
    return answer_of(person.answer(program.ask(**parameters)))["code"]


def assert_invalid(response, error="invalid_grant"):
    assert response.status_code == 400, response.text
    assert response.json()["error"] == error
    assert response.headers["cache-control"] == "no-store"


def test_tk_010_no_verifier_and_the_code_stays(place, program, code):
    for absent in (None, ""):
        with denied(place, "token.denied", "code_verifier"):
            assert_invalid(program.redeem(code, code_verifier=absent))
    assert program.redeem(code).status_code == 200


@pytest.mark.parametrize(
    "verifier",
    [
        pytest.param("w" * 43, id="TK-011-wrong"),
        pytest.param("challenge", id="TK-012-plain"),
        pytest.param("v" * 42, id="TK-012-42"),
        pytest.param("v" * 129, id="TK-012-129"),
        pytest.param("v" * 42 + "=", id="TK-012-padding"),
        pytest.param("v" * 42 + "é", id="TK-012-not-ascii"),
        pytest.param("v" * 42 + "٣", id="TK-012-other-digits"),
    ],
)
def test_a_wrong_verifier_spends_the_code(place, regular, program, verifier):
    url = program.ask()
    code = answer_of(regular.answer(url))["code"]
    if verifier == "challenge":
        from urllib.parse import parse_qs, urlsplit

        verifier = parse_qs(urlsplit(url).query)["code_challenge"][0]
    with denied(place, "token.denied", "code verifier"):
        assert_invalid(program.redeem(code, code_verifier=verifier))
    assert last_event(place).client == program.client_id
    # Decision 3. What comes now is no replay of anything that led somewhere.
    with denied(place, "code.replayed"):
        assert_invalid(program.redeem(code))


def test_tk_012_a_short_verifier_fails_even_where_the_challenge_is_its_digest(place, regular, program):
    import base64
    import hashlib

    short = "v" * 42
    challenge = base64.urlsafe_b64encode(hashlib.sha256(short.encode()).digest()).rstrip(b"=").decode()
    code = fresh_code(regular, program, code_challenge=challenge)
    with denied(place, "token.denied", "code verifier"):
        assert_invalid(program.redeem(code, code_verifier=short))


@pytest.mark.parametrize("verifier", ["v" * 43, "v" * 42, "short", "v" * 200])
def test_tk_013_a_code_without_a_challenge_is_worth_nothing(place, program, code, verifier):
    """Nothing makes such a row; if one were there, it must not be the way around PKCE."""
    from portal.grants.models import AuthorizationCode

    with transaction_of(place.tenant):
        AuthorizationCode.objects.filter(spent_at=None).update(code_challenge="")
    with denied(place, "token.denied", "code verifier"):
        assert_invalid(program.redeem(code, code_verifier=verifier))


def test_tk_014_five_wrong_verifiers(place, program, code):
    for attempt in range(5):
        with denied(place, "token.denied", "code verifier" if attempt == 0 else "code spent"):
            assert_invalid(program.redeem(code, code_verifier="w" * 43))


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_tk_015_an_expired_code(place, program, code, seconds):
    _age(place, seconds)
    with denied(place, "token.denied", "code expired"):
        assert_invalid(program.redeem(code))


def _age(place, seconds):
    from datetime import timedelta

    from django.utils import timezone

    from portal.grants.models import AuthorizationCode

    with transaction_of(place.tenant):
        codes = AuthorizationCode.objects.filter(spent_at=None)
        codes.update(expires_at=timezone.now() - timedelta(seconds=seconds))


def test_tk_017_another_clients_code_stays_its_own(place, regular, program, code):
    thief = enrol(place)
    thief.verifier = program.verifier
    with denied(place, "token.denied", "code foreign"):
        assert_invalid(thief.redeem(code))
    tokens = program.redeem(code).json()
    # Decision 4: nor does presenting the spent one do any harm.
    with denied(place, "token.denied", "code foreign"):
        assert_invalid(thief.redeem(code))
    assert introspect(place, tokens["access_token"])["active"] is True


def test_a_code_of_another_tenant_is_unknown(place, elsewhere, program, code):
    away = Program(elsewhere, register(elsewhere).registration)
    away.verifier = program.verifier
    with nothing_stored(place), denied(elsewhere, "token.denied", "code unknown"):
        assert_invalid(away.redeem(code))
    # A client_id is one tenant's too.
    stranger = Program(elsewhere, program.registration)
    response = stranger.redeem(code)
    assert response.status_code == 401
    assert program.redeem(code).status_code == 200


@pytest.mark.parametrize(
    "uri", [None, "", REDIRECT + "/", REDIRECT + "?", REDIRECT.upper(), "https://client.example/other"]
)
def test_tk_019_another_redirect_uri_than_asked_with(place, program, code, uri):
    with denied(place, "token.denied", "code redirect_uri"):
        assert_invalid(program.redeem(code, redirect_uri=uri))
    assert program.redeem(code).status_code == 400, "it is spent"


def test_tk_020_a_code_again_ends_what_it_led_to(place, program, code):
    tokens = program.redeem(code).json()
    with denied(place, "code.replayed"):
        assert_invalid(program.redeem(code))
    assert introspect(place, tokens["access_token"]) == {"active": False}
    with denied(place, "token.denied", "revoked"):
        assert_invalid(program.refresh(tokens["refresh_token"]))


def test_tk_020_a_code_again_after_its_expiry_and_a_refresh(place, program, code):
    tokens = program.refresh(program.redeem(code).json()["refresh_token"]).json()
    _age_spent(place)
    with denied(place, "code.replayed"):
        assert_invalid(program.redeem(code))
    assert introspect(place, tokens["access_token"]) == {"active": False}
    assert_invalid(program.refresh(tokens["refresh_token"]))


def _age_spent(place):
    from datetime import timedelta

    from django.utils import timezone

    from portal.grants.models import AuthorizationCode

    with transaction_of(place.tenant):
        AuthorizationCode.objects.update(expires_at=timezone.now() - timedelta(hours=1))


def test_decision_4_a_code_again_with_a_wrong_verifier_ends_nothing(place, program, code):
    tokens = program.redeem(code).json()
    with denied(place, "token.denied", "code spent"):
        assert_invalid(program.redeem(code, code_verifier="w" * 43))
    assert introspect(place, tokens["access_token"])["active"] is True


def test_tk_023_user_deactivated_before_redeeming(place, program):
    person = make_person(place)
    code = fresh_code(person, program)
    with transaction_of(place.tenant):
        type(person.user).objects.filter(id=person.user.id).update(is_active=False)
    with denied(place, "token.denied", "code inactive"):
        assert_invalid(program.redeem(code))


def test_client_suspended_before_redeeming(place, regular):
    program = enrol(place)
    code = fresh_code(regular, program)
    from portal.clients.models import Client

    with transaction_of(place.tenant):
        Client.objects.filter(client_id=program.client_id).update(status="suspended")
    # Whether this process has heard of it already or not, nothing is given.
    response = program.redeem(code)
    assert response.json()["error"] in {"invalid_grant", "invalid_client"}
    change(program, status="active")


def test_tk_025_tenant_suspended_before_redeeming():
    place = open_place()
    program, person = enrol(place), make_person(place)
    tokens = program.connect(person)
    code = fresh_code(person, program)
    before = rows(place)
    _suspend(place)
    for response in (program.redeem(code), program.refresh(tokens["refresh_token"])):
        assert response.status_code == 404
        assert "access_token" not in response.text
    assert rows(place) == before


def _suspend(place):
    with transaction_of(place.tenant):
        Tenant.objects.filter(id=place.tenant.id).update(status="suspended")
    forget(place.tenant)


def test_tk_026_grant_ended_while_the_code_is_out(place, program):
    person = make_person(place)
    code = fresh_code(person, program)
    page = person.browser.get(f"{place.issuer}/apps/")
    assert person.submit(page, revoke="all").status_code == 200
    assert events(place, "grant.revoked")
    with denied(place, "token.denied", "code revoked"):
        assert_invalid(program.redeem(code))


@pytest.mark.parametrize(
    "resource",
    ["https://unknown.example/mcp", "urn:x", "https://mcp.example/#x", "/mcp", "second", "elsewhere"],
)
def test_tk_027_another_resource_spends_nothing(place, elsewhere, program, code, second, resource):
    uri = {"second": second.resource, "elsewhere": elsewhere.resource}.get(resource, resource)
    with denied(place, "token.denied"):
        assert_invalid(program.redeem(code, resource=uri), "invalid_target")
    assert program.redeem(code, resource=place.resource).status_code == 200


@pytest.fixture(scope="module")
def second(place):
    """Another MCP server of the same tenant."""
    from portal.resources.models import ResourceServer

    with transaction_of(place.tenant):
        ResourceServer.objects.update(is_default=True)
        server = ResourceServer.objects.create(
            slug="two", name="Two", resource="https://two.example/mcp", client_id="rs_two"
        )
    forget(place.tenant)
    return server


def test_tk_031_scope_at_the_exchange_widens_nothing(program, code):
    tokens = program.redeem(code, scope="mcp:tools:delete mcp:tools:write openid").json()
    assert tokens["scope"] == "mcp:tools:score mcp:tools:weather"
