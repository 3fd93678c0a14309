"""A code's life (decisions 3, 4, 16, 18): redeemed once, by its own client, with its own verifier, in its own time."""

import pytest

from portal.clients.models import Client
from portal.grants.models import AuthorizationCode, Grant, RefreshToken, TokenFamily
from tenants.cache import forget
from tenants.current import transaction_of
from tests.programs import introspect, register
from tests.scene import Scene


def refusal(response) -> str:
    assert response.status_code == 400, response.text
    return response.json()["error"]


def rows(scene: Scene) -> tuple[int, int]:
    with transaction_of(scene.place.tenant):
        return TokenFamily.objects.count(), RefreshToken.objects.count()


def reason(scene: Scene) -> str:
    """The newest event's, on the trail."""
    return scene.count("SELECT reason FROM audit_auditevent ORDER BY id DESC LIMIT 1")


def test_code_becomes_one_family(scene):
    tokens = scene.tokens()
    assert rows(scene) == (1, 1)
    claims = introspect(scene.place, tokens["access_token"])
    family = scene.family()
    assert (claims["family_id"], claims["grant_id"]) == (str(family.id), str(family.grant_id))
    assert (claims["sub"], claims["client_id"]) == (scene.user.sub, scene.program.client_id)
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == scene.place.tenant.access_token_seconds
    with transaction_of(scene.place.tenant):
        code = AuthorizationCode.objects.get()
    assert code.spent_at
    assert code.family_id == family.id


@pytest.mark.spec("RFC 7636", "4.6")
def test_wrong_verifier_spends_the_code(scene):
    """TK-011, decision 3: guessing has one try."""
    code, right = scene.code(), scene.program.verifier
    assert refusal(scene.program.redeem(code, code_verifier="w" * 43)) == "invalid_grant"
    assert reason(scene) == "code verifier"
    assert refusal(scene.program.redeem(code, code_verifier=right)) == "invalid_grant"
    assert rows(scene) == (0, 0)


def test_missing_verifier_leaves_the_code_alone(scene):
    """TK-010: whoever sends none has not tried."""
    code = scene.code()
    assert refusal(scene.program.redeem(code, code_verifier="")) == "invalid_grant"
    assert scene.program.redeem(code).status_code == 200


@pytest.mark.parametrize("verifier", ["a" * 42, "a" * 129, "a" * 42 + "!", "a" * 42 + "é", "CHALLENGE"])
def test_verifier_that_is_none_matches_no_challenge(scene, verifier):
    """TK-012."""
    code = scene.code()
    with transaction_of(scene.place.tenant):
        challenge = AuthorizationCode.objects.get().code_challenge
    given = challenge if verifier == "CHALLENGE" else verifier
    assert refusal(scene.program.redeem(code, code_verifier=given)) == "invalid_grant"
    assert rows(scene) == (0, 0)


@pytest.mark.parametrize("verifier", ["a" * 43, "short", " "])
def test_code_without_a_challenge_is_never_redeemed(scene, verifier):
    """TK-013: a row that an older version or a slip might leave."""
    code = scene.code()
    scene.run("UPDATE grants_authorizationcode SET code_challenge = ''")
    assert refusal(scene.program.redeem(code, code_verifier=verifier)) == "invalid_grant"
    assert rows(scene) == (0, 0)


@pytest.mark.spec("RFC 6749", "4.1.2")
def test_spent_code_again_ends_what_it_opened(scene):
    """TK-020, decision 4: right client, right verifier."""
    code = scene.code()
    tokens = scene.program.redeem(code).json()
    renewed = scene.program.refresh(tokens["refresh_token"]).json()
    assert refusal(scene.program.redeem(code)) == "invalid_grant"
    assert not scene.is_active(tokens["access_token"])
    assert not scene.is_active(renewed["access_token"])
    assert refusal(scene.program.refresh(renewed["refresh_token"])) == "invalid_grant"
    assert scene.events("code.replayed") == 1
    with transaction_of(scene.place.tenant):
        assert Grant.objects.get().revoked_at is None, "what the person allowed stands"


def test_spent_code_again_with_a_wrong_verifier_changes_nothing(scene):
    """Decision 4: whoever saw the code on its way can't cut the connection."""
    code = scene.code()
    tokens = scene.program.redeem(code).json()
    assert refusal(scene.program.redeem(code, code_verifier="w" * 43)) == "invalid_grant"
    assert scene.is_active(tokens["access_token"])
    assert scene.program.refresh(tokens["refresh_token"]).status_code == 200


def test_expired_code_again_ends_what_it_opened(scene):
    """TK-020: later than the code's own time too."""
    code = scene.code()
    tokens = scene.program.redeem(code).json()
    scene.run("UPDATE grants_authorizationcode SET expires_at = now() - interval '1 hour'")
    assert refusal(scene.program.redeem(code)) == "invalid_grant"
    assert not scene.is_active(tokens["access_token"])


@pytest.mark.parametrize("spent", [False, True])
def test_another_clients_presentation_changes_nothing(scene, spent):
    """TK-017: with everything right but who it is."""
    code, other = scene.code(), register(scene.place)
    other.verifier = scene.program.verifier
    tokens = scene.program.redeem(code).json() if spent else {}
    assert refusal(other.redeem(code)) == "invalid_grant"
    assert reason(scene) == "code foreign"
    if spent:
        assert scene.is_active(tokens["access_token"])
    else:
        assert scene.program.redeem(code).status_code == 200


