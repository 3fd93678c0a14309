"""RFC 6749, The OAuth 2.0 Authorization Framework, as OAuth 2.1 keeps it."""

import base64
import time
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.programs import REDIRECT, answer_of, register
from tests.registry import change, enrol


def secret_of(program):
    return program.registration["client_secret"]


@pytest.mark.spec("RFC 6749", "2.3")
def test_refuses_more_than_one_way_to_authenticate(place, machine):
    form = {
        "grant_type": "client_credentials",
        "client_id": machine.client_id,
        "client_secret": secret_of(machine),
    }
    auth = (machine.client_id, secret_of(machine))
    response = machine.web.post(f"{place.issuer}/token", data=form, auth=auth)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.spec("RFC 6749", "2")
@pytest.mark.spec("RFC 6749", "2.3")
def test_a_client_uses_the_method_that_it_registered(place):
    for method in ("client_secret_basic", "client_secret_post"):
        program = enrol(
            place,
            token_endpoint_auth_method=method,
            grant_types=["client_credentials"],
            scope="mcp:tools:score",
        )
        assert program.token(grant_type="client_credentials").status_code == 200
        change(program, token_endpoint_auth_method="none")
        assert program.token(grant_type="client_credentials").status_code == 401


@pytest.mark.spec("RFC 6749", "2.3.1")
@pytest.mark.spec("RFC 7617", "2")
@pytest.mark.parametrize("encoded", [True, False])
def test_basic_credentials_with_their_parts_url_encoded_or_not(place, machine, encoded):
    """Python's mcp encodes each part, the TypeScript SDK does not: our identifiers and secrets read the same."""
    parts = [machine.client_id, secret_of(machine)]
    basic = base64.b64encode(":".join(quote(part, safe="") if encoded else part for part in parts).encode())
    response = machine.web.post(
        f"{place.issuer}/token",
        data={"grant_type": "client_credentials", "client_id": machine.client_id},
        headers={"Authorization": f"Basic {basic.decode()}"},
    )
    assert response.status_code == 200


@pytest.mark.spec("RFC 6749", "2.3.1")
def test_credentials_never_stand_in_the_url(place, machine):
    url = f"{place.issuer}/token?client_id={machine.client_id}&client_secret={secret_of(machine)}"
    assert machine.web.post(url, data={"grant_type": "client_credentials"}).status_code == 400


@pytest.mark.spec("RFC 6749", "3.1")
@pytest.mark.spec("OAuth 2.1", "3.1")
def test_parameters_repeated_are_refused_unknown_ones_ignored_empty_ones_left_out(regular, approved, visitor):
    assert visitor.get(approved.ask() + "&scope=mcp:tools:score").status_code == 400
    answer = answer_of(regular.answer(approved.ask(unknown="1", nonce="", login_hint="")))
    assert set(answer) == {"code", "state", "iss"}


@pytest.mark.spec("RFC 6749", "3.1.2")
@pytest.mark.parametrize("query", ["a=1&b=%20", "a=b?", "x", "a=1&"])
def test_the_query_of_a_redirect_uri_is_kept(place, regular, query):
    uri = f"https://client.example/cb?{query}"
    program = enrol(place, redirect_uris=uri)
    location = regular.answer(program.ask()).headers["location"]
    assert location.startswith(f"{uri}&code=")
    assert set(parse_qs(urlsplit(location).query)) >= {"code", "state", "iss"}


@pytest.mark.spec("RFC 6749", "3.2")
def test_the_token_endpoint_takes_a_form_by_post_alone(place, machine):
    url, auth = f"{place.issuer}/token", (machine.client_id, secret_of(machine))
    assert machine.web.get(url, params={"grant_type": "client_credentials"}, auth=auth).status_code == 405
    assert machine.web.post(url, json={"grant_type": "client_credentials"}, auth=auth).status_code == 400
    in_url = machine.web.post(url, params={"grant_type": "client_credentials"}, auth=auth)
    assert in_url.status_code == 400


