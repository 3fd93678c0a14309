"""The operator's mount: what stands under every issuer, and on the portal's host alone how the portal is."""

from portal.oauth import health
from portal.urls import tenant

ENDPOINTS = {
    "/healthz/live": health.live,
    "/healthz/ready": health.ready,
}

urlpatterns = tenant.urlpatterns
