"""From a person's answer to a grant: what of the ask still holds, what may be chosen, and what follows from it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from portal.audit.record import Origin
from portal.clients.models import Client
from portal.clients.redirect_uri import host_of, is_https
from portal.consent.ask import Ask
from portal.grants.approve import Answer, CodeRequest, approve, find_grant, issue_code
from portal.grants.models import Grant, TokenFamily
from portal.resources import scopes
from portal.resources.catalog import Server, find_server
from portal.users.models import User
from tenants.models import Tenant
from tenants.refusal import Refusal

UNCHECKED_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An ask with all that it names, read now: what was removed or suspended meanwhile is no longer there."""

    tenant: Tenant
    ask: Ask
    user: User
    client: Client
    server: Server
    grant: Grant | None

    @property
    def again(self) -> bool:
        return self.grant is not None

    @property
    def before(self) -> tuple[str, ...]:
        return tuple(self.grant.scope.split()) if self.grant else ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was asked before, and not allowed."""
        if self.grant is None:
            return ()
        asked = TokenFamily.objects.filter(grant=self.grant).values_list("asked", flat=True).distinct()
        return scopes.missing(self.before, {name for one in asked for name in one.split()})

    @property
    def most_days(self) -> int:
        days = self.tenant.grant_days
        return days if self.client.is_approved else min(days, UNCHECKED_DAYS)

    def code(self, grant: Grant, *, auth_time: float, origin: Origin) -> str:
        request = CodeRequest(
            redirect_uri=self.ask.redirect_uri if self.ask.redirect_uri_sent else "",
            code_challenge=self.ask.code_challenge,
            scope=scopes.narrow(self.ask.scope, grant.scope.split()),
            asked=self.ask.asked,
            nonce=self.ask.nonce,
            auth_time=datetime.fromtimestamp(auth_time, UTC),
        )
        return issue_code(grant, request, origin=origin)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The form: the ticks are the truth; needed scopes are never read from it."""

    ticked: tuple[str, ...]
    read_only: bool
    expires: str


def hold_person(user: User) -> bool:
    """Lock the account until the answer is kept: whoever closes it waits, or has come before, and then this is False.
    First the account, then its session, then its grants: everybody who takes several takes them in this order."""
    return User.objects.select_for_update().filter(id=user.id, is_active=True).first() is not None


def stands(tenant: Tenant, ask: Ask, user: User) -> Standing:
    """Raises Refusal if the client, its redirect URI or the resource is gone since the ask began."""
    client = Client.objects.filter(client_id=ask.client_id).first()
    if client is None or not client.is_active or not client.redirect_uri_allowed(ask.redirect_uri):
        raise Refusal("invalid_request", "The client, or its return address, is not known here any more.")
    server = find_server(tenant, ask.resource)
    grant = find_grant(user=user, client=client, server=server.server)
    return Standing(tenant=tenant, ask=ask, user=user, client=client, server=server, grant=grant)


def remembered(standing: Standing, *, session_key: str) -> Grant | None:
    """The grant, if nothing is left to ask. Where any program on the computer could be the one that asks (loopback, private-use
    schemes), the person always sees it (RFC 8252 §8.6)."""
    grant, ask = standing.grant, standing.ask
    nothing_new = (
        grant is not None
        and not {"consent", "select_account"} & set(ask.prompt)
        and is_https(ask.redirect_uri)
        and grant.session_key in {"", session_key}
        and grant.redirect_host == host_of(ask.redirect_uri)
        and grant.metadata_digest == standing.client.metadata_digest  # decision 6
        and scopes.covers_all((*standing.before, "offline_access"), ask.scope)
    )
    return grant if nothing_new else None


def choices_of_length(standing: Standing) -> list[tuple[str, bool]]:
    """How long the person may choose, and which is preset: a day where nobody checked the client."""
    if not standing.client.is_approved:
        return [("session", False), ("1d", True), ("30d", False)]
    return [("session", False), ("1d", False), ("30d", True), ("revoked", False)]


def allow(standing: Standing, decision: Decision, *, session: SessionBase, origin: Origin) -> Grant | None:
    """Keep the yes. None if nothing was ticked and nothing is needed: that is a no."""
    granted = _granted(standing, decision)
    if not set(granted) - {"offline_access", "openid"}:
        return None
    # What was allowed before and is not part of this ask stays, but for a wildcard above what was refused just now.
    refused = set(standing.ask.scope) - set(granted)
    kept = [
        scope
        for scope in standing.before
        if scope not in standing.ask.scope and not any(scopes.covers(scope, name) for name in refused)
    ]
    only_session = decision.expires == "session"
    answer = Answer(
        user=standing.user,
        client=standing.client,
        server=standing.server.server,
        scope=(*granted, *kept),
        expires_at=_end(standing, decision.expires),
        redirect_host=host_of(standing.ask.redirect_uri),
        session_key=(session.session_key or "") if only_session else "",
    )
    return approve(answer, origin=origin)


def _granted(standing: Standing, decision: Decision) -> tuple[str, ...]:
    entries = {scope.name: scope for scope in standing.server.scopes}
    granted = []
    for name in standing.ask.scope:
        entry = entries.get(name)
        needed = name in {"openid", "offline_access"} or (entry is not None and entry.is_required)
        closed = decision.read_only and standing.server.writes(name)
        if needed or (name in decision.ticked and not closed):
            granted.append(name)
    return tuple(granted)


def _end(standing: Standing, expires: str) -> datetime:
    """When the grant ends: what the person chose among what was offered, else what was preset."""
    offered = dict(choices_of_length(standing))
    chosen = expires if expires in offered else next(value for value, preset in offered.items() if preset)
    days = {"session": 1, "1d": 1, "30d": 30, "revoked": standing.most_days}[chosen]
    return timezone.now() + timedelta(days=min(days, standing.most_days))
