"""How far a client may reach: what it may be asked for at all, before any user is asked."""

from portal.resources.catalog import catalog
from portal.resources.models import Scope
from portal.resources.scopes import IDENTITY
from tenants.models import Tenant


def unapproved_ceiling(tenant: Tenant) -> tuple[str, ...]:
    """Decision 9: what clients may have that nobody approved. By default everything but what destroys."""
    listed = (scope for server in catalog(tenant) for scope in server.scopes)
    harmless = (scope.name for scope in listed if scope.tier != Scope.Tier.DESTRUCTIVE)
    return (*IDENTITY, *(tenant.unapproved_ceiling or harmless))
