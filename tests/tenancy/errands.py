"""Tasks for a worker to run: what a tenant's task looks like."""

from portal.celery import app
from portal.clients.models import Client
from tenants.current import current_tenant
from tenants.tasks import TenantTask


@app.task(base=TenantTask, name="tests.make_client")
def make_client(name: str) -> str:
    Client.objects.create(client_name=name, metadata={"issuer": current_tenant().issuer})
    return str(current_tenant().id)


@app.task(base=TenantTask, name="tests.make_client_at_second_try", bind=True, max_retries=1)
def make_client_at_second_try(self: TenantTask, name: str) -> None:
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    make_client.run(name)


@app.task(base=TenantTask, name="tests.fail")
def fail(name: str) -> None:
    Client.objects.create(client_name=name)
    raise RuntimeError("after it wrote")
