"""What a process remembers of a tenant: forgotten within a second of a change, wherever that was made, and not before."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.clients.models import Client
from portal.clients.resolve import find_client
from portal.keys.rotate import create_key
from portal.keys.sign import keyring
from portal.resources.catalog import catalog
from tenants import cache
from tenants.current import transaction_of
from tenants.models import ROOT_ID, Tenant
from tenants.mount import find_tenant
from tests.database import as_owner
from tests.hearing import catch_up
from tests.places import open_place
from tests.processes import wait_until
from tests.programs import open_web, register


@pytest.fixture(autouse=True)
def listening():
    catch_up()


@pytest.fixture
def patient(monkeypatch):
    """On a machine so busy that echoes are late, nothing would be kept: that is another test's business."""
    monkeypatch.setattr(cache, "TRUSTED_SECONDS", 60)


def elsewhere(tenant: Tenant, sql: str, *params: object) -> None:
    """A change that another process makes."""
    with as_owner(tenant) as connection:
        connection.execute(sql, params)


def test_change_elsewhere_is_known_within_a_second(tenant, program):
    find = lambda: find_client(tenant.tenant, program.client_id)  # noqa: E731
    assert find().client_name == "A program"
    elsewhere(tenant.tenant, "UPDATE clients_client SET client_name = 'Renamed'")
    assert wait_until(lambda: find().client_name == "Renamed", 1)
    elsewhere(tenant.tenant, "UPDATE clients_client SET status = 'suspended'")
    assert wait_until(lambda: find() is None, 1)


def test_suspended_tenant_is_gone_within_a_second(tenant):
    web = open_web()
    assert web.get(f"{tenant.issuer}/jwks").status_code == 200
    elsewhere(tenant.tenant, "UPDATE tenants_tenant SET status = 'suspended' WHERE id = %s", tenant.tenant.id)
    assert wait_until(lambda: web.get(f"{tenant.issuer}/jwks").status_code == 404, 1)


def test_new_key_and_new_scope_are_known_within_a_second(tenant):
    web = open_web()
    keys = lambda: web.get(f"{tenant.issuer}/jwks").json()["keys"]  # noqa: E731
    before = len(keys())
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_rotate, tenant.tenant).result()
    assert wait_until(lambda: len(keys()) == before + 1, 1)
    elsewhere(tenant.tenant, "DELETE FROM resources_scope WHERE name = 'mcp:tools:weather'")
    metadata = f"{tenant.issuer}/.well-known/openid-configuration"
    assert wait_until(lambda: "mcp:tools:weather" not in web.get(metadata).json()["scopes_supported"], 1)


def _rotate(tenant: Tenant) -> None:
    from django.db import connection

    with transaction_of(tenant):
        create_key(alg="ES256")
    connection.close()


def test_unknown_names_are_not_remembered(tenant):
    """They come from outside: whoever asks for many must fill no memory, and a new one is known at once."""
    for number in range(20):
        assert find_client(tenant.tenant, f"c_{number}") is None
        assert find_tenant(f"nobody{number}.example") is None
    with transaction_of(tenant.tenant):
        Client.objects.create(client_id="c_7", client_name="New")
    assert find_client(tenant.tenant, "c_7").client_name == "New"
    remembered = cache._watch.shelves[tenant.tenant.id].entries
    assert not [key for key in remembered if key == ("client", "c_8")]


def test_registration_makes_nobody_forget_the_keys(tenant, other, patient):
    """Anybody may register clients, at any rate: opening keys again each time would be theirs to spend."""
    catch_up()
    keys, servers = keyring(tenant.tenant), catalog(tenant.tenant)
    keyring(other.tenant)
    register(tenant)
    elsewhere(other.tenant, "UPDATE tenants_tenant SET accent = '#000000' WHERE id = %s", other.tenant.id)
    assert wait_until(lambda: other.tenant.id not in cache._watch.shelves, 1), "what came after was heard"
    assert keyring(tenant.tenant) is keys
    assert catalog(tenant.tenant) is servers


def test_change_of_one_tenant_leaves_the_others(tenant, other, patient):
    catch_up()
    keys = keyring(other.tenant)
    keyring(tenant.tenant)
    elsewhere(
        tenant.tenant, "UPDATE clients_client SET client_name = 'x'; UPDATE resources_scope SET title = 'x'"
    )
    assert wait_until(lambda: tenant.tenant.id not in cache._watch.shelves, 1)
    assert keyring(other.tenant) is keys


def test_opening_a_tenant_is_known_at_once(tenant):
    place = open_place()
    assert open_web().get(f"{place.issuer}/jwks").status_code == 200
    with transaction_of(Tenant(id=ROOT_ID)):
        Tenant.objects.filter(id=place.tenant.id).update(
            issuer="https://moved.example", mount=f"{place.tenant.slug}.example"
        )
    assert wait_until(lambda: open_web().get(f"{place.issuer}/jwks").status_code == 404, 1)


def test_without_listening_nothing_older_than_a_second_is_trusted(tenant, program, monkeypatch):
    """The connection that listens can be lost: then time decides."""
    monkeypatch.setattr(cache, "_watch", cache._Watch())
    monkeypatch.setattr(cache._watch, "start", lambda: None)
    assert find_client(tenant.tenant, program.client_id).client_name == "A program"
    elsewhere(tenant.tenant, "UPDATE clients_client SET client_name = 'Renamed'")
    began = time.monotonic()
    assert wait_until(lambda: find_client(tenant.tenant, program.client_id).client_name == "Renamed", 3)
    assert time.monotonic() - began < 1.5
