"""What a client may be given, whoever asks for it: an admin's choice, which holds from the moment that it is made."""

from collections.abc import Iterable

from portal.clients.models import Client
from portal.resources import scopes
from portal.resources.catalog import Server
from portal.resources.ceiling import unapproved_ceiling
from tenants.models import Tenant


def within_ceiling(tenant: Tenant, client: Client, server: Server, wanted: Iterable[str]) -> tuple[str, ...]:
    """Decisions 9 and 13: what an approved client was given, or what the tenant lets clients have that nobody approved."""
    given = tuple(client.scope.split()) or server.names
    ceiling = (*given, *scopes.IDENTITY) if client.is_approved else unapproved_ceiling(tenant)
    wanted = tuple(wanted)
    # A ceiling lists the scopes of all servers; what is another one's is not to be had here.
    here = {*wanted, *server.names}
    return tuple(scope for scope in scopes.narrow(wanted, ceiling) if scope in here)
