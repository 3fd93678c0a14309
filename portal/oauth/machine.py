"""The lane of machine endpoints: no middleware, one small function around each answer.

What Django's stack would do for it stands here: methods, CORS, headers, errors as JSON, and the database's health.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, DataError, connection
from django.http import HttpResponse

from portal.audit.events import Event
from portal.audit.origin import origin_of
from portal.audit.record import Origin
from portal.audit.record_refusal import record_refusal
from portal.clients.models import Client
from portal.clients.redirect_uri import find_match
from tenants.current import acting_as, transaction_of
from tenants.models import Tenant
from tenants.mount import Mount
from tenants.refusal import Refusal

log = logging.getLogger(__name__)

_BEARER_ERRORS = {"invalid_token", "insufficient_scope"}


class MachineRequest(WSGIRequest):
    """A request to one endpoint of one tenant."""

    tenant: Tenant
    origin: Origin
    client_hint: str = ""
    """The client_id, as soon as it was read: for the audit trail."""
    client: Client | None = None
    """The client, once it has authenticated: its origins may read the answer (CORS)."""
    tail: str = ""
    """What follows the endpoint in the path."""


class Endpoint(NamedTuple):
    answer: Callable[[MachineRequest], HttpResponse]
    methods: tuple[str, ...] = ("POST",)
    denied: Event = Event.TOKEN_DENIED
    any_origin: bool = False
    """CORS: any page may read the answer, which then depends on no client."""


def json_answer(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """RFC 6749 §5.1: JSON that nobody stores."""
    response = HttpResponse(
        json.dumps(content, separators=(",", ":")),
        content_type="application/json",
        status=status,
        headers=headers,
    )
    response["Cache-Control"] = "no-store"
    response["Pragma"] = "no-cache"
    return response


def answer_machine(
    environ: dict[str, Any], start_response: Any, mount: Mount, endpoint: Endpoint
) -> Iterable[bytes]:
    """Answer one request; whatever happens, in the standards' form."""
    request = MachineRequest(environ)
    request.tenant = mount.tenant
    request.origin = origin_of(environ)
    with acting_as(mount.tenant):
        response = _answer(request, endpoint)
    _allow_origin(request, response, endpoint)
    response["X-Content-Type-Options"] = "nosniff"
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


def _answer(request: MachineRequest, endpoint: Endpoint) -> HttpResponse:
    method = request.method or ""
    if method == "OPTIONS":
        return HttpResponse(status=204)
    if method not in endpoint.methods:
        response = json_answer(
            _members("invalid_request", f"Use {' or '.join(endpoint.methods)}."), status=405
        )
        response["Allow"] = ", ".join(endpoint.methods)
        return response
    try:
        return _attempt(request, endpoint)
    except DatabaseError:
        log.exception("The database failed")
        connection.close()
        response = json_answer(_members("temporarily_unavailable", "Try again in a moment."), status=503)
        response["Retry-After"] = "1"
        return response
    except Exception:
        log.exception("An endpoint failed")
        return json_answer(
            _members("server_error", "Something failed here. It was written down."), status=500
        )


def _attempt(request: MachineRequest, endpoint: Endpoint) -> HttpResponse:
    try:
        return endpoint.answer(request)
    except Refusal as refusal:
        return _refuse(request, endpoint, refusal)
    except DataError:
        # What was sent fits no column: asking again would not help.
        log.exception("The database would not take what was sent")
        return json_answer(_members("invalid_request", "A parameter can not be kept as it is."), status=400)


def _refuse(request: MachineRequest, endpoint: Endpoint, refusal: Refusal) -> HttpResponse:
    if not refusal.recorded:
        event = Event.CLIENT_AUTH_FAILED if refusal.error == "invalid_client" else endpoint.denied
        with transaction_of(request.tenant):
            record_refusal(
                event,
                client=request.client_hint,
                origin=request.origin,
                reason=f"{refusal.error}: {refusal.reason}",
            )
    members = _members(refusal.error, refusal.description)
    response = json_answer(members, status=refusal.status, headers=refusal.headers)
    if refusal.error in _BEARER_ERRORS:
        # RFC 6750 §3: who sent no token at all is told no error.
        error = f', error="{refusal.error}"' if "HTTP_AUTHORIZATION" in request.META else ""
        response["WWW-Authenticate"] = f'Bearer realm="{request.tenant.issuer}"{error}'
    elif refusal.status == 401:
        # RFC 6749 §5.2: a 401 says how to authenticate.
        response["WWW-Authenticate"] = f'Basic realm="{request.tenant.issuer}"'
    return response


def _members(error: str, description: str) -> dict[str, str]:
    # RFC 6749 §5.2: error_description holds ASCII without quotes and backslashes.
    plain = "".join(c if " " <= c <= "~" and c not in '"\\' else "?" for c in description)
    return {"error": error, "error_description": plain}


def _allow_origin(request: MachineRequest, response: HttpResponse, endpoint: Endpoint) -> None:
    """Browser clients read answers of the endpoints that they call; never with cookies, never an opaque origin."""
    origin = request.META.get("HTTP_ORIGIN", "")
    if not origin or origin == "null":
        return
    preflight = request.method == "OPTIONS"
    if not (preflight or endpoint.any_origin or _is_own(request.client, origin)):
        return
    response["Access-Control-Allow-Origin"] = "*" if endpoint.any_origin else origin
    response["Access-Control-Expose-Headers"] = "WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy"
    response["Vary"] = "Origin"
    if preflight:
        response["Access-Control-Allow-Methods"] = ", ".join(endpoint.methods)
        response["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, MCP-Protocol-Version, Mcp-Method, Mcp-Name"
        )
        response["Access-Control-Max-Age"] = "600"


def _is_own(client: Client | None, origin: str) -> bool:
    """Whether the page stands where the client has its answers sent; on loopback, at whatever port."""
    if client is None:
        return False
    parts = (urlsplit(uri) for uri in client.redirect_uris.split())
    registered = [f"{uri.scheme}://{uri.netloc}" for uri in parts] + client.allowed_origins.split()
    return find_match(registered, origin) is not None
