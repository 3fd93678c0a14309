"""Races decided slowly: one side stands still in the middle of its transaction, and the other must wait or step around.

What a crowd meets by chance in a few rounds of a hundred happens here each time.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection

from portal.audit.record import NOWHERE
from portal.grants.deactivate import deactivate_user
from portal.grants.models import Grant, TokenFamily
from portal.grants.revoke import revoke_grant, revoke_token
from tenants.current import transaction_of
from tests.database import as_web
from tests.processes import wait_until
from tests.races import deeds
from tests.scene import Scene, set_scene


@pytest.fixture
def scene() -> Scene:
    return set_scene()


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    """The other side: a thread, with a connection of its own."""
    with ThreadPoolExecutor(1) as thread:
        yield thread
        thread.submit(_disconnect).result()


def _disconnect() -> None:
    connection.close()  # asked for here: each thread has its own


def waits_for_a_lock(deed: Future) -> bool:
    """Whether PostgreSQL makes it wait; False if it ended instead."""
    with as_web() as raw:  # a role sees what its own connections wait for
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

        def seen() -> bool:
            raw.commit()  # the view is a snapshot of its transaction's
            return raw.execute(waiting).fetchone() != (0,)

        return wait_until(lambda: deed.done() or seen(), 10) and not deed.done()


def by_client(scene: Scene, tokens: dict[str, str]) -> None:
    revoke_token(scene.place.tenant, scene.client, tokens["refresh_token"])


def by_person(scene: Scene, tokens: dict[str, str]) -> None:
    assert revoke_grant(Grant.objects.get(), actor_id=None, reason="a race")


def by_shutting_the_account(scene: Scene, tokens: dict[str, str]) -> None:
    assert deactivate_user(scene.user, actor_id=None, reason="a race", origin=NOWHERE)


Ending = Callable[[Scene, dict[str, str]], None]


@pytest.mark.parametrize(
    "ending", [by_client, by_person, by_shutting_the_account], ids=lambda ending: ending.__name__
)
def test_refresh_waits_for_an_ending_and_then_finds_it(scene, other, ending: Ending):
    tokens = scene.tokens()
    with transaction_of(scene.place.tenant):
        ending(scene, tokens)
        refresh = other.submit(scene.program.refresh, tokens["refresh_token"])
        assert waits_for_a_lock(refresh)
    assert refresh.result(10).status_code == 400
    assert scene.events("token.refreshed") == 0


@pytest.mark.parametrize("ending", [by_person, by_shutting_the_account], ids=lambda ending: ending.__name__)
def test_redeeming_waits_for_an_ending_and_then_finds_it(scene, other, ending: Ending):
    code = scene.code()
    with transaction_of(scene.place.tenant):
        ending(scene, {})
        redeeming = other.submit(scene.program.redeem, code)
        assert waits_for_a_lock(redeeming)
    assert redeeming.result(10).status_code == 400
    with transaction_of(scene.place.tenant):
        assert TokenFamily.objects.count() == 0


def test_ending_waits_for_a_refresh_and_ends_what_it_made(scene, other):
    tokens = scene.tokens()
    family = scene.family()
    with transaction_of(scene.place.tenant):
        TokenFamily.objects.select_for_update().get(id=family.id)  # as a refresh does first
        ending = other.submit(scene.program.revoke, tokens["refresh_token"])
        assert waits_for_a_lock(ending)
        renewed = scene.program.refresh(tokens["refresh_token"]).json()
    assert ending.result(10).status_code == 200
    assert not scene.is_active(renewed["access_token"])
    assert scene.program.refresh(renewed["refresh_token"]).status_code == 400


def test_one_connection_waits_for_no_other(scene, other):
    """Locks are a family's: while one is held, another of the same grant is refreshed."""
    grant = scene.grant()
    held, free = scene.tokens(grant), scene.tokens(grant)
    with transaction_of(scene.place.tenant):
        TokenFamily.objects.select_for_update().get(id=_family_of(scene, held))
        refresh = other.submit(scene.program.refresh, free["refresh_token"])
        assert refresh.result(10).status_code == 200


def _family_of(scene: Scene, tokens: dict[str, str]) -> object:
    from tests.programs import introspect

    return introspect(scene.place, tokens["access_token"])["family_id"]


def test_cleaning_steps_around_what_is_in_use(scene, other):
    scene.tokens(), scene.tokens()
    scene.run("UPDATE grants_tokenfamily SET expires_at = now() - interval '3 days'")
    family = scene.family()
    with transaction_of(scene.place.tenant):
        TokenFamily.objects.select_for_update().get(id=family.id)
        cleaning = other.submit(deeds.clean, tenant_id=scene.place.tenant.id)
        assert cleaning.result(10)["grants_tokenfamily"] == 1
        assert [each.id for each in TokenFamily.objects.all()] == [family.id]
    assert other.submit(deeds.clean, tenant_id=scene.place.tenant.id).result(10)["grants_tokenfamily"] == 1


def test_second_click_waits_for_the_first(tenant, other, person, program):
    """The decision's page holds the session's row until its answer is kept."""
    from django.contrib.sessions.models import Session

    page = person.sign_in(program.ask())
    with transaction_of(tenant.tenant):
        assert list(Session.objects.select_for_update())
        click = other.submit(person.submit, page, decision="allow")
        assert waits_for_a_lock(click)
    assert "code=" in click.result(10).headers["location"]
