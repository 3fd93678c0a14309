"""The outermost middleware of pages: finds the tenant, mounts it, and opens the request's one transaction."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.template.loader import render_to_string
from django.urls import get_script_prefix, set_script_prefix

from tenants.current import transaction_of
from tenants.models import Tenant
from tenants.mount import find_mount

log = logging.getLogger(__name__)


class TenantRequest(HttpRequest):
    tenant: Tenant


class TenantMiddleware:
    """Unknown tenant, unknown host and suspended tenant get the same 404."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponse:
        mount = find_mount(host=request.META.get("HTTP_HOST", ""), path=request.path_info)
        if mount is None:
            return not_found()
        request.tenant = mount.tenant
        request.path_info = mount.path
        request.META["PATH_INFO"] = mount.path
        request.META["SCRIPT_NAME"] = mount.prefix
        if mount.tenant.is_root:
            request.urlconf = settings.OPERATOR_URLCONF
        before = get_script_prefix()
        set_script_prefix(mount.prefix + "/")
        try:
            with transaction_of(mount.tenant):
                response = self.get_response(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
                return response
        except OperationalError:
            log.exception("The database does not answer")
            connection.close()
            return unavailable()
        finally:
            set_script_prefix(before)


def not_found() -> HttpResponse:
    return HttpResponseNotFound(render_to_string("404.html"))


def unavailable() -> HttpResponse:
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = "5"
    return response
