"""An ask, or a grant, in the words and facts that a page shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from portal.clients.document import visible
from portal.clients.models import Client
from portal.clients.redirect_uri import destination_of
from portal.consent.ask import Ask
from portal.grants.models import Grant
from portal.resources.catalog import Server
from portal.resources.models import Scope
from portal.resources.scopes import covers_any

KINDS = {"website": "host", "this computer": "loopback", "app": "app"}
TONES = 6


@dataclass(frozen=True, kw_only=True)
class ShownScope:
    name: str
    title: str
    description: str = ""
    tier: str = Scope.Tier.ORDINARY.value
    writes: bool = False
    required: bool = False
    checked: bool = True
    granted: bool = False
    new: bool = False
    barred: bool = False
    used: dict[str, Any] | None = None

    @property
    def phrase(self) -> str:
        """The title inside of a sentence; one that begins with an abbreviation stays as it is."""
        return self.title if self.title[1:2].isupper() else self.title[:1].lower() + self.title[1:]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What the person answered before: nothing, on a first ask."""

    again: bool = False
    granted: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def preset(self, name: str, tier: Scope.Tier) -> bool:
        """What was answered is filled in, never widened; what was never asked is preset, but for deleting."""
        if covers_any(self.granted, name):
            return True
        return tier != Scope.Tier.DESTRUCTIVE and name not in self.left_out

    def is_new(self, name: str) -> bool:
        return self.again and not covers_any(self.granted, name)


def shown_scopes(ask: Ask, server: Server, memory: Memory) -> list[ShownScope]:
    """In the page's order: needed, ordinary, changing, sensitive, deleting; on a repeated ask what is new comes first."""
    asked = {*ask.scope, *ask.barred}
    rows = [_shown(ask, scope, server, memory) for scope in server.scopes if scope.name in asked]
    listed = {row.name for row in rows}
    # Below a wildcard of the catalog a client may ask for one thing that has no entry of its own.
    rows += [_unlisted(name, server, memory) for name in ask.scope if name not in listed and ":" in name]
    return sorted(rows, key=_rank)


def _unlisted(name: str, server: Server, memory: Memory) -> ShownScope:
    """It is what the wildcard above it is, but for the words."""
    tier = server.tier(name)
    return ShownScope(
        name=name,
        title=name,
        tier=tier.value,
        writes=server.writes(name),
        granted=covers_any(memory.granted, name),
        checked=memory.preset(name, tier),
        new=memory.is_new(name),
    )


def _shown(ask: Ask, scope: Scope, server: Server, memory: Memory) -> ShownScope:
    tier = server.tier(scope.name)
    return ShownScope(
        name=scope.name,
        title=scope.title,
        description=scope.description,
        tier=tier.value,
        writes=server.writes(scope.name),
        required=scope.is_required,
        checked=scope.is_required or memory.preset(scope.name, tier),
        granted=covers_any(memory.granted, scope.name),
        new=memory.is_new(scope.name) and scope.name not in ask.barred,
        barred=scope.name in ask.barred,
    )


def _rank(row: ShownScope) -> tuple[bool, bool, int]:
    weight = {"ordinary": 1 if not row.writes else 2, "sensitive": 3, "destructive": 4}[row.tier]
    return (not row.new, not row.required, weight + (5 if row.barred else 0))


def granted_scopes(grant: Grant) -> list[ShownScope]:
    """All that was allowed, in the order of the catalog; what is not listed there, or no longer, by its name."""
    held = grant.scope.split()
    listed = [scope for scope in grant.resource_server.scopes.all() if scope.name in held]
    titles = _account_titles()
    names = {scope.name for scope in listed}
    return [
        *(_described(scope) for scope in listed),
        *(ShownScope(name=name, title=name) for name in held if ":" in name and name not in names),
        *(ShownScope(name=name, title=title) for name, title in titles.items() if name in held),
    ]


def _described(scope: Scope) -> ShownScope:
    return ShownScope(
        name=scope.name,
        title=scope.title,
        description=scope.description,
        tier=scope.tier,
        writes=scope.writes,
        required=scope.is_required,
    )


def _account_titles() -> dict[str, str]:
    return {"profile": _("See your name"), "email": _("See your email address")}


def account_scopes(ask: Ask, memory: Memory) -> list[ShownScope]:
    return [
        ShownScope(
            name=name,
            title=title,
            granted=name in memory.granted,
            checked=memory.preset(name, Scope.Tier.ORDINARY),
            new=memory.is_new(name),
        )
        for name, title in _account_titles().items()
        if name in ask.scope
    ]


def client_facts(client: Client, redirect_uri: str) -> dict[str, Any]:
    """Who it is. Facts that nobody here checked are given as the client's own words: `checked` is false."""
    destination = destination_of(redirect_uri)
    return {
        # Registration takes such characters out; an admin's own writing may have some.
        "client_name": visible(client.client_name),
        "client_id": client.client_id,
        "checked": client.is_approved,
        "publisher_host": _publisher_host(client),
        "destination_host": destination.host,
        "destination_kind": KINDS[destination.kind],
        "tone": client.id.int % TONES + 1,
    }


def _publisher_host(client: Client) -> str:
    """The host that a client's own document came from, which proves itself; else one that an admin has vouched for."""
    if client.origin == Client.Origin.DOCUMENT:
        return urlsplit(client.client_id).netloc.lower().removesuffix(":443")
    home = urlsplit(str(client.metadata.get("client_uri", ""))).hostname or ""
    return home if client.is_approved else ""


def server_facts(server: Server) -> dict[str, Any]:
    return {
        "resource_name": server.server.name,
        "resource": server.resource,
        "resource_host": urlsplit(server.resource).netloc,
    }


def grant_facts(grant: Grant, *, url: str) -> dict[str, Any]:
    """One connection, as a row of the list shows it."""
    registered = grant.client.redirect_uris.split()
    facts = client_facts(grant.client, registered[0]) if registered else {}
    ended: datetime | None = grant.revoked_at
    return {
        **facts,
        "id": grant.id,
        "client_name": visible(grant.client.client_name),
        "destination_host": grant.redirect_host,
        "resource_name": grant.resource_server.name,
        "resource_host": urlsplit(grant.resource_server.resource).netloc,
        "summary": ", ".join(scope.title for scope in granted_scopes(grant)),
        "granted_at": grant.confirmed_at,
        "last_used_at": grant.last_used_at,
        "last_tool": grant.last_tool,
        "ends_at": grant.expires_at,
        "ends_with_session": bool(grant.session_key),
        "ended_at": ended,
        "url": url,
    }
