"""RFC 6749 §6, RFC 9700 §4.14.2: refresh tokens are replaced at each use. The rule is `sql/rotate_refresh_token.sql`.

For a grace the token that was just replaced gets the same pair again, from any process: its successor is made of the
presented token and a seed in its row, the access token by deterministic signing of the same claims.
"""

import hashlib
import os
from dataclasses import dataclass

from portal.audit.record import Origin
from portal.clients.models import Client
from portal.grants import mint
from portal.grants.answer import Tokens, scope_of
from portal.grants.models import RefreshToken
from portal.resources import scopes
from portal.resources.catalog import find_server
from tenants.current import transaction_of
from tenants.models import Tenant
from tenants.refusal import Refusal
from tenants.seal import token_digest
from tenants.statement import call_function

INVALID = "The refresh token is unknown, expired, revoked, used before, or not this client's. Start again at /authorize."


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """The form of a refresh. `resource` and `scope` narrow this access token alone."""

    refresh_token: str
    resource: str | None
    scope: str | None


def refresh_tokens(tenant: Tenant, client: Client, form: Renewal, *, origin: Origin) -> Tokens:
    """One statement, and one more to look at the scope first where the client names one. Raises Refusal."""
    resource = find_server(tenant, form.resource).resource if form.resource else None
    digest = token_digest(form.refresh_token)
    wanted = _wanted(tenant, digest, form.scope)
    seed = os.urandom(16)
    state = call_function(
        "SELECT * FROM rotate_refresh_token(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text::inet)",
        [
            tenant.id,
            client.id,
            client.client_id,
            digest,
            resource,
            seed,
            token_digest(mint.successor_of(form.refresh_token, seed=seed)),
            tenant.refresh_idle_seconds,
            tenant.refresh_grace_seconds,
            origin.ip,
        ],
    )
    if state.outcome == "target":
        raise Refusal(
            "invalid_target",
            "The refresh token is for another resource than the one named now.",
            recorded=True,
        )
    if state.outcome not in {"ok", "raced"}:
        raise Refusal("invalid_grant", INVALID, reason=f"refresh token {state.outcome}", recorded=True)
    held = scope_of(tenant, client, state)
    scope = held if wanted is None else scopes.narrow(held, wanted)
    access, seconds = mint.access_token(
        tenant, client, sub=state.sub, scope=scope, resource=state.resource, issued_at=state.issued_at,
        expires_at=state.expires_at, jti=hashlib.sha256(b"jti" + state.seed).hexdigest()[:32],
        grant_id=state.grant_id, family_id=state.family_id,
    )  # fmt: skip
    return Tokens(access, seconds, scope, mint.successor_of(form.refresh_token, seed=state.seed))


def _wanted(tenant: Tenant, digest: bytes, parameter: str | None) -> tuple[str, ...] | None:
    """The scopes that the client names, after a look that they don't go beyond the family's."""
    if not parameter:
        return None
    try:
        wanted = scopes.parse(parameter)
    except scopes.InvalidScope as error:
        raise Refusal("invalid_scope", str(error)) from error
    with transaction_of(tenant):
        token = RefreshToken.objects.select_related("family").filter(digest=digest).first()
    if token is None:
        return wanted  # an unknown token is refused further on
    # RFC 6749 §6: never more than was granted, and the token stays as it was. Clients that repeat all they once asked
    # for get what the person allowed of it.
    held = token.family.scope.split()
    asked = (*held, *token.family.asked.split(), "offline_access")
    if not scopes.covers_all(asked, wanted) or not scopes.narrow(wanted, held):
        raise Refusal(
            "invalid_scope", "A refresh can narrow the scope, never widen it. Ask for more at /authorize."
        )
    return wanted
