"""What is remembered is known to be current: changes are heard, and where nothing is heard nothing old is trusted."""

import os
import signal

import psycopg
import pytest

from tenants import cache
from tenants.cache import remember
from tenants.current import transaction_of
from tenants.models import Tenant
from tests.hearing import catch_up
from tests.processes import wait_until


@pytest.fixture
def listened(tenant):
    """A tenant whose name is remembered, by a process that has heard its own call."""
    catch_up()
    return tenant.tenant


@pytest.fixture
def patient(monkeypatch):
    """On a machine so busy that echoes are late, nothing would be kept: that is another test's business."""
    monkeypatch.setattr(cache, "TRUSTED_SECONDS", 60)


def name_of(tenant):
    def load():
        with transaction_of(tenant):
            return Tenant.objects.get(id=tenant.id).name

    return remember(tenant, "name", load)


def rename(tenant, name):
    """As another process would: this one is told by the database alone."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        connection.execute("UPDATE tenants_tenant SET name = %s WHERE id = %s", [name, tenant.id])


def test_keeps_what_was_loaded(listened, patient):
    calls = []
    catch_up()
    for _ in range(3):
        remember(listened, "once", lambda: calls.append(1) or "value")
    assert len(calls) == 1


def test_keeps_nothing_for_none(listened):
    calls = []
    for _ in range(3):
        remember(listened, "nothing", lambda: calls.append(1))
    assert len(calls) == 3


def test_hears_of_a_change_within_a_second(listened):
    name_of(listened)
    rename(listened, "Renamed")
    assert wait_until(lambda: name_of(listened) == "Renamed", seconds=1)


def test_one_tenants_change_leaves_the_others_remembered(listened, other, patient):
    calls = []
    catch_up()
    remember(other.tenant, "kept", lambda: calls.append(1) or "value")
    rename(listened, "Renamed")
    assert wait_until(lambda: name_of(listened) == "Renamed", seconds=2)
    remember(other.tenant, "kept", lambda: calls.append(1) or "value")
    assert len(calls) == 1


def test_trusts_nothing_old_while_nothing_is_heard(listened):
    """The listener's backend is stopped, as behind a connection that is half open: no error ever comes."""
    name_of(listened)
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%'").fetchall()
    pids = [pid for (pid,) in rows]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        rename(listened, "Unheard")
        assert wait_until(lambda: name_of(listened) == "Unheard", seconds=4)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
