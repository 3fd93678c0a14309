"""The tenant's brand as a stylesheet of its own: a handful of colour tokens, no inline style anywhere."""

from django.http import HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.users.colour import palette
from tenants.cache import remember
from tenants.middleware import TenantRequest
from tenants.models import Tenant


@require_safe
@cache_control(public=True, max_age=300)
def brand(request: TenantRequest) -> HttpResponse:
    tenant = request.tenant
    return HttpResponse(remember(tenant, "brand", lambda: _stylesheet(tenant)), content_type="text/css")


def _stylesheet(tenant: Tenant) -> str:
    light = _rule(palette(tenant.accent, dark=False), tenant.band)
    dark = _rule(palette(tenant.accent, dark=True), tenant.band)
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n"


def _rule(tokens: dict[str, str], band: str) -> str:
    return (
        ":root { "
        + " ".join(f"--{name}: {value};" for name, value in {**tokens, "band": band}.items())
        + " }"
    )
