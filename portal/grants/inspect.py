"""RFC 7662 §2.2: whether an access token is good now. `sql/token_live.sql` reads all that could have ended it."""

from typing import Any
from uuid import UUID

from portal.keys.sign import verify
from portal.resources import scopes
from portal.resources.models import ResourceServer
from tenants.models import Tenant
from tenants.statement import call_function


def live_claims(tenant: Tenant, token: str, *, server: ResourceServer | None = None) -> dict[str, Any] | None:
    """The token's claims, or None. With `server`, only for a token whose `aud` is that server's (decision 12).

    One statement. Raises keys.sign.InvalidToken for what is no token of this tenant's.
    """
    claims = verify(tenant, token, typ="at+jwt")
    if server is not None and claims.get("aud") != server.resource:
        return None
    grant_id = claims.get("grant_id")
    row = call_function(
        "SELECT token_live(%s, %s, %s, %s, %s, %s, %s) AS scope",
        [
            tenant.id,
            server.id if server else None,
            claims["client_id"],
            claims["sub"],
            UUID(grant_id) if grant_id else None,
            UUID(claims["family_id"]) if grant_id else None,
            claims["jti"],
        ],
    )
    if row.scope is None:
        return None
    if grant_id:
        # What the person has taken back since is not said to be there any more.
        claims["scope"] = " ".join(scopes.narrow(claims["scope"].split(), row.scope.split()))
    return claims
