"""From a `client_id` on the wire to the client it names in this tenant."""

from portal.clients.locate import MAX_LENGTH
from portal.clients.models import Client
from tenants.cache import remember
from tenants.current import transaction_of
from tenants.models import Tenant


def find_client(tenant: Tenant, client_id: str) -> Client | None:
    """The client, or None for unknown, foreign and suspended ones alike. Good enough to check a secret, not to grant:
    the SQL functions read again whether it is active."""
    if not client_id or len(client_id) > MAX_LENGTH or not client_id.isprintable():
        return None
    client = remember(tenant, ("client", client_id), lambda: _load(tenant, client_id))
    return client if client is not None and client.is_active else None


def _load(tenant: Tenant, client_id: str) -> Client | None:
    with transaction_of(tenant):
        return Client.objects.filter(client_id=client_id).first()
