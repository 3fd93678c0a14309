"""How far a client may reach: what it may be asked for at all, before any user is asked."""

from collections.abc import Iterator

from portal.resources.catalog import Server, catalog
from portal.resources.models import Scope
from portal.resources.scopes import IDENTITY, covers
from tenants.models import Tenant


def unapproved_ceiling(tenant: Tenant) -> tuple[str, ...]:
    """Decision 9: what clients may have that nobody approved. By default everything but what destroys."""
    if tenant.unapproved_ceiling:
        return (*IDENTITY, *tenant.unapproved_ceiling)
    return (*IDENTITY, *(name for server in catalog(tenant) for name in _harmless(server)))


def _harmless(server: Server) -> Iterator[str]:
    """Neither what destroys, nor a wildcard above it."""
    destructive = [scope.name for scope in server.scopes if scope.tier == Scope.Tier.DESTRUCTIVE]
    return (name for name in server.names if not any(covers(name, other) for other in destructive))
