"""A refresh token's life (decisions 2, 5, 18): replaced at each use, once; for a grace, again by the same one."""

import pytest

from tenants.cache import forget
from tests.programs import introspect, register
from tests.scene import Scene, set_scene


def refusal(response) -> str:
    assert response.status_code == 400, response.text
    return response.json()["error"]


def reason(scene: Scene) -> str:
    return scene.count("SELECT reason FROM audit_auditevent ORDER BY id DESC LIMIT 1")


def pair(response) -> tuple[str, str]:
    assert response.status_code == 200, response.text
    return response.json()["access_token"], response.json()["refresh_token"]


def check_dead(scene: Scene, *pairs: dict[str, str]) -> None:
    for tokens in pairs:
        assert not scene.is_active(tokens["access_token"])
        assert refusal(scene.program.refresh(tokens["refresh_token"])) == "invalid_grant"


def test_refresh_replaces_both_tokens(scene):
    first = scene.tokens()
    second = scene.program.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == first["scope"]
    claims = [introspect(scene.place, tokens["access_token"]) for tokens in (first, second)]
    assert claims[0]["jti"] != claims[1]["jti"]
    for name in ("sub", "client_id", "aud", "grant_id", "family_id", "scope"):
        assert claims[0][name] == claims[1][name]
    assert claims[1]["exp"] - claims[1]["iat"] == second["expires_in"] == 600
    assert scene.family().generation == 1


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_replaced_token_gets_the_same_pair_within_the_grace(algorithm):
    scene = set_scene(signing_algorithm=algorithm)
    first = scene.tokens()
    second = pair(scene.program.refresh(first["refresh_token"]))
    for _ in range(3):
        again = scene.program.refresh(first["refresh_token"])
        assert pair(again) == second
        assert 590 <= again.json()["expires_in"] <= 600
    assert scene.family().generation == 1
    assert scene.events("token.refreshed") == 1
    assert scene.events("token.raced") == 3
    assert scene.count("SELECT count(*) FROM grants_refreshtoken") == 2


def test_same_pair_does_not_hang_on_what_a_process_remembers(scene):
    first = scene.tokens()
    second = pair(scene.program.refresh(first["refresh_token"]))
    forget(scene.place.tenant)
    assert pair(scene.program.refresh(first["refresh_token"])) == second


def test_used_successor_ends_the_grace_of_the_one_before(scene):
    """TK-039: two generations old, the clock notwithstanding, is reuse."""
    first = scene.tokens()
    second = scene.program.refresh(first["refresh_token"]).json()
    third = scene.program.refresh(second["refresh_token"]).json()
    assert refusal(scene.program.refresh(first["refresh_token"])) == "invalid_grant"
    assert reason(scene) == "refresh_token reused"
    assert scene.family().revoked_reason == "refresh token reused"
    check_dead(scene, first, second, third)


def test_middle_generation_keeps_its_own_grace(scene):
    first = scene.tokens()
    second = scene.program.refresh(first["refresh_token"]).json()
    third = pair(scene.program.refresh(second["refresh_token"]))
    assert pair(scene.program.refresh(second["refresh_token"])) == third


@pytest.mark.spec("RFC 9700", "4.14.2")
def test_replaced_token_after_the_grace_is_reuse(scene):
    """TK-038."""
    first = scene.tokens()
    second = scene.program.refresh(first["refresh_token"]).json()
    scene.run(
        "UPDATE grants_refreshtoken SET superseded_at = now() - interval '61 seconds' WHERE generation = 0"
    )
    assert refusal(scene.program.refresh(first["refresh_token"])) == "invalid_grant"
    assert scene.events("token.reused") == 1
    check_dead(scene, first, second)


def test_grace_is_the_tenants():
    scene = set_scene(refresh_grace_seconds=10)
    first = scene.tokens()
    second = pair(scene.program.refresh(first["refresh_token"]))
    back = "UPDATE grants_refreshtoken SET superseded_at = superseded_at - interval '%s seconds' WHERE generation = 0"
    scene.run(back % 8)
    assert scene.program.refresh(first["refresh_token"]).json()["refresh_token"] == second[1]
    scene.run(back % 3)
    assert refusal(scene.program.refresh(first["refresh_token"])) == "invalid_grant"


