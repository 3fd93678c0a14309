"""RFC 6749 §4.4: a token for a client itself."""

import secrets

from portal.audit.record import Origin
from portal.clients.models import Client
from portal.grants import mint
from portal.grants.answer import Tokens
from portal.resources import scopes
from portal.resources.catalog import find_server
from tenants.models import Tenant
from tenants.refusal import Refusal
from tenants.statement import call_function


def issue_to_client(
    tenant: Tenant, client: Client, *, resource: str | None, scope: str | None, origin: Origin
) -> Tokens:
    """One statement, which records it. Raises Refusal."""
    server = find_server(tenant, resource)
    wanted = _wanted(client, scope, catalog=server.names)
    granted = mint.token_scope(tenant, resource=server.resource, held=wanted)
    jti = secrets.token_hex(16)
    # RFC 9068 §2.2: without a resource owner, sub is the client.
    access, seconds = mint.access_token(
        tenant, client, sub=client.client_id, scope=granted, resource=server.resource, jti=jti
    )
    state = call_function(
        "SELECT issue_token(%s, %s, %s, %s, %s, %s, %s::text::inet) AS outcome",
        [tenant.id, client.id, client.client_id, " ".join(granted), server.resource, jti, origin.ip],
    )
    if state.outcome != "ok":
        raise Refusal(
            "invalid_client",
            "The client is not active here.",
            status=401,
            reason="client inactive",
            recorded=True,
        )
    return Tokens(access, seconds, granted)


def _wanted(client: Client, parameter: str | None, *, catalog: tuple[str, ...]) -> tuple[str, ...]:
    """What the client asks, within what it is registered for. Nothing named: all it is registered for."""
    allowed = client.scope.split()
    if not parameter:
        return scopes.narrow(allowed, catalog)
    try:
        wanted = scopes.parse(parameter)
    except scopes.InvalidScope as error:
        raise Refusal("invalid_scope", str(error)) from error
    beyond = [*scopes.unknown(wanted, catalog), *scopes.missing(allowed, wanted)]
    if beyond:
        raise Refusal(
            "invalid_scope",
            f"Not among this client's scopes at this resource: {' '.join(sorted(set(beyond)))}.",
        )
    return wanted