@pytest.mark.spec("RFC 9112", "7.1")
@pytest.mark.parametrize(("size", "status"), [(10, 200), (70_000, 413)])
def test_a_body_in_chunks_is_read(place, machine, size, status):
    def chunks():
        yield b"grant_type=client_credentials&x="
        yield b"x" * size

    response = machine.web.post(
        f"{place.issuer}/token",
        content=chunks(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=(machine.client_id, secret_of(machine)),
    )
    assert response.status_code == status


@pytest.mark.spec("RFC 6749", "3.3")
def test_scope_is_a_set_and_what_was_granted_is_told(regular, approved, machine):
    tokens = approved.connect(regular, scope="mcp:tools:weather mcp:tools:score  mcp:tools:weather")
    assert tokens["scope"] == "mcp:tools:score mcp:tools:weather"
    granted = machine.token(grant_type="client_credentials", scope="mcp:tools:weather").json()
    assert granted["scope"] == "mcp:tools:weather"
    everything = machine.token(grant_type="client_credentials").json()
    assert everything["scope"] == "mcp:tools:score mcp:tools:weather"


@pytest.mark.spec("RFC 6749", "4.1.1")
def test_asks_with_every_parameter_of_the_standard(regular, approved):
    answer = answer_of(regular.answer(approved.ask(state="opaque")))
    assert answer["state"] == "opaque"
    assert answer["code"]


@pytest.mark.spec("RFC 6749", "1.3.1")
@pytest.mark.spec("RFC 6749", "4.1.2")
def test_a_code_is_for_one_client_for_one_use_for_a_minute(place, regular, approved):
    from portal.grants.models import AuthorizationCode
    from tenants.current import transaction_of

    code = answer_of(regular.answer(approved.ask()))["code"]
    with transaction_of(place.tenant):
        kept = AuthorizationCode.objects.order_by("-expires_at").first()
    assert 0 < kept.expires_at.timestamp() - time.time() <= 60
    assert enrol(place).redeem(code, code_verifier=approved.verifier).status_code == 400
    assert approved.redeem(code).status_code == 200
    assert approved.redeem(code).json()["error"] == "invalid_grant"


@pytest.mark.spec("RFC 6749", "4.1.2.1")
def test_no_redirect_before_client_and_redirect_uri_are_known_and_always_after(visitor, approved):
    assert visitor.get(approved.ask(redirect_uri="https://evil.example/")).status_code == 400
    answer = answer_of(visitor.get(approved.ask(response_type="token", state="s")))
    assert (answer["error"], answer["state"]) == ("unsupported_response_type", "s")


@pytest.mark.spec("RFC 6749", "4.1.2.1")
def test_a_client_that_is_not_registered_for_codes(place, visitor):
    program = enrol(place, grant_types=["client_credentials"])
    assert answer_of(visitor.get(program.ask()))["error"] == "unauthorized_client"


@pytest.mark.spec("RFC 6749", "4.1.3")
def test_redeeming_names_the_redirect_uri_if_asking_did(place, regular, approved):
    code = answer_of(regular.answer(approved.ask()))["code"]
    assert approved.redeem(code, redirect_uri=None).json()["error"] == "invalid_grant"
    code = answer_of(regular.answer(approved.ask(redirect_uri=None)))["code"]
    assert approved.redeem(code, redirect_uri=None).status_code == 200


@pytest.mark.spec("RFC 6749", "4.4")
def test_a_client_gets_a_token_for_itself_without_a_refresh_token(machine):
    tokens = machine.token(grant_type="client_credentials").json()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}


@pytest.mark.spec("RFC 6749", "4.4")
@pytest.mark.spec("OAuth 2.1", "4.2")
def test_only_confidential_clients_that_an_admin_approved_get_one(place):
    public = enrol(
        place, token_endpoint_auth_method="none", grant_types=["client_credentials"], scope="mcp:tools:score"
    )
    registered = register(place, token_endpoint_auth_method="client_secret_basic")
    change(registered, grant_types=["client_credentials"])
    for program in (public, registered):
        assert program.token(grant_type="client_credentials").json()["error"] == "unauthorized_client"


@pytest.mark.spec("RFC 6749", "5.1")
def test_what_a_token_response_is(regular, approved):
    response = approved.redeem(answer_of(regular.answer(approved.ask()))["code"])
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["pragma"] == "no-cache"
    body = response.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert body["token_type"] == "Bearer"
    assert isinstance(body["expires_in"], int)
    assert None not in body.values()


@pytest.mark.spec("RFC 6749", "5.2")
def test_a_401_says_how_to_authenticate(place, visitor):
    response = visitor.post(
        f"{place.issuer}/token", data={"grant_type": "client_credentials"}, auth=("c_x", "y")
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Basic realm=")
    assert response.json()["error"] == "invalid_client"


@pytest.mark.spec("RFC 6749", "5.2")
@pytest.mark.spec("OAuth 2.1", "10")
@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:x"])
def test_grants_that_do_not_exist_here(machine, grant_type):
    response = machine.token(grant_type=grant_type, username="a", password="b")
    assert (response.status_code, response.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.spec("RFC 6749", "5.2")
def test_a_grant_that_the_client_is_not_registered_for(approved, machine):
    assert approved.token(grant_type="client_credentials").json()["error"] == "unauthorized_client"
    assert machine.refresh("rt_x").json()["error"] == "unauthorized_client"


@pytest.mark.spec("RFC 6749", "5.2")
def test_errors_say_in_ascii_what_to_change(place, visitor, machine):
    for form in ({"x": "é"}, {"grant_type": 'a"b\\c'}, {"grant_type": "client_credentials", "scope": "é"}):
        body = machine.web.post(
            f"{place.issuer}/token", data=form, auth=(machine.client_id, secret_of(machine))
        ).json()
        assert set(body) == {"error", "error_description"}
        assert all(" " <= c <= "~" and c not in '"\\' for c in body["error_description"])


@pytest.mark.spec("RFC 6749", "1.5")
@pytest.mark.spec("RFC 6749", "6")
def test_a_refresh_keeps_the_scope_unless_a_narrower_one_is_named(regular, approved):
    tokens = approved.connect(regular)
    wider = approved.refresh(tokens["refresh_token"], scope="mcp:tools:score mcp:tools:write")
    assert wider.json()["error"] == "invalid_scope"
    narrow = approved.refresh(tokens["refresh_token"], scope="mcp:tools:score").json()
    assert narrow["scope"] == "mcp:tools:score"
    assert approved.refresh(narrow["refresh_token"]).json()["scope"] == tokens["scope"]


@pytest.mark.spec("RFC 6749", "6")
def test_a_client_without_the_grant_type_gets_no_refresh_token(place, regular):
    program = enrol(place, grant_types=["authorization_code"])
    assert "refresh_token" not in program.connect(regular)
    assert program.redirect_uri == REDIRECT
