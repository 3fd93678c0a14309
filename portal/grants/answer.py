"""What a grant's tokens are handed over as, and which scopes they carry."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from allauth.account.models import EmailAddress

from portal.clients.models import Client
from portal.grants import mint
from portal.grants.limit import within_ceiling
from portal.resources import scopes
from portal.resources.catalog import catalog
from portal.users.models import User
from tenants.current import transaction_of
from tenants.models import Tenant


class Tokens(NamedTuple):
    """RFC 6749 §5.1."""

    access_token: str
    expires_in: int
    scope: tuple[str, ...]
    refresh_token: str | None = None
    id_token: str | None = None

    def as_response(self) -> dict[str, Any]:
        members = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": " ".join(self.scope),
            "refresh_token": self.refresh_token,
            "id_token": self.id_token,
        }
        # Clients choke on null: what is not there is left out.
        return {name: value for name, value in members.items() if value is not None}


def scope_of(tenant: Tenant, client: Client, state: Any) -> tuple[str, ...]:
    """What was asked in this connection, and is still allowed by the user and to the client, in the catalog's present words."""
    held = scopes.narrow(state.scope.split(), state.grant_scope.split())
    server = next((server for server in catalog(tenant) if server.resource == state.resource), None)
    held = within_ceiling(tenant, client, server, held) if server is not None else ()
    return mint.token_scope(tenant, resource=state.resource, held=held)


def user_claims(tenant: Tenant, user_id: UUID, scope: Iterable[str]) -> dict[str, Any]:
    """OpenID Connect Core §5.4: what `profile` and `email` let a client see."""
    scope = set(scope)
    if not scope & {"profile", "email"}:
        return {}
    with transaction_of(tenant):
        user = User.objects.get(id=user_id)
        verified = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()
    claims: dict[str, Any] = {}
    if "profile" in scope and user.name:
        claims["name"] = user.name
    if "email" in scope:
        claims |= {"email": user.email, "email_verified": verified}
    return claims