def test_code_ends_on_time(scene):
    """TK-015."""
    code = scene.code()
    scene.run("UPDATE grants_authorizationcode SET expires_at = now()")
    assert refusal(scene.program.redeem(code)) == "invalid_grant"
    assert reason(scene) == "code expired"


def test_code_lives_as_long_as_the_tenant_says(scene):
    scene.code()
    lives = "SELECT extract(epoch FROM expires_at - now()) FROM grants_authorizationcode"
    assert 55 < scene.count(lives) <= scene.place.tenant.code_seconds == 60


@pytest.mark.spec("RFC 6749", "4.1.3")
@pytest.mark.parametrize(
    "uri", ["", "https://client.example/callback/", "https://client.example/other", "https://evil.example/"]
)
def test_redirect_uri_must_be_the_same(scene, uri):
    """TK-019."""
    assert refusal(scene.program.redeem(scene.code(), redirect_uri=uri)) == "invalid_grant"
    assert rows(scene) == (0, 0)


@pytest.mark.spec("RFC 8707", "2.2")
def test_resource_that_was_not_asked_for_leaves_the_code_alone(scene):
    """TK-027, decision 5."""
    from portal.resources.models import ResourceServer

    with transaction_of(scene.place.tenant):
        ResourceServer.objects.create(slug="b", name="B", resource="https://b.example/mcp", client_id="rs_b")
    forget(scene.place.tenant)
    code = scene.code()
    assert refusal(scene.program.redeem(code, resource="https://b.example/mcp")) == "invalid_target"
    assert refusal(scene.program.redeem(code, resource="https://unknown.example/mcp")) == "invalid_target"
    assert scene.program.redeem(code, resource=scene.place.resource).status_code == 200


def test_ended_grant_opens_nothing(scene):
    """TK-026."""
    code = scene.code()
    scene.run("UPDATE grants_grant SET revoked_at = now()")
    assert refusal(scene.program.redeem(code)) == "invalid_grant"
    assert reason(scene) == "code revoked"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users_user SET is_active = false",
        "UPDATE clients_client SET status = 'suspended'",
        "UPDATE tenants_tenant SET status = 'suspended' WHERE id = nullif(current_setting('app.tenant'), '')::uuid",
    ],
)
def test_nobody_inactive_gets_tokens(scene, change):
    """TK-023, TK-025: read in the statement that acts, whatever this process remembers."""
    code = scene.code()
    scene.run(change)
    assert scene.program.redeem(code).status_code in {400, 401, 404}
    assert rows(scene) == (0, 0)


def test_client_without_refresh_token_gets_none(scene):
    """Decision 16."""
    scene.program = register(scene.place, grant_types=["authorization_code"])
    with transaction_of(scene.place.tenant):
        scene.client = Client.objects.get(client_id=scene.program.client_id)
    tokens = scene.tokens()
    assert "refresh_token" not in tokens
    assert rows(scene) == (1, 0)
    assert scene.is_active(tokens["access_token"])


def test_grant_for_this_session_gives_no_refresh_token(scene):
    """Decision 16: what was allowed for this session only can't outlive it."""
    tokens = scene.tokens(scene.grant(session_key="s" * 40))
    assert "refresh_token" not in tokens
    assert rows(scene) == (1, 0)


def test_session_only_grant_ends_at_sign_out(tenant, person, program):
    back = person.answer(program.ask(), expires="session")
    from tests.programs import answer_of

    tokens = program.redeem(answer_of(back)["code"]).json()
    assert "refresh_token" not in tokens
    assert introspect(tenant, tokens["access_token"])["active"] is True
    page = person.browser.get(f"{tenant.issuer}/account/logout/")
    person.submit(page)
    assert introspect(tenant, tokens["access_token"]) == {"active": False}


def test_lasting_grant_outlives_the_session(tenant, person, program):
    tokens = program.connect(person)
    person.submit(person.browser.get(f"{tenant.issuer}/account/logout/"))
    assert introspect(tenant, tokens["access_token"])["active"] is True
    assert program.refresh(tokens["refresh_token"]).status_code == 200


def test_access_token_never_outlives_its_grant(scene):
    tokens = scene.tokens(scene.grant(days=90 / 86_400))
    assert 60 < tokens["expires_in"] <= 90
    claims = introspect(scene.place, tokens["access_token"])
    assert claims["exp"] - claims["iat"] <= 90


def test_scope_is_what_the_grant_still_allows(scene):
    """TK-031, TK-035: neither the form nor an old code widens it."""
    scene.grant(scope=("mcp:tools:score", "mcp:tools:weather"))
    code = scene.code()
    scene.run("UPDATE grants_grant SET scope = 'mcp:tools:score'")
    tokens = scene.program.redeem(code, scope="mcp:tools:score mcp:tools:delete").json()
    assert tokens["scope"] == "mcp:tools:score"


def test_scope_removed_from_the_catalog_is_not_issued(scene):
    code = scene.code()
    scene.run("DELETE FROM resources_scope WHERE name = 'mcp:tools:weather'")
    forget(scene.place.tenant)
    assert scene.program.redeem(code).json()["scope"] == "mcp:tools:score"
