"""Connected apps: what a person allowed, what it was used for, and the way to end it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.audit.events import Event
from portal.audit.origin import origin_of
from portal.audit.read import Told, accesses_of, history_of
from portal.clients.document import visible
from portal.consent.present import ShownScope, grant_facts, granted_scopes
from portal.grants.models import Grant, TokenFamily
from portal.grants.revoke import revoke_grant
from portal.resources.scopes import covers
from portal.users.models import User
from portal.users.page import PersonRequest

BY_USER = "revoked by the user"
REUSED = "refresh token reused"


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def apps(request: PersonRequest) -> HttpResponse:
    """The list; its form ends one or all."""
    if request.method == "POST":
        return _end(request, request.POST.get("revoke", ""))
    grants = list(
        _of(request.user).filter(revoked_at=None, expires_at__gt=timezone.now()).order_by("-confirmed_at")
    )
    context = {"grants": [_facts(grant) for grant in grants], "warnings": _warnings(request.user)}
    return render(request, "consent/apps.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def app(request: PersonRequest, grant_id: UUID) -> HttpResponse:
    """One connection: what it may do, what it did. Another's, another tenant's and unknown ones are all not found."""
    if request.method == "POST":
        return _end(request, str(grant_id))
    grant = _of(request.user).filter(id=grant_id).first()
    if grant is None:
        raise Http404
    accesses = accesses_of(grant.id)
    context = {
        "grant": {**_facts(grant), "scopes": _scopes(grant, accesses)},
        "activity": [_entry(event) for event in accesses],
        "events": [_happening(event) for event in history_of(grant.id)],
    }
    return render(request, "consent/app.html", context)


def _of(user: User) -> QuerySet[Grant]:
    return (
        Grant.objects.filter(user=user)
        .select_related("client", "resource_server")
        .prefetch_related("resource_server__scopes")
    )


def _facts(grant: Grant) -> dict[str, Any]:
    return grant_facts(grant, url=reverse("app", args=[grant.id]))


def _end(request: PersonRequest, which: str) -> HttpResponse:
    live = _of(request.user).filter(revoked_at=None).order_by("id")
    if which != "all":
        try:
            live = live.filter(id=UUID(which))
        except ValueError:
            raise Http404 from None
        # One that has ended meanwhile is what was wanted: a second click is no mistake.
        if not _of(request.user).filter(id=UUID(which)).exists():
            raise Http404
    ended = [
        grant
        for grant in live
        if revoke_grant(grant, actor_id=request.user.pk, reason=BY_USER, origin=origin_of(request.META))
    ]
    if len(ended) == 1:
        client = ended[0].client
        name = visible(client.client_name)
        shown = name if client.is_approved else _("“%(name)s”") % {"name": name}
        messages.success(request, _("%(name)s can do nothing as you any more.") % {"name": shown})
    elif ended:
        messages.success(request, _("All connections are ended."))
    return redirect("apps")


def _warnings(user: User) -> list[dict[str, Any]]:
    """Connections that were cut off because a replaced key came again, for two weeks."""
    since = timezone.now() - timedelta(days=14)
    cut = TokenFamily.objects.filter(user=user, revoked_reason=REUSED, revoked_at__gt=since).select_related(
        "client", "grant"
    )
    return [
        {
            "client_name": family.client.client_name,
            "at": family.revoked_at,
            "url": reverse("app", args=[family.grant_id]),
        }
        for family in cut.order_by("-revoked_at")
    ]


def _scopes(grant: Grant, accesses: list[Told]) -> list[ShownScope]:
    return [replace(scope, used=_use(scope.name, accesses)) for scope in granted_scopes(grant)]


def _use(name: str, accesses: list[Told]) -> dict[str, Any]:
    """How often, and when last; what was done under a wildcard is a use of the wildcard."""
    times = [
        event.at
        for event in accesses
        if event.type == Event.ACCESS_ALLOWED.value and covers(name, event.data.get("scope", ""))
    ]
    return {"times": len(times), "last_at": times[0] if times else None}


def _entry(event: Told) -> dict[str, Any]:
    allowed = event.type == Event.ACCESS_ALLOWED.value
    tool = event.data.get("tool", "")
    title = _("Used %(tool)s") if allowed else _("Tried %(tool)s, refused")
    return {
        "at": event.at,
        "kind": "ok" if allowed else "bad",
        "title": title % {"tool": tool or _("the server")},
        "detail": event.data.get("scope", ""),
    }


def _happening(event: Told) -> dict[str, Any]:
    titles = {
        Event.CONSENT_GRANTED.value: _("You said yes"),
        Event.CONSENT_REMEMBERED.value: _("It came again; you had said yes"),
        Event.CODE_ISSUED.value: _("It was let in"),
        Event.CODE_REPLAYED.value: _("A used code came again; what it had opened was shut"),
        Event.TOKEN_ISSUED.value: _("It got its key"),
        Event.TOKEN_REFRESHED.value: _("It renewed its access"),
        Event.TOKEN_RACED.value: _("Two copies renewed at once; both got the same key"),
        Event.TOKEN_REUSED.value: _("A replaced key came again; the connection was cut"),
        Event.TOKEN_REVOKED.value: _("It gave its access back"),
        Event.TOKEN_DENIED.value: _("It was refused"),
        Event.GRANT_REVOKED.value: _("It was ended"),
    }
    bad = {
        Event.CODE_REPLAYED.value,
        Event.TOKEN_REUSED.value,
        Event.TOKEN_DENIED.value,
        Event.GRANT_REVOKED.value,
    }
    return {
        "at": event.at,
        "kind": "bad" if event.type in bad else "ok",
        "title": titles.get(event.type, event.type),
    }
