"""RFC 6749 §2.3: a client proves who it is, by the one method it is registered for (decision 22)."""

from portal.clients.models import Client
from portal.clients.resolve import find_client
from tenants.models import Tenant
from tenants.refusal import Refusal
from tenants.seal import secret_matches


def authenticate_client(tenant: Tenant, *, client_id: str, secret: str | None, method: str) -> Client:
    """`method` is how the request proves: none, client_secret_basic or client_secret_post. Raises Refusal invalid_client.

    Unknown clients cost what known ones do, and every failure reads the same.
    """
    client = find_client(tenant, client_id)
    matches = secret_matches(secret or "", client.secret_digests if client else [])
    if client is None:
        raise _refusal("unknown client")
    if client.token_endpoint_auth_method != method:
        raise _refusal(f"registered for {client.token_endpoint_auth_method}, used {method}")
    if method != "none" and not (secret and matches):
        raise _refusal("wrong secret")
    return client


def _refusal(reason: str) -> Refusal:
    description = "The client is not known here, or did not authenticate as it is registered to. Register again, or check its secret and method."
    return Refusal("invalid_client", description, status=401, reason=reason)
