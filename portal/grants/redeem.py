"""RFC 6749 §4.1.3, RFC 7636 §4.6: a code becomes tokens, once. The rule is `sql/redeem_code.sql`; here is its answer."""

import base64
import hashlib
import re
from dataclasses import dataclass
from uuid import uuid4

from portal.audit.record import Origin
from portal.clients.models import Client
from portal.grants import mint
from portal.grants.answer import Tokens, scope_of, user_claims
from portal.resources.catalog import find_server
from tenants.models import Tenant
from tenants.refusal import Refusal
from tenants.seal import token_digest
from tenants.statement import call_function

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")

# Every way in which a code can be wrong reads the same to the client; the audit trail says which it was.
INVALID = "The code is unknown, expired, used, not this client's, or its redirect_uri or code_verifier is wrong. Start again at /authorize."


@dataclass(frozen=True, kw_only=True)
class Redemption:
    """The form of a code exchange."""

    code: str
    redirect_uri: str
    code_verifier: str
    resource: str | None


def redeem_code(tenant: Tenant, client: Client, form: Redemption, *, origin: Origin) -> Tokens:
    """One statement. Raises Refusal invalid_grant or invalid_target; a wrong verifier spends the code (decision 3)."""
    resource = find_server(tenant, form.resource).resource if form.resource else None
    refresh = mint.new_refresh_token() if "refresh_token" in client.grant_types else None
    state = call_function(
        "SELECT * FROM redeem_code(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text::inet)",
        [
            tenant.id,
            client.id,
            client.client_id,
            token_digest(form.code),
            form.redirect_uri,
            challenge_of(form.code_verifier),
            resource,
            uuid4(),
            token_digest(refresh) if refresh else None,
            tenant.refresh_idle_seconds,
            origin.ip,
        ],
    )
    if state.outcome == "target":
        raise Refusal(
            "invalid_target",
            "The code was issued for another resource than the one named now.",
            recorded=True,
        )
    if state.outcome != "ok":
        raise Refusal("invalid_grant", INVALID, reason=f"code {state.outcome}", recorded=True)
    scope = scope_of(tenant, client, state)
    access, seconds = mint.access_token(
        tenant, client, sub=state.sub, scope=scope, resource=state.resource, issued_at=state.issued_at,
        expires_at=state.expires_at, grant_id=state.grant_id, family_id=state.family_id,
    )  # fmt: skip
    identity = None
    if "openid" in scope:
        identity = mint.id_token(
            tenant, client, sub=state.sub, nonce=state.nonce, auth_time=state.auth_time, access=access,
            claims=user_claims(tenant, state.user_id, scope),
        )  # fmt: skip
    return Tokens(access, seconds, scope, refresh if state.refreshable else None, identity)


def challenge_of(verifier: str) -> str | None:
    """RFC 7636 §4.2: S256. What is no verifier by §4.1 matches no challenge, not even an empty one."""
    if not _VERIFIER.fullmatch(verifier):
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
