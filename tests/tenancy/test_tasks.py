"""A task belongs to the tenant that was current when it was sent, through the broker and back."""

import subprocess
import sys
from uuid import UUID

import pytest

from portal.clients.models import Client
from portal.grants.tasks import remove_expired_everywhere
from tenants.current import NoTenantError, acting_as, current_tenant, current_tenant_or_none, transaction_of
from tenants.tasks import every_tenant
from tests.database import as_owner, column
from tests.processes import wait_until
from tests.tenancy.errands import fail, make_client, make_client_at_second_try


def clients(tenant) -> list[str]:
    with transaction_of(tenant.tenant):
        return list(Client.objects.values_list("client_name", flat=True).order_by("client_name"))


@pytest.fixture
def worker(tmp_path):
    """A worker as `make demo` starts one."""
    log = tmp_path / "worker.log"
    command = [
        "-m",
        "celery",
        "-A",
        "portal.celery",
        "worker",
        "--pool",
        "solo",
        "--include",
        "tests.tenancy.errands",
    ]
    with log.open("wb") as stream:
        process = subprocess.Popen([sys.executable, *command], stdout=stream, stderr=subprocess.STDOUT)
    yield log
    process.terminate()
    process.wait(30)


@pytest.mark.filterwarnings("ignore:list_queues:UserWarning")  # the broker's own, about its next version
def test_task_runs_as_the_tenant_that_sent_it(tenant, other, worker):
    """Through the real broker, by a real worker."""
    for place, name in ((tenant, "ours"), (other, "theirs"), (tenant, "ours too")):
        with acting_as(place.tenant):
            make_client.delay(name)
    with transaction_of(other.tenant):
        make_client_at_second_try.delay("theirs too")
    assert wait_until(lambda: len(clients(tenant)) == 2 and len(clients(other)) == 2), worker.read_text()
    assert clients(tenant) == ["ours", "ours too"]
    assert clients(other) == ["theirs", "theirs too"]


def test_task_sees_its_tenant_whole(tenant):
    """Not an empty shell with an id: issuer and policy are there."""
    with acting_as(tenant.tenant):
        make_client.apply(args=["x"], headers=sent_by(tenant)).get()
    with transaction_of(tenant.tenant):
        assert Client.objects.get().metadata == {"issuer": tenant.issuer}


def sent_by(place) -> dict[str, str]:
    return {"tenant": str(place.tenant.id)}


def test_task_without_a_tenant_fails_and_writes_nothing(tenant):
    result = make_client.apply(args=["nobody's"])
    assert result.failed()
    assert "without a tenant" in str(result.result)
    assert clients(tenant) == []


def test_task_for_an_unknown_tenant_fails(tenant):
    result = make_client.apply(args=["nobody's"], headers={"tenant": "00000000-0000-4000-8000-00000000dead"})
    assert result.failed()


def test_failed_task_leaves_nothing_behind(tenant):
    assert fail.apply(args=["half"], headers=sent_by(tenant)).failed()
    assert clients(tenant) == []
    assert current_tenant_or_none() is None


def test_task_leaves_its_tenant_when_it_ends(tenant, other):
    with transaction_of(other.tenant):
        ran_as = make_client.apply(args=["x"], headers=sent_by(tenant)).get()
        assert UUID(ran_as) == tenant.tenant.id
        assert current_tenant() == other.tenant
        Client.objects.create(client_name="y")
    assert clients(other) == ["y"]
    with pytest.raises(NoTenantError):
        Client.objects.count()


def test_job_over_all_visits_each_alone(tenant, other):
    ids = {each.id for each in every_tenant()}
    assert {tenant.tenant.id, other.tenant.id} <= ids
    for place in (tenant, other):
        with as_owner(place.tenant) as connection:
            connection.execute(
                "INSERT INTO grants_deniedtoken (id, jti, expires_at) VALUES (gen_random_uuid(), 'x', now() - interval '1 day')"
            )
    removed = remove_expired_everywhere()
    for place in (tenant, other):
        assert removed[place.tenant.slug] == {"grants_deniedtoken": 1}
        with as_owner(place.tenant) as connection:
            assert column(connection, "SELECT count(*) FROM grants_deniedtoken") == [0]