def test_revoked_token_stays_dead_within_the_grace(scene):
    """TK-041."""
    first = scene.tokens()
    second = scene.program.refresh(first["refresh_token"]).json()
    assert scene.program.revoke(second["refresh_token"]).status_code == 200
    check_dead(scene, first, second)
    assert scene.events("token.reused") == 0, "the client itself ended it: nobody is warned of theft"


def test_another_clients_presentation_changes_nothing(scene):
    """TK-036, decision 4."""
    first, other = scene.tokens(), register(scene.place)
    assert refusal(other.refresh(first["refresh_token"])) == "invalid_grant"
    second = scene.program.refresh(first["refresh_token"]).json()
    third = scene.program.refresh(second["refresh_token"]).json()
    assert refusal(other.refresh(first["refresh_token"])) == "invalid_grant"
    assert reason(scene) == "refresh_token foreign"
    assert scene.is_active(third["access_token"])
    assert scene.family().revoked_at is None


def test_token_that_lay_idle_is_over(scene):
    """TK-042: before any cleaning too."""
    first = scene.tokens()
    idle = scene.count("SELECT extract(epoch FROM expires_at - now()) FROM grants_refreshtoken")
    assert idle == pytest.approx(30 * 86_400, abs=30)
    scene.run("UPDATE grants_refreshtoken SET expires_at = now()")
    assert refusal(scene.program.refresh(first["refresh_token"])) == "invalid_grant"
    assert reason(scene) == "refresh_token expired"
    assert scene.family().revoked_at is None


@pytest.mark.parametrize("table", ["grants_grant", "grants_tokenfamily"])
def test_use_never_carries_beyond_the_grant(scene, table):
    """TK-042."""
    first = scene.tokens()
    second = scene.program.refresh(first["refresh_token"]).json()
    scene.run(f"UPDATE {table} SET expires_at = now()")
    check_dead(scene, first, second)


def test_successor_never_outlives_its_grant(scene):
    tokens = scene.tokens(scene.grant(days=1))
    scene.program.refresh(tokens["refresh_token"])
    beyond = """SELECT count(*) FROM grants_refreshtoken t JOIN grants_tokenfamily f ON f.id = t.family_id
        JOIN grants_grant g ON g.id = f.grant_id WHERE t.expires_at > g.expires_at OR f.expires_at > g.expires_at"""
    assert scene.count(beyond) == 0


def test_shortened_grant_shortens_what_comes_after(scene):
    """The person said yes again, for less time."""
    tokens = scene.tokens(scene.grant(days=30))
    scene.grant(days=60 / 86_400)
    renewed = scene.program.refresh(tokens["refresh_token"]).json()
    assert renewed["expires_in"] <= 60


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users_user SET is_active = false",
        "UPDATE clients_client SET status = 'suspended'",
        "UPDATE tenants_tenant SET status = 'suspended' WHERE id = nullif(current_setting('app.tenant'), '')::uuid",
        "UPDATE grants_grant SET revoked_at = now()",
        "UPDATE grants_tokenfamily SET revoked_at = now()",
    ],
)
def test_nothing_lives_on_what_is_over(scene, change):
    """TK-024, TK-025: and nothing is spent by the attempt."""
    tokens = scene.tokens()
    scene.run(change)
    assert scene.program.refresh(tokens["refresh_token"]).status_code in {400, 401, 404}
    assert scene.count("SELECT count(*) FROM grants_refreshtoken WHERE superseded_at IS NOT NULL") == 0


@pytest.mark.spec("RFC 8707", "2.2")
def test_resource_can_be_named_again_and_no_other(scene):
    """TK-030, decision 5."""
    from portal.resources.models import ResourceServer
    from tenants.current import transaction_of

    with transaction_of(scene.place.tenant):
        ResourceServer.objects.create(slug="b", name="B", resource="https://b.example/mcp", client_id="rs_b")
    forget(scene.place.tenant)
    tokens = scene.tokens()
    for other in ("https://b.example/mcp", "https://unknown.example/mcp"):
        assert refusal(scene.program.refresh(tokens["refresh_token"], resource=other)) == "invalid_target"
    renewed = scene.program.refresh(tokens["refresh_token"], resource=scene.place.resource)
    assert introspect(scene.place, renewed.json()["access_token"])["aud"] == scene.place.resource
    assert scene.family().generation == 1


