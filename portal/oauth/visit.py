"""Before a page's transaction opens: the document of a client that comes to /authorize with a URL is at hand, or refused.

Only here is anything fetched; /token and all other endpoints know the clients that are known.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string

from portal.audit.origin import origin_of
from portal.clients.learn import Crowded, learn_client
from portal.clients.locate import NoDocument, is_url
from portal.oauth.edge import read_parameters
from tenants.middleware import TenantRequest, unavailable
from tenants.models import Tenant
from tenants.mount import find_mount
from tenants.refusal import Refusal

log = logging.getLogger(__name__)


class VisitRequest(TenantRequest):
    document_refused: str = ""
    """Why the URL in client_id names no client here, in words for its developer."""


class DocumentMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: VisitRequest) -> HttpResponse:
        request.document_refused = ""
        try:
            self._prepare(request)
        except Crowded:
            response = render(request, "429.html", status=429)
            response["Retry-After"] = "60"
            response["Cache-Control"] = "no-store"
            return response
        except NoDocument as error:
            request.document_refused = error.shown
        except Error:
            # Decision 8: without the store of budgets nothing is fetched.
            log.exception("The database does not answer")
            connection.close()
            return unavailable()
        return self.get_response(request)

    def _prepare(self, request: VisitRequest) -> None:
        # A POST is sent on to a GET before anything is looked at.
        if not request.path_info.endswith("/authorize") or request.method not in {"GET", "HEAD"}:
            return
        try:
            client_id = read_parameters(request.META.get("QUERY_STRING", "")).get("client_id", "")
        except Refusal:
            return
        if not is_url(client_id):
            return
        mount = find_mount(host=request.META.get("HTTP_HOST", ""), path=request.path_info)
        if mount is not None and mount.path == "/authorize":
            self._learn(mount.tenant, client_id, request)

    def _learn(self, tenant: Tenant, client_id: str, request: VisitRequest) -> None:
        if not tenant.documents_open:
            raise NoDocument("Clients are not known by the URL of a document here.")
        network = import_string(settings.DOCUMENT_NETWORK)
        learn_client(tenant, client_id, origin=origin_of(request.META), network=network)
