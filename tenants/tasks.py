"""Tasks that carry their tenant: its id travels in the message's headers, and the task runs in its transaction."""

from typing import Any
from uuid import UUID

from celery import Task

from tenants.current import acting_as, current_tenant_or_none, transaction_of
from tenants.models import ROOT_ID, Tenant


class TenantTask(Task):  # type: ignore[type-arg] # celery's Task is generic for type checkers only
    """A task for the tenant that was current when it was sent; it runs as one transaction of that tenant."""

    abstract = True

    def apply_async(self, args: Any = None, kwargs: Any = None, *rest: Any, **options: Any) -> Any:
        tenant = current_tenant_or_none()
        if tenant is not None:
            options["headers"] = {**(options.get("headers") or {}), "tenant": str(tenant.id)}
        return super().apply_async(args, kwargs, *rest, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        tenant_id = (self.request.headers or {}).get("tenant") or getattr(self.request, "tenant", None)
        if tenant_id is None:
            raise RuntimeError(f"{self.name} was sent without a tenant")
        with transaction_of(Tenant(id=UUID(str(tenant_id)))):
            tenant = Tenant.objects.get(id=tenant_id)
            with acting_as(tenant):
                return super().__call__(*args, **kwargs)


def every_tenant() -> list[Tenant]:
    """All tenants, for jobs that visit them one by one. Asked as the root tenant, which alone may see the list."""
    with transaction_of(Tenant(id=ROOT_ID)):
        return list(Tenant.objects.order_by("slug"))
