"""What every page knows, and the answer to a form that came from elsewhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.users.models import User
from tenants.current import current_tenant_or_none
from tenants.middleware import TenantRequest


class PersonRequest(TenantRequest):
    """A page's request by somebody who has signed in."""

    user: User


def tenant(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 (a context processor's signature)
    return {"tenant": current_tenant_or_none()}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django's signature)
    return render(request, "403_csrf.html", status=403)
