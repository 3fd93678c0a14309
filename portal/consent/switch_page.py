"""Somebody else answers: signs out, and keeps the ask for whoever signs in next."""

from dataclasses import replace

from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.consent.ask import find_ask, keep_ask
from tenants.middleware import TenantRequest


@never_cache
@require_http_methods(["GET", "POST"])
def switch(request: TenantRequest, reference: str) -> HttpResponse:
    page = reverse("ask", args=[reference])
    found = find_ask(request.session, reference)
    if found is None or not request.user.is_authenticated:
        # That page says what is the matter, or asks who is there.
        return redirect(page)
    if request.method == "GET":
        return render(request, "consent/switch.html", {"ask_url": page})
    logout(request)
    # Signing out emptied the session. Nobody has been asked yet in the new one.
    keep_ask(request.session, replace(found, user_id=""))
    return redirect(f"{reverse('account_login')}?{urlencode({'next': page})}")
