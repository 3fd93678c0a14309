"""Ending what was granted. Each verb updates the row that redeeming and refreshing lock: whatever has answered is final."""

from datetime import UTC, datetime
from uuid import UUID

from django.utils import timezone

from portal.audit.events import Event
from portal.audit.record import NOWHERE, Origin, record
from portal.clients.models import Client
from portal.grants.models import DeniedToken, Grant, RefreshToken, TokenFamily
from portal.keys.sign import InvalidToken, verify
from portal.users.models import User
from tenants.models import Tenant
from tenants.seal import token_digest


def revoke_grant(grant: Grant, *, actor_id: UUID | None, reason: str, origin: Origin = NOWHERE) -> bool:
    """All of it, at once: codes, families and access tokens ask the grant. False if it had ended before."""
    ended = Grant.objects.filter(id=grant.id, revoked_at=None).update(
        revoked_at=timezone.now(), revoked_reason=reason
    )
    if not ended:
        return False
    record(
        Event.GRANT_REVOKED, user_id=grant.user_id, client=grant.client.client_id, grant_id=grant.id, origin=origin,
        reason=reason, data={"actor": str(actor_id) if actor_id else None},
    )  # fmt: skip
    return True


def revoke_all_grants(user: User, *, actor_id: UUID | None, reason: str, origin: Origin = NOWHERE) -> int:
    """Decision 23. Call it in the transaction that deactivates the user."""
    # In the order in which resource servers' reports take them, so that neither waits for the other in a circle.
    grants = Grant.objects.filter(user=user, revoked_at=None).select_related("client").order_by("id")
    return sum(revoke_grant(grant, actor_id=actor_id, reason=reason, origin=origin) for grant in grants)


def revoke_token(tenant: Tenant, client: Client, token: str, *, origin: Origin = NOWHERE) -> None:
    """RFC 7009 §2: the client's own token ends; what is not its own, or unknown, is left alone without a word."""
    if token.count(".") == 2:
        _deny_access_token(tenant, client, token, origin=origin)
        return
    # Decision 10: any refresh token of a family ends the family.
    found = RefreshToken.objects.filter(digest=token_digest(token), family__client_id=client.id).first()
    if found is None:
        return
    ended = TokenFamily.objects.filter(id=found.family_id, revoked_at=None).update(
        revoked_at=timezone.now(), revoked_reason="revoked by the client"
    )
    if ended:
        family = TokenFamily.objects.get(id=found.family_id)
        record(
            Event.TOKEN_REVOKED, user_id=family.user_id, client=client.client_id, grant_id=family.grant_id,
            origin=Origin(ip=origin.ip, flow=family.flow), reason="refresh token", data={"family": str(family.id)},
        )  # fmt: skip


def _deny_access_token(tenant: Tenant, client: Client, token: str, *, origin: Origin) -> None:
    try:
        claims = verify(tenant, token, typ="at+jwt")
    except InvalidToken:
        return
    if claims.get("client_id") != client.client_id:
        return
    _, made = DeniedToken.objects.get_or_create(
        jti=claims["jti"], defaults={"expires_at": datetime.fromtimestamp(claims["exp"], UTC)}
    )
    if made:
        grant_id = claims.get("grant_id")
        record(
            Event.TOKEN_REVOKED, client=client.client_id, grant_id=UUID(grant_id) if grant_id else None,
            origin=origin, reason="access token", data={"jti": claims["jti"]},
        )  # fmt: skip