@pytest.mark.spec("RFC 6749", "6")
def test_scope_narrows_one_access_token_alone(scene):
    first = scene.tokens()
    narrow = scene.program.refresh(first["refresh_token"], scope="mcp:tools:score").json()
    assert narrow["scope"] == "mcp:tools:score"
    assert introspect(scene.place, narrow["access_token"])["scope"] == "mcp:tools:score"
    assert scene.program.refresh(narrow["refresh_token"]).json()["scope"] == first["scope"]


@pytest.mark.spec("RFC 6749", "6")
@pytest.mark.parametrize(
    "wider", ["mcp:tools:delete", "mcp:tools:score mcp:tools:write", "mcp:tools:*", "*", "mcp:nothing"]
)
def test_scope_is_never_widened(scene, wider):
    """TK-032: refused, and the token stays as it was."""
    first = scene.tokens()
    assert refusal(scene.program.refresh(first["refresh_token"], scope=wider)) == "invalid_scope"
    assert scene.family().generation == 0
    assert scene.program.refresh(first["refresh_token"]).status_code == 200


def test_scope_follows_what_the_grant_still_allows(scene):
    """What the person took back is gone at the next refresh; what they added later is not this connection's."""
    first = scene.tokens()
    scene.run("UPDATE grants_grant SET scope = 'mcp:tools:score mcp:tools:write'")
    assert scene.program.refresh(first["refresh_token"]).json()["scope"] == "mcp:tools:score"


@pytest.mark.parametrize("approved", [False, True])
def test_scope_removed_from_the_catalog_is_not_issued(scene, approved):
    """TK-035: whatever an admin had given the client."""
    scene.run(
        "UPDATE clients_client SET is_approved = %s, scope = 'mcp:tools:score mcp:tools:weather'", approved
    )
    forget(scene.place.tenant)
    first = scene.tokens()
    scene.run("DELETE FROM resources_scope WHERE name = 'mcp:tools:weather'")
    forget(scene.place.tenant)
    assert scene.program.refresh(first["refresh_token"]).json()["scope"] == "mcp:tools:score"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE clients_client SET is_approved = true, scope = 'mcp:tools:score'",
        "UPDATE tenants_tenant SET unapproved_ceiling = '{mcp:tools:score}' WHERE id = nullif(current_setting('app.tenant'), '')::uuid",
    ],
)
def test_scope_taken_from_the_client_is_not_issued(scene, change):
    """TK-035."""
    first = scene.tokens()
    scene.run(change)
    forget(scene.place.tenant)
    assert scene.program.refresh(first["refresh_token"]).json()["scope"] == "mcp:tools:score"


def test_successor_can_be_made_from_the_token_and_from_nothing_less(scene):
    """Decision 2: the row's seed is of no use to whoever reads the database."""
    from portal.grants.mint import successor_of

    first = scene.tokens()
    second = scene.program.refresh(first["refresh_token"]).json()
    seed = bytes(scene.count("SELECT successor_seed FROM grants_refreshtoken WHERE generation = 0"))
    digest = bytes(scene.count("SELECT digest FROM grants_refreshtoken WHERE generation = 0"))
    assert successor_of(first["refresh_token"], seed=seed) == second["refresh_token"]
    for guess in ("", digest.hex(), seed.hex(), second["refresh_token"]):
        assert successor_of(guess, seed=seed) != second["refresh_token"]


@pytest.mark.parametrize("token", ["rt_unknown", "ACCESS", "x" * 5000, "ac_code"])
def test_anything_else_is_unknown(scene, token):
    tokens = scene.tokens()
    given = tokens["access_token"] if token == "ACCESS" else token
    assert refusal(scene.program.refresh(given)) == "invalid_grant"
    assert scene.is_active(tokens["access_token"])
