"""RFC 6749 §3.1: Authorization Endpoint, with RFC 7636, 8707, 9207. https://www.rfc-editor.org/rfc/rfc6749#section-3.1

It validates, keeps the ask in the browser's session, and sends the person to the page that asks. It shows no page
itself but the error page, and changes nothing that outlives the session.
"""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.audit.events import Event
from portal.audit.origin import origin_of
from portal.audit.record_refusal import record_refusal
from portal.clients.redirect_uri import host_of
from portal.consent.ask import Ask, keep_ask, new_reference
from portal.consent.error_page import Trouble, show_error
from portal.consent.reply import back_uri, send_back
from portal.oauth.edge import LONGEST_QUERY, read_parameters
from portal.oauth.read_ask import RefusedAsk, read_ask
from portal.oauth.visit import VisitRequest
from portal.users.proof import signed_in_at
from tenants.middleware import TenantRequest
from tenants.refusal import Refusal


@csrf_exempt  # OpenID Connect Core §3.1.2.1: a client may POST here. The decision is another page's form.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: VisitRequest) -> HttpResponse:
    try:
        encoded = _encoded(request)
        parameters = read_parameters(encoded)
        if request.method == "POST":
            # Another site's form comes without the session's cookie, and must not put a new one in its place.
            return redirect(f"{request.path}?{encoded}")
        ask = read_ask(request.tenant, parameters, document_refused=request.document_refused)
    except Refusal as refusal:
        return _refuse(request, RefusedAsk(refusal.error, refusal.description))
    except RefusedAsk as refused:
        return _refuse(request, refused)
    if request.method == "HEAD":
        return HttpResponse()
    return _begin(request, replace(ask, signed_in_after=_signed_in_after(ask, parameters.get("max_age", ""))))


def _encoded(request: TenantRequest) -> str:
    if request.method != "POST":
        return str(request.META["QUERY_STRING"])
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refusal("invalid_request", "Send the parameters as application/x-www-form-urlencoded.")
    encoded = request.body.decode("ascii", "replace")
    if len(encoded) > LONGEST_QUERY or not encoded.isprintable():
        raise Refusal("invalid_request", f"The form is over {LONGEST_QUERY // 1024} KiB, or not URL-encoded.")
    return encoded


def _signed_in_after(ask: Ask, max_age: str) -> float:
    """OpenID Connect Core §3.1.2.1: since when the person must have signed in."""
    if "login" in ask.prompt:
        return ask.started_at
    return ask.started_at - int(max_age) if max_age else 0


def _begin(request: TenantRequest, ask: Ask) -> HttpResponse:
    signed_in = request.user.is_authenticated
    if "none" in ask.prompt and (not signed_in or ask.signed_in_after > signed_in_at(request.session)):
        # OpenID Connect Core §3.1.2.6: no page is shown, whoever asks (decision 17).
        words = {"error": "login_required", "error_description": "Nobody is signed in."}
        _record(request, ask.client_id, f"{words['error']}: {words['error_description']}", flow=ask.reference)
        return send_back(request.tenant, ask.redirect_uri, ask.state, **words)
    keep_ask(request.session, ask)
    page = reverse("ask", args=[ask.reference])
    return redirect(page if signed_in else f"{reverse('account_login')}?{urlencode({'next': page})}")


def _refuse(request: TenantRequest, refused: RefusedAsk) -> HttpResponse:
    """Decision 1: an approved client is told by redirect; one nobody approved by a link that the person may follow."""
    reference, client = new_reference(), refused.client
    _record(request, refused.client_id, f"{refused.error}: {refused.description}", flow=reference)
    members = {"error": refused.error, "error_description": refused.description}
    uri = refused.redirect_uri
    if uri and client is not None and client.is_approved:
        return send_back(request.tenant, uri, refused.state, **members)
    if not uri and _wants_json(request):
        # mcp-remote looks before it opens a browser, and registers again when it reads this.
        error = refused.error if client else "invalid_client"
        return JsonResponse({"error": error, "error_description": refused.description}, status=400)
    trouble = Trouble(
        error=refused.error,
        rule=refused.description,
        client_id=refused.client_id,
        client_name=client.client_name if client else "",
        unknown_client=bool(refused.client_id) and client is None,
        back_url=back_uri(request.tenant, uri, refused.state, **members) if uri else "",
        back_host=host_of(uri) if uri else "",
        reference=reference,
    )
    return show_error(request, trouble)


def _record(request: TenantRequest, client_id: str, reason: str, *, flow: str) -> None:
    origin = origin_of(request.META, flow=flow)
    record_refusal(Event.AUTHORIZE_DENIED, client=client_id, origin=origin, reason=reason)


def _wants_json(request: HttpRequest) -> bool:
    accept = request.META.get("HTTP_ACCEPT", "")
    return "application/json" in accept and "text/html" not in accept
