"""RFC 7591 §3: a client registers itself."""

from typing import Any

from portal.audit.events import Event
from portal.audit.record import Origin, record
from portal.clients.metadata import ClientMetadata
from portal.clients.models import Client
from portal.clients.software import software_of
from tenants.seal import new_secret, secret_digest

# Columns of their own; the rest of what was registered is kept as it came.
_COLUMNS = {
    "client_name",
    "redirect_uris",
    "token_endpoint_auth_method",
    "grant_types",
    "application_type",
    "scope",
}


def columns(metadata: ClientMetadata) -> dict[str, Any]:
    """What is kept of it, but for the scope: that one is the tenant's to change."""
    return {
        "client_name": metadata.client_name,
        "redirect_uris": " ".join(metadata.redirect_uris),
        "token_endpoint_auth_method": metadata.token_endpoint_auth_method,
        "grant_types": list(metadata.grant_types),
        "application_type": metadata.application_type,
        "metadata": {name: value for name, value in metadata.as_response().items() if name not in _COLUMNS},
        "metadata_digest": metadata.digest(),
        "software": software_of(metadata),
    }


def register_client(metadata: ClientMetadata, *, origin: Origin) -> tuple[Client, str | None]:
    """The client, and its secret if its method needs one: the only time that anyone sees it. Records client.registered."""
    needs_secret = metadata.token_endpoint_auth_method != "none"  # noqa: S105 (a method, not a secret)
    secret = new_secret() if needs_secret else None
    client = Client.objects.create(
        **columns(metadata),
        origin=Client.Origin.REGISTERED,
        scope=metadata.scope,
        secret_digests=[secret_digest(secret)] if secret else [],
    )
    record(
        Event.CLIENT_REGISTERED, client=client.client_id, origin=origin, reason="dynamic registration",
        data={"client_name": client.client_name, "redirect_uris": list(metadata.redirect_uris)},
    )  # fmt: skip
    return client, secret
