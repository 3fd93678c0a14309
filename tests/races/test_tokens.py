"""CC-001, CC-002, CC-003: one code or refresh token in fifty hands at once."""

import pytest

from tests.races.crowd import PROCESSES, Crowd
from tests.scene import Scene, set_scene, statuses

MANY = 50


@pytest.fixture(scope="module")
def scene() -> Scene:
    return set_scene()


def test_crowd_is_of_many_processes(crowd: Crowd):
    assert PROCESSES >= 4
    assert len({process.pid for process in crowd.processes}) == PROCESSES


@pytest.mark.spec("RFC 6749", "4.1.2")
def test_code_is_redeemed_once(crowd, scene, rounds):
    for _ in rounds:
        before = scene.events("token.issued")
        grant = scene.grant()
        families = scene.count("SELECT count(*) FROM grants_tokenfamily")
        tokens = scene.count("SELECT count(*) FROM grants_refreshtoken")
        code = scene.code(grant)
        outcomes = crowd.rush([scene.redeeming(code)] * MANY)
        assert statuses(outcomes) == {200: 1, 400: MANY - 1}
        assert {o.result.body["error"] for o in outcomes if o.result.status == 400} == {"invalid_grant"}
        assert scene.count("SELECT count(*) FROM grants_tokenfamily") == families + 1
        assert scene.count("SELECT count(*) FROM grants_refreshtoken") == tokens + 1
        assert scene.events("token.issued") == before + 1
        # The forty-nine were replays by the right client with the right verifier: what the code opened is shut.
        assert scene.family().revoked_reason == "code replayed"


def test_fifty_codes_are_redeemed_fifty_times(crowd, scene, rounds):
    """Nobody waits for another's code, and nobody is refused for it."""
    for _ in rounds:
        grant = scene.grant()
        calls = [scene.redeeming(scene.code(grant)) for _ in range(MANY)]
        outcomes = crowd.rush(calls)
        assert statuses(outcomes) == {200: MANY}
        assert len({o.result.body["refresh_token"] for o in outcomes}) == MANY


@pytest.mark.spec("RFC 9700", "4.14.2")
def test_refresh_token_gives_everybody_the_same_pair(crowd, scene, rounds):
    for _ in rounds:
        first = scene.tokens()
        raced = scene.events("token.raced")
        outcomes = crowd.rush([scene.refreshing(first["refresh_token"])] * MANY)
        assert statuses(outcomes) == {200: MANY}
        pairs = {(o.result.body["access_token"], o.result.body["refresh_token"]) for o in outcomes}
        assert len(pairs) == 1
        family = scene.family()
        assert (family.generation, family.revoked_at) == (1, None)
        rows = "SELECT count(*) FROM grants_refreshtoken WHERE family_id = %s"
        assert scene.count(rows, family.id) == 2
        assert scene.count(rows + " AND superseded_at IS NULL", family.id) == 1
        assert scene.events("token.raced") == raced + MANY - 1
        ((access, refresh),) = pairs
        assert scene.is_active(access)
        assert scene.program.refresh(refresh).status_code == 200


def test_refresh_token_without_grace_serves_one_and_ends_the_family(crowd, rounds):
    scene = set_scene(refresh_grace_seconds=0)
    for _ in rounds:
        first = scene.tokens()
        outcomes = crowd.rush([scene.refreshing(first["refresh_token"])] * MANY)
        assert statuses(outcomes) == {200: 1, 400: MANY - 1}
        (won,) = [o.result.body for o in outcomes if o.result.status == 200]
        family = scene.family()
        assert family.revoked_reason == "refresh token reused"
        live = "SELECT count(*) FROM grants_refreshtoken WHERE family_id = %s AND superseded_at IS NULL"
        assert scene.count(live, family.id) == 1
        assert not scene.is_active(won["access_token"])
        assert not scene.is_active(first["access_token"])
        assert scene.program.refresh(won["refresh_token"]).status_code == 400


def test_chain_of_refreshes_by_all_goes_on_as_one(crowd, scene, rounds):
    """Each round continues from what the last one gave: N processes that share one login never part."""
    token = scene.tokens()["refresh_token"]
    for _ in range(max(3, len(rounds))):
        outcomes = crowd.rush([scene.refreshing(token)] * PROCESSES)
        (token,) = {o.result.body["refresh_token"] for o in outcomes}
    assert scene.family().revoked_at is None
