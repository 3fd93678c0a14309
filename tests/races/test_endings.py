"""CC-005, CC-010: what has answered that it is over beats every refresh in flight."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from portal.clients.models import Client
from portal.grants.models import Grant, TokenFamily
from tenants.current import transaction_of
from tests.people import Form, make_person
from tests.programs import register
from tests.races.crowd import Call, Crowd, Outcome
from tests.scene import Scene, set_scene, statuses

REFRESHES = 49

LIVE = """SELECT count(*) FROM grants_refreshtoken t JOIN grants_tokenfamily f ON f.id = t.family_id
    JOIN grants_grant g ON g.id = f.grant_id JOIN users_user u ON u.id = f.user_id
    JOIN clients_client c ON c.id = f.client_id JOIN tenants_tenant n ON n.id = f.tenant_id
    WHERE t.superseded_at IS NULL AND t.expires_at > now() AND f.revoked_at IS NULL AND f.expires_at > now()
    AND g.revoked_at IS NULL AND u.is_active AND c.status = 'active' AND n.status = 'active'"""


def revoked_by_client(scene: Scene, tokens: dict[str, str]) -> Call:
    return scene.revoking(tokens["refresh_token"])


def revoked_by_user(scene: Scene, tokens: dict[str, str]) -> Call:
    with transaction_of(scene.place.tenant):
        grant = Grant.objects.get(revoked_at=None)
    return Call("end_grant", {"tenant_id": scene.place.tenant.id, "grant_id": grant.id})


def user_deactivated(scene: Scene, tokens: dict[str, str]) -> Call:
    return Call("deactivate", {"tenant_id": scene.place.tenant.id, "user_id": scene.user.id})


def client_suspended(scene: Scene, tokens: dict[str, str]) -> Call:
    return Call("suspend_client", {"tenant_id": scene.place.tenant.id, "client_id": scene.client.id})


def tenant_suspended(scene: Scene, tokens: dict[str, str]) -> Call:
    return Call("suspend_tenant", {"tenant_id": scene.place.tenant.id})


def all_ended_by_user(scene: Scene, tokens: dict[str, str]) -> Call:
    return Call("end_all_grants", {"tenant_id": scene.place.tenant.id, "user_id": scene.user.id})


ENDINGS: list[Callable[[Scene, dict[str, str]], Call]] = [
    revoked_by_client,
    revoked_by_user,
    user_deactivated,
    client_suspended,
    tenant_suspended,
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_nothing_is_live_once_it_has_answered(crowd: Crowd, rounds: range, ending):
    lasting = ending in (revoked_by_client, revoked_by_user)
    scene = set_scene()
    for number in rounds:
        if number and not lasting:
            scene = set_scene()
        tokens = scene.tokens()
        calls = [scene.refreshing(tokens["refresh_token"])] * REFRESHES
        calls.insert(secrets.randbelow(len(calls)), ending(scene, tokens))
        outcomes = crowd.rush(calls)
        (end,) = [o for o in outcomes if not is_refresh(o)]
        assert end.result in (True, 1) or end.result.status == 200
        refreshes = list(filter(is_refresh, outcomes))
        assert set(statuses(refreshes)) <= {200, 400, 401, 404}, statuses(refreshes)
        late = [o for o in refreshes if o.began > end.ended]
        assert all(o.result.status != 200 for o in late)
        check_dead(scene, [tokens, *(o.result.body for o in refreshes if o.result.status == 200)])


def is_refresh(outcome: Outcome) -> bool:
    return outcome.call.given.get("form", {}).get("grant_type") == "refresh_token"


def check_dead(scene: Scene, pairs: list[dict[str, str]]) -> None:
    assert scene.count(LIVE) == 0
    for access in {pair["access_token"] for pair in pairs}:
        response = scene.program.web.post(
            f"{scene.place.issuer}/introspect", data={"token": access}, auth=scene.place.server_auth
        )
        # The document of a suspended tenant is that of an unknown one, a moment later at the most.
        assert response.status_code == 404 or response.json() == {"active": False}
    for refresh in {pair["refresh_token"] for pair in pairs}:
        assert scene.program.refresh(refresh).status_code in {400, 401, 404}


@pytest.mark.parametrize("ending", ENDINGS[1:], ids=lambda ending: ending.__name__)
def test_code_in_flight_opens_nothing_afterwards(crowd: Crowd, rounds: range, ending):
    lasting = ending is revoked_by_user
    scene = set_scene()
    for number in rounds:
        if number and not lasting:
            scene = set_scene()
        grant = scene.grant()
        codes = [(scene.code(grant), scene.program.verifier) for _ in range(REFRESHES)]
        calls = []
        for code, verifier in codes:
            scene.program.verifier = verifier
            calls.append(scene.redeeming(code))
        calls.insert(secrets.randbelow(len(calls)), ending(scene, {}))
        outcomes = crowd.rush(calls)
        (end,) = [o for o in outcomes if "form" not in o.call.given]
        redeemed = [o for o in outcomes if o is not end]
        assert set(statuses(redeemed)) <= {200, 400, 401, 404}, statuses(redeemed)
        assert all(o.result.status != 200 for o in redeemed if o.began > end.ended)
        check_dead(scene, [o.result.body for o in redeemed if o.result.status == 200])


def test_cleaning_takes_nothing_that_lives(crowd: Crowd, rounds: range):
    """CC-010: batches that step around rows in use, while those are refreshed and spent ones come again."""
    for _ in rounds:
        scene = set_scene()
        dead = scene.grant()
        codes = [(scene.code(dead), scene.program.verifier) for _ in range(12)]
        replays = []
        for code, verifier in codes:
            scene.program.verifier = verifier
            assert scene.program.redeem(code).status_code == 200
            replays.append(scene.redeeming(code))
        long_ago = "now() - interval '3 days'"
        scene.run(f"UPDATE grants_tokenfamily SET expires_at = {long_ago}")
        scene.run(f"UPDATE grants_authorizationcode SET expires_at = {long_ago}")
        assert scene.run(FILL) == 1500
        kept = [scene.tokens() for _ in range(8)]
        refreshes = [scene.refreshing(pair["refresh_token"]) for pair in kept for _ in range(3)]
        cleans = [Call("clean", {"tenant_id": scene.place.tenant.id})] * 10
        outcomes = crowd.rush(mixed(refreshes, replays, cleans))
        refreshed = [o for o in outcomes if is_refresh(o)]
        assert statuses(refreshed) == {200: len(refreshes)}
        assert set(statuses([o for o in outcomes if not is_refresh(o)])) == {400}
        crowd.rush(cleans[:1])
        with transaction_of(scene.place.tenant):
            assert TokenFamily.objects.count() == len(kept)
        for pair in {o.result.body["refresh_token"]: o.result.body for o in refreshed}.values():
            assert scene.is_active(pair["access_token"])
            assert scene.program.refresh(pair["refresh_token"]).status_code == 200


# A family that is over, many times.
FILL = """INSERT INTO grants_tokenfamily SELECT made.*
    FROM (SELECT f FROM grants_tokenfamily f LIMIT 1) one, generate_series(1, 1500) n,
        LATERAL jsonb_populate_record(one.f, jsonb_build_object('id', gen_random_uuid(), 'n', n)) made"""


def mixed(*kinds: list[Call]) -> list[Call]:
    calls = [call for kind in kinds for call in kind]
    secrets.SystemRandom().shuffle(calls)
    return calls


def test_two_clicks_on_allow_give_one_code(crowd: Crowd, rounds: range):
    for _ in rounds:
        scene = set_scene()
        person, program = make_person(scene.place), register(scene.place)
        page = person.sign_in(program.ask())
        assert 'name="decision"' in page.text
        cookie = "; ".join(f"{name}={value}" for name, value in person.browser.cookies.items())
        form = {name: values[0] for name, values in Form(page.text).values().items()}
        headers = {"Cookie": cookie, "Referer": str(page.url)}
        click = Call(
            "post", {"url": str(page.url), "form": {**form, "decision": "allow"}, "headers": headers}
        )
        outcomes = crowd.rush([click] * 20)
        answers = statuses(outcomes)
        assert sum(answers.values()) == 20
        codes = [o.result.location for o in outcomes if "code=" in o.result.location]
        assert len(codes) == 1, answers
        assert max(answers) < 500
        assert scene.count("SELECT count(*) FROM grants_authorizationcode") == 1
        assert scene.count("SELECT count(*) FROM grants_grant") == 1


@pytest.mark.parametrize("ending", [user_deactivated, all_ended_by_user], ids=lambda ending: ending.__name__)
def test_reports_of_use_wait_for_no_ending_in_a_circle(crowd: Crowd, rounds: range, ending):
    """A report touches many grants, and so does ending all of a person's: both take them in one order."""
    for _ in rounds:
        scene = set_scene()
        grants = []
        for _ in range(6):
            program = register(scene.place)
            with transaction_of(scene.place.tenant):
                client = Client.objects.get(client_id=program.client_id)
            grants.append(replace(scene, client=client, program=program).grant())
        reports = [reporting(scene, grants) for _ in range(30)]
        outcomes = crowd.rush(mixed(reports, [ending(scene, {})]))
        assert statuses(outcomes) == {202: 30}
        assert scene.count("SELECT count(*) FROM grants_grant WHERE revoked_at IS NULL") == 0
        assert scene.count("SELECT sum(uses) FROM grants_grant") == 30 * len(grants)


def reporting(scene: Scene, grants: list[Grant]) -> Call:
    chosen = secrets.SystemRandom().sample(grants, len(grants))
    events = [
        {
            "id": str(uuid4()),
            "at": "2026-11-23T09:00:00Z",
            "outcome": "allowed",
            "tool": "score",
            "grant_id": str(grant.id),
        }
        for grant in chosen
    ]
    given = {
        "url": f"{scene.place.issuer}/access-events",
        "document": {"events": events},
        "basic": scene.place.server_auth,
    }
    return Call("post", given)
