"""Ending what was granted (decisions 10, 12, 23): a token, a family, a grant, an account."""

import re
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from django.conf import settings
from django.utils import timezone

from portal.audit.record import NOWHERE
from portal.grants.deactivate import deactivate_user
from portal.grants.expire import remove_expired
from portal.grants.models import DeniedToken, Grant
from portal.grants.revoke import revoke_grant
from portal.resources.models import ResourceServer
from tenants.cache import forget
from tenants.current import acting_as, transaction_of
from tenants.seal import secret_digest
from tests.people import Person, make_person
from tests.programs import introspect, open_web, register
from tests.scene import Scene


def is_refreshable(scene: Scene, tokens: dict[str, str]) -> bool:
    return scene.program.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.spec("RFC 7009", "2.1")
def test_revoked_access_token_ends_alone(scene):
    tokens, sister = scene.tokens(), scene.tokens()
    assert scene.program.revoke(tokens["access_token"]).status_code == 200
    assert scene.program.revoke(tokens["access_token"]).status_code == 200
    assert not scene.is_active(tokens["access_token"])
    assert scene.is_active(sister["access_token"])
    renewed = scene.program.refresh(tokens["refresh_token"]).json()
    assert scene.is_active(renewed["access_token"])
    assert scene.events("token.revoked") == 1
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    with transaction_of(scene.place.tenant):
        assert DeniedToken.objects.get().expires_at.timestamp() == claims["exp"]


@pytest.mark.spec("RFC 7009", "2.1")
@pytest.mark.parametrize("which", ["newest", "replaced"])
def test_any_refresh_token_ends_its_family(scene, which):
    first, sister = scene.tokens(), scene.tokens()
    second = scene.program.refresh(first["refresh_token"]).json()
    token = second if which == "newest" else first
    assert scene.program.revoke(token["refresh_token"]).status_code == 200
    for tokens in (first, second):
        assert not scene.is_active(tokens["access_token"])
        assert not is_refreshable(scene, tokens)
    assert is_refreshable(scene, sister)
    assert scene.events("token.revoked") == 1


@pytest.mark.spec("RFC 7009", "2.2")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_another_client_revokes_nothing(scene, kind):
    tokens, other = scene.tokens(), register(scene.place)
    assert other.revoke(tokens[kind]).status_code == 200
    assert scene.is_active(tokens["access_token"])
    assert is_refreshable(scene, tokens)
    assert scene.events("token.revoked") == 0


@pytest.mark.spec("RFC 7009", "2.2")
@pytest.mark.parametrize("token", ["rt_unknown", "a.b.c", "..", "x", "ac_unknown", "é"])
def test_revoking_nothing_is_answered_alike(scene, token):
    answer = scene.program.revoke(token)
    assert (answer.status_code, answer.content) == (200, b"")
    assert scene.count("SELECT count(*) FROM grants_deniedtoken") == 0


def test_ended_grant_ends_all_that_was_issued_on_it(scene):
    grant = scene.grant()
    code, verifier = scene.code(grant), scene.program.verifier
    issued = [scene.tokens(grant), scene.tokens(grant)]
    issued.append(scene.program.refresh(issued[1]["refresh_token"]).json())
    with transaction_of(scene.place.tenant):
        assert revoke_grant(grant, actor_id=None, reason="a test") is True
        assert revoke_grant(grant, actor_id=None, reason="again") is False
    for tokens in issued:
        assert not scene.is_active(tokens["access_token"])
        assert not is_refreshable(scene, tokens)
    scene.program.verifier = verifier
    assert scene.program.redeem(code).status_code == 400
    assert scene.events("grant.revoked") == 1


def test_new_yes_after_an_end_starts_afresh(scene):
    tokens = scene.tokens()
    scene.run("UPDATE grants_grant SET revoked_at = now()")
    again = scene.tokens()
    assert scene.is_active(again["access_token"])
    assert not scene.is_active(tokens["access_token"])
    assert scene.count("SELECT count(*) FROM grants_grant") == 2


def test_shut_account_ends_every_connection_at_once(scene):
    """Decision 23."""
    tokens = scene.tokens()
    with transaction_of(scene.place.tenant):
        assert deactivate_user(scene.user, actor_id=None, reason="left", origin=NOWHERE) is True
        assert deactivate_user(scene.user, actor_id=None, reason="left", origin=NOWHERE) is False
    assert not scene.is_active(tokens["access_token"])
    assert not is_refreshable(scene, tokens)
    scene.run("UPDATE users_user SET is_active = true")
    assert not scene.is_active(tokens["access_token"]), "a new beginning brings nothing back"
    assert not is_refreshable(scene, tokens)


