"""Where a request's tenant is found: by host, and by `/t/<slug>` at the start of the path.

Nothing else decides: no header but Host is read, and an issuer is never made from a request.
"""

import re
from typing import NamedTuple

from django.db import connection

from tenants.cache import remember
from tenants.models import Tenant

_PATH_MOUNT = re.compile(r"/t/[a-z0-9][a-z0-9_-]*(?=/|$)")
_HOST = re.compile(r"[a-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9a-f:.]+\](:[0-9]{1,5})?")


class Mount(NamedTuple):
    tenant: Tenant
    prefix: str
    path: str
    """The path below the issuer, beginning with a slash."""


def find_mount(*, host: str, path: str) -> Mount | None:
    """The tenant that stands at this host and path, or None where none does (unknown, or suspended)."""
    host = host.lower()
    if not _HOST.fullmatch(host):
        return None
    host = host.removesuffix(":443").removesuffix(":80")
    match = _PATH_MOUNT.match(path)
    prefix = match[0] if match else ""
    tenant = find_tenant(host + prefix)
    if tenant is None or not tenant.is_active:
        return None
    return Mount(tenant, prefix, path[len(prefix) :] or "/")


def find_tenant(mount: str) -> Tenant | None:
    """The tenant whose issuer, without its scheme, is `mount`."""
    return remember(None, mount, lambda: _load(mount))


def _load(mount: str) -> Tenant | None:
    # `tenant_at` passes over row security for this one question: no tenant is set yet.
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenant_at(%s)", [mount])
        row = cursor.fetchone()
        if row is None or row[0] is None:
            return None
        found = dict(zip((column.name for column in cursor.description or ()), row, strict=True))
    # A column that a later migration added stands last in the table, wherever the model has it.
    names = [field.attname for field in Tenant._meta.concrete_fields]  # noqa: SLF001 (Django documents it)
    return Tenant.from_db(connection.alias, names, [found[name] for name in names])
