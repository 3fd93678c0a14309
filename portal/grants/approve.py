"""The user's yes becomes a grant, and the grant a code."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from portal.audit.events import Event
from portal.audit.record import Origin, record
from portal.clients.models import Client
from portal.grants.mint import new_code
from portal.grants.models import AuthorizationCode, Grant
from portal.resources.models import ResourceServer
from portal.resources.scopes import join
from portal.users.models import User
from tenants.current import current_tenant
from tenants.seal import token_digest


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the user decided, of whom."""

    user: User
    client: Client
    server: ResourceServer
    scope: Iterable[str]
    expires_at: datetime
    redirect_host: str
    session_key: str = ""


def find_grant(*, user: User, client: Client, server: ResourceServer) -> Grant | None:
    """The live grant of these three, if there is one."""
    return Grant.objects.filter(
        user=user, client=client, resource_server=server, revoked_at=None, expires_at__gt=timezone.now()
    ).first()


def approve(answer: Answer, *, origin: Origin) -> Grant:
    """Keep the user's yes: a grant already there is changed to what was just allowed. Records consent.granted."""
    scope = join(answer.scope)
    values = {
        "scope": scope,
        "metadata_digest": answer.client.metadata_digest,
        "redirect_host": answer.redirect_host,
        "session_key": answer.session_key,
        "confirmed_at": timezone.now(),
        "expires_at": answer.expires_at,
    }
    parties = {"user": answer.user, "client": answer.client, "resource_server": answer.server}
    live = Grant.objects.select_for_update().filter(**parties, revoked_at=None)
    # One that ran out would still hold the place of the live one.
    live.filter(expires_at__lte=timezone.now()).update(revoked_at=timezone.now(), revoked_reason="expired")
    grant, _ = live.update_or_create(defaults=values, create_defaults={**values, **parties})
    record(
        Event.CONSENT_GRANTED, user_id=answer.user.id, client=answer.client.client_id, grant_id=grant.id,
        origin=origin, data={"scope": scope, "expires_at": answer.expires_at.isoformat()},
    )  # fmt: skip
    return grant


@dataclass(frozen=True, kw_only=True)
class CodeRequest:
    """What a code is bound to (RFC 6749 §4.1.1, RFC 7636 §4.4, RFC 8707)."""

    redirect_uri: str
    code_challenge: str
    scope: Iterable[str]
    nonce: str
    auth_time: datetime
    asked: Iterable[str] = ()
    """What the client asked for: more, where the person left something out."""


def issue_code(grant: Grant, request: CodeRequest, *, origin: Origin) -> str:
    """A code for the grant; the database keeps its digest alone. Records code.issued."""
    code = new_code()
    AuthorizationCode.objects.create(
        digest=token_digest(code),
        grant=grant,
        client_id=grant.client_id,
        user_id=grant.user_id,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        scope=join(request.scope),
        asked=join(request.asked),
        resource=grant.resource_server.resource,
        nonce=request.nonce,
        auth_time=request.auth_time,
        flow=origin.flow,
        expires_at=timezone.now() + timedelta(seconds=current_tenant().code_seconds),
    )
    record(
        Event.CODE_ISSUED, user_id=grant.user_id, client=grant.client.client_id, grant_id=grant.id, origin=origin,
        data={"scope": join(request.scope)},
    )  # fmt: skip
    return code
