"""Opening a tenant: its row, its signing keys and the first line of its audit trail, in one transaction or not at all."""

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError

from portal.audit.events import Event
from portal.audit.record import NOWHERE, Origin, record
from portal.keys.rotate import ALGORITHMS, create_key
from tenants.current import transaction_of
from tenants.models import ROOT_ID, Tenant, mount_of

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")


def open_tenant(
    *,
    slug: str,
    name: str,
    issuer: str,
    actor_id: UUID | None = None,
    origin: Origin = NOWHERE,
    **settings: Any,
) -> Tenant:
    """Make a tenant, as the root tenant does; with `id=ROOT_ID`, the root tenant itself. Raises ValidationError."""
    tenant = Tenant(slug=slug, name=name, issuer=issuer, mount=mount_of(issuer), **settings)
    with transaction_of(Tenant(id=ROOT_ID)):
        check_place(tenant)
        tenant.full_clean()
        tenant.save(force_insert=True)
        if not tenant.is_root:
            record(
                Event.TENANT_CREATED, user_id=actor_id, origin=origin, data={"slug": slug, "issuer": issuer}
            )
        with transaction_of(tenant):
            for alg in ALGORITHMS:
                create_key(alg=alg)
            # The operator is nobody in the new tenant, so its own trail names no user.
            record(Event.TENANT_CREATED, data={"slug": slug, "issuer": issuer})
    return tenant


def check_place(tenant: Tenant) -> None:
    """Refuse an issuer at which no request would ever find the tenant (`tenants.mount` knows a host, and `/t/<slug>`)."""
    if not _SLUG.fullmatch(tenant.slug):
        raise ValidationError({"slug": "Write small letters, digits, dashes and underscores."})
    if urlsplit(tenant.issuer).netloc != urlsplit(tenant.issuer).netloc.lower():
        # Clients lower-case a host before they compare it with what metadata and tokens say.
        raise ValidationError({"issuer": "Write its host in small letters."})
    if urlsplit(tenant.issuer).path not in {"", f"/t/{tenant.slug}"} or (tenant.is_root and tenant.prefix):
        raise ValidationError(
            {"issuer": f"It stands at a host of its own, or at /t/{tenant.slug}: write no other path."}
        )
