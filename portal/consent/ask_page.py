"""The page that asks. One form, two answers; the ask itself stays on the server."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Min
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.audit.events import Event
from portal.audit.origin import origin_of
from portal.audit.record import record
from portal.clients.models import Client
from portal.clients.software import like_it
from portal.consent import present
from portal.consent.ask import bind_ask, claim_ask, drop_ask, is_reference
from portal.consent.decide import (
    Decision,
    Standing,
    allow,
    choices_of_length,
    hold_person,
    remembered,
    stands,
)
from portal.consent.error_page import Trouble, show_error
from portal.consent.reply import send_back
from portal.consent.way_back import leads_back
from portal.grants.models import Grant
from portal.users.page import PersonRequest
from portal.users.proof import signed_in_at
from tenants.refusal import Refusal


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
@leads_back  # type: ignore[untyped-decorator] # django-csp has no types
def ask(request: PersonRequest, reference: str) -> HttpResponse:
    if request.method == "POST" and not hold_person(request.user):
        return _over(request, reference)
    found = claim_ask(request.session, reference)
    bound = bind_ask(request.session, found, user_id=str(request.user.pk)) if found else None
    if bound is None:
        return _over(request, reference)
    if bound.signed_in_after > signed_in_at(request.session):
        # OpenID Connect Core §3.1.2.1: max_age and prompt=login ask for a fresh proof, not for another session.
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
    try:
        standing = stands(request.tenant, bound, request.user)
    except Refusal as refusal:
        drop_ask(request.session, bound)
        return show_error(
            request,
            Trouble(
                error=refusal.error,
                rule=refusal.description,
                reference=bound.reference,
                client_id=bound.client_id,
            ),
        )
    if request.method == "POST":
        return _answer(request, standing)
    return _put(request, standing)


def _put(request: PersonRequest, standing: Standing) -> HttpResponse:
    """Show the page, unless all of it was answered before."""
    bound = standing.ask
    known = remembered(standing, session_key=request.session.session_key or "")
    if known is not None:
        return _send(request, standing, known, known=True)
    if "none" in bound.prompt:
        # OpenID Connect Core §3.1.2.6
        drop_ask(request.session, bound)
        return send_back(
            request.tenant,
            bound.redirect_uri,
            bound.state,
            error="consent_required",
            error_description="The user has to be asked first.",
        )
    return render(request, "consent/ask.html", {"ask": _shown(standing), "user": request.user})


def _answer(request: PersonRequest, standing: Standing) -> HttpResponse:
    bound, decision = standing.ask, request.POST.get("decision")
    if decision == "allow":
        chosen = Decision(
            ticked=tuple(request.POST.getlist("scope")),
            read_only=request.POST.get("access") == "read",
            expires=request.POST.get("expires", ""),
        )
        grant = allow(
            standing, chosen, session=request.session, origin=origin_of(request.META, flow=bound.reference)
        )
        if grant is not None:
            return _send(request, standing, grant, known=False)
    elif decision != "deny":
        return _put(request, standing)
    drop_ask(request.session, bound)
    record(
        Event.CONSENT_DENIED,
        user_id=standing.user.pk,
        client=bound.client_id,
        origin=origin_of(request.META, flow=bound.reference),
    )
    return send_back(
        request.tenant,
        bound.redirect_uri,
        bound.state,
        error="access_denied",
        error_description="The user said no.",
    )


def _send(request: PersonRequest, standing: Standing, grant: Grant, *, known: bool) -> HttpResponse:
    bound = standing.ask
    origin = origin_of(request.META, flow=bound.reference)
    if known:
        record(
            Event.CONSENT_REMEMBERED,
            user_id=standing.user.pk,
            client=bound.client_id,
            grant_id=grant.id,
            origin=origin,
        )
    code = standing.code(grant, auth_time=signed_in_at(request.session), origin=origin)
    # Dropped with the code's making, in one transaction: a second click finds no ask.
    drop_ask(request.session, bound)
    return send_back(request.tenant, bound.redirect_uri, bound.state, code=code)


def _over(request: PersonRequest, reference: str) -> HttpResponse:
    """Expired, answered, or another browser's: they look the same."""
    trouble = Trouble(
        error="invalid_request",
        rule="The request was answered before, is over half an hour old, or began in another browser.",
        reference=reference if is_reference(reference) else "",
        over=True,
    )
    return show_error(request, trouble)


def _shown(standing: Standing) -> dict[str, Any]:
    bound = standing.ask
    memory = present.Memory(again=standing.again, granted=standing.before, left_out=standing.left_out)
    scopes = present.shown_scopes(bound, standing.server, memory)
    open_scopes = [scope for scope in scopes if not scope.barred]
    seen = _seen(standing.client)
    return {
        **present.client_facts(standing.client, bound.redirect_uri),
        **present.server_facts(standing.server),
        **seen,
        "reference": bound.reference,
        "redirect_uri": bound.redirect_uri,
        "scopes": scopes,
        "account_scopes": present.account_scopes(bound, memory),
        "offline": "offline_access" in bound.scope,
        "expires": [
            {"value": value, "label": _length(value), "checked": checked}
            for value, checked in choices_of_length(standing)
        ],
        "read_only_offered": any(s.writes for s in open_scopes)
        and not any(s.writes and s.required for s in open_scopes),
        "access": "choose" if standing.again else "all",
        "again": _again(standing),
        "max_days": standing.most_days,
    }


def _seen(client: Client) -> dict[str, Any]:
    facts = Grant.objects.filter(client=client).aggregate(
        first=Min("created"), people=Count("user", distinct=True)
    )
    return {
        "client_first_seen": facts["first"] or client.created,
        "people": facts["people"],
        "alike": like_it(client),
    }


def _again(standing: Standing) -> dict[str, Any] | None:
    grant = standing.grant
    if grant is None:
        return None
    host = present.client_facts(standing.client, standing.ask.redirect_uri)["destination_host"]
    changes = []
    if grant.redirect_host != host:
        changes.append({"what": "destination", "before": grant.redirect_host, "after": host})
    elif grant.metadata_digest != standing.client.metadata_digest:
        changes.append({"what": _("What it says of itself"), "before": "", "after": ""})
    return {"granted_at": grant.confirmed_at, "uses": grant.uses, "changes": changes}


def _length(value: str) -> str:
    if value == "session":
        return _("This session")
    if value == "revoked":
        return _("Until I end it")
    days = timedelta(days=int(value.removesuffix("d"))).days
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
