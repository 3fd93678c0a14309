"""RFC 7591: OAuth 2.0 Dynamic Client Registration. https://www.rfc-editor.org/rfc/rfc7591"""

from django.http import HttpResponse

from portal.audit.events import Event
from portal.clients import document, metadata
from portal.clients.limit_registrations import limit_registrations
from portal.clients.register import register_client
from portal.oauth.edge import read_body
from portal.oauth.machine import Endpoint, MachineRequest, json_answer
from portal.resources import scopes
from portal.resources.ceiling import unapproved_ceiling
from tenants.current import transaction_of
from tenants.models import Tenant
from tenants.refusal import Refusal

# Decision 9: what registers itself acts for people, never for itself.
GRANT_TYPES = frozenset({"authorization_code", "refresh_token"})


def answer(request: MachineRequest) -> HttpResponse:
    tenant = request.tenant
    if tenant.registration == Tenant.Registration.OFF:
        raise Refusal(
            "access_denied",
            "Programs can not register themselves here. Ask the provider for a client_id.",
            status=403,
        )
    try:
        registered = metadata.read(document.load(read_body(request)), policy=_policy(tenant))
    except document.InvalidMetadata as error:
        # RFC 7591 §3.2.2
        raise Refusal(error.error, error.description) from error
    standing = limit_registrations(tenant, registered, origin=request.origin)
    with transaction_of(tenant):
        client, secret = register_client(registered, origin=request.origin)
    # RFC 7591 §3.2.1: all that was registered, and no member that is null.
    response = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created.timestamp()),
        **registered.as_response(),
    }
    if secret is not None:
        response |= {"client_secret": secret, "client_secret_expires_at": 0}
    return json_answer(response, status=201, headers=standing.headers)


def _policy(tenant: Tenant) -> metadata.Policy:
    ceiling = unapproved_ceiling(tenant)
    return metadata.Policy(
        narrow_scope=lambda asked: scopes.join(scopes.narrow(scopes.parse(asked), ceiling)),
        grant_types=GRANT_TYPES,
        private_use_schemes=frozenset(tenant.private_use_schemes),
    )


endpoint = Endpoint(answer, denied=Event.CLIENT_REGISTER_DENIED, any_origin=True)