@pytest.mark.parametrize("theft", [True, False])
def test_password_reset_after_a_theft_warning_ends_every_connection(tenant, person, program, theft):
    """Decision 23; a plain reset ends none."""
    tokens = program.connect(person)
    other = register(tenant).connect(person)
    if theft:
        second = program.refresh(tokens["refresh_token"]).json()
        program.refresh(second["refresh_token"])
        assert program.refresh(tokens["refresh_token"]).status_code == 400
    reset_password(person)
    assert introspect(tenant, other["access_token"])["active"] is not theft


def reset_password(person: Person) -> None:
    stranger = Person(person.place, person.user, open_web())
    page = stranger.browser.get(f"{person.place.issuer}/account/password/reset/")
    stranger.submit(page, email=person.user.email)
    sent = Path(settings.EMAIL_FILE_PATH).read_text(encoding="utf-8")
    link = re.findall(rf"{re.escape(person.place.issuer)}/account/password/reset/key/\S+", sent)[-1]
    page = stranger.follow(stranger.browser.get(link))
    done = stranger.submit(page, password1="another long password", password2="another long password")
    assert done.status_code == 200, done.text


@pytest.mark.spec("RFC 7662", "4")
def test_only_the_server_it_is_for_learns_of_a_token(scene):
    """Decision 12."""
    tokens = scene.tokens()
    with transaction_of(scene.place.tenant):
        ResourceServer.objects.create(
            slug="b",
            name="B",
            resource="https://b.example/mcp",
            client_id="rs_b",
            secret_digests=[secret_digest("b")],
        )
    forget(scene.place.tenant)
    ask = {"data": {"token": tokens["access_token"]}, "auth": ("rs_b", "b")}
    assert open_web().post(f"{scene.place.issuer}/introspect", **ask).json() == {"active": False}
    assert scene.is_active(tokens["access_token"])


@pytest.mark.parametrize(
    "change",
    [
        "users_user SET is_active = false",
        "clients_client SET status = 'suspended'",
        "resources_resourceserver SET is_active = false",
    ],
)
def test_token_of_the_inactive_is_inactive(scene, change):
    tokens = scene.tokens()
    scene.run(f"UPDATE {change}")
    answer = open_web().post(
        f"{scene.place.issuer}/introspect",
        data={"token": tokens["access_token"]},
        auth=scene.place.server_auth,
    )
    assert answer.status_code == 401 or answer.json() == {"active": False}


def test_refresh_token_and_code_are_not_introspected(scene):
    tokens = scene.tokens()
    for token in (tokens["refresh_token"], scene.code(), "x", "a.b.c"):
        assert not scene.is_active(token)


def test_tombstones_stay_until_their_familys_end(scene):
    """Section 4: a spent code and a replaced token are recognised for as long as their family could live."""
    code = scene.code()
    tokens = scene.program.redeem(code).json()
    scene.program.refresh(tokens["refresh_token"])
    scene.run("UPDATE grants_authorizationcode SET expires_at = now() - interval '80 days'")
    with acting_as(scene.place.tenant):
        assert not any(remove_expired().values())
    scene.run("UPDATE grants_tokenfamily SET expires_at = now() - interval '23 hours'")
    with acting_as(scene.place.tenant):
        assert not any(remove_expired().values())
    scene.run("UPDATE grants_tokenfamily SET expires_at = now() - interval '25 hours'")
    with acting_as(scene.place.tenant):
        assert remove_expired()["grants_tokenfamily"] == 1
    for table in ("grants_refreshtoken", "grants_authorizationcode", "grants_tokenfamily"):
        assert scene.count(f"SELECT count(*) FROM {table}") == 0
    with transaction_of(scene.place.tenant):
        assert Grant.objects.count() == 1


def test_code_nobody_redeemed_goes_a_day_after_its_end(scene):
    scene.code()
    for hours, left in ((23, 1), (25, 0)):
        scene.run(
            "UPDATE grants_authorizationcode SET expires_at = %s", timezone.now() - timedelta(hours=hours)
        )
        with acting_as(scene.place.tenant):
            remove_expired()
        assert scene.count("SELECT count(*) FROM grants_authorizationcode") == left


def test_cleaning_works_in_batches_with_a_budget(scene):
    fill = "INSERT INTO grants_deniedtoken (id, jti, expires_at) SELECT gen_random_uuid(), n::text, now() - interval '1 minute' FROM generate_series(1, 2500) n"
    scene.run(fill)
    with acting_as(scene.place.tenant):
        assert remove_expired(batches=1)["grants_deniedtoken"] == 1000
        assert remove_expired()["grants_deniedtoken"] == 1500


def test_two_people_of_one_program_are_two(scene):
    tokens = scene.tokens()
    other = make_person(scene.place)
    theirs = scene.program.connect(other)
    scene.run("UPDATE grants_grant SET revoked_at = now() WHERE user_id = %s", scene.user.id)
    assert not scene.is_active(tokens["access_token"])
    assert scene.is_active(theirs["access_token"])
