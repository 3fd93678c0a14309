"""Behind TLS, with services that the operator runs."""

import os

from portal.settings.base import *
from portal.settings.environment import number

SECURE_SSL_REDIRECT = False  # the proxy that ends TLS redirects; it also sets X-Forwarded-Proto
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 86_400
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SILENCED_SYSTEM_CHECKS = [
    *SILENCED_SYSTEM_CHECKS,
    "security.W003",  # ours is a subclass: portal.users.csrf
    "security.W008",  # see SECURE_SSL_REDIRECT
    # http stands only for loopback redirect URIs; `clients.redirect_uri` decides, tenant by tenant.
    "oauth2_provider.W008",
]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = number("EMAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "0") == "1"
