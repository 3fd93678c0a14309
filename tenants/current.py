"""The current tenant: in Python a context variable, in PostgreSQL the setting `app.tenant`.

The setting is local to a transaction, always: a session setting leaks through a pooler in transaction mode.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from tenants.models import Tenant

_current: ContextVar["Tenant | None"] = ContextVar("current_tenant", default=None)


class NoTenantError(RuntimeError):
    """Tenant-owned data was asked for while no tenant was set."""


def current_tenant() -> "Tenant":
    tenant = _current.get()
    if tenant is None:
        raise NoTenantError("No tenant is set: wrap this in tenants.current.transaction_of(tenant).")
    return tenant


def current_tenant_or_none() -> "Tenant | None":
    return _current.get()


@contextmanager
def acting_as(tenant: "Tenant") -> Iterator[None]:
    """Name the tenant for Python alone; the database is told by `transaction_of` or by a function's argument."""
    token = _current.set(tenant)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def transaction_of(tenant: "Tenant") -> Iterator[None]:
    """One transaction in which the rows of this tenant, and of no other, exist. Nests: the outer tenant comes back."""
    outer = _setting() if connection.in_atomic_block else ""
    with acting_as(tenant), transaction.atomic():
        _set(str(tenant.id))
        yield
        # After an exception the rolled back savepoint restores the setting; after a commit there is nothing left of it.
        if outer:
            _set(outer)


def _setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.tenant', true), '')")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [value])
