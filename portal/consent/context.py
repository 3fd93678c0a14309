"""What the sign-in pages know of the ask that brought a person there."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from portal.clients.resolve import find_client
from portal.consent.ask import Ask, find_ask
from portal.consent.present import client_facts
from tenants.current import current_tenant


def ask(request: HttpRequest) -> dict[str, Any]:
    """`ask` for the page that signs somebody in on the way to an answer; nothing anywhere else."""
    found = _waiting(request)
    client = find_client(current_tenant(), found.client_id) if found else None
    if found is None or client is None:
        return {}
    return {"ask": {**client_facts(client, found.redirect_uri), "login_hint": found.login_hint}}


def _waiting(request: HttpRequest) -> Ask | None:
    target = request.POST.get("next") or request.GET.get("next") or ""
    reference = target.rpartition("/")[2]
    if not reference or target != reverse("ask", args=[reference]):
        return None
    # Only this browser's own: a link made by somebody else finds nothing.
    return find_ask(request.session, reference)
