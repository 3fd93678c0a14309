"""Sessions of one tenant. The cookie holds a secret, the database only its digest: a dump signs nobody in.

The cookie's name and path belong to the tenant's mount, so that two tenants on one host never see each other's.
"""

import base64
import hashlib
import secrets
import time
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions import middleware as sessions
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date

from tenants.current import current_tenant
from tenants.middleware import TenantRequest
from tenants.models import Tenant
from tenants.seal import seal, unseal

ANONYMOUS_SECONDS = 1800
"""As long as an ask waits for an answer."""


class SessionStore(DatabaseSessions):
    """Django's own store, under keys that are digests of what the browser holds."""

    cookie: str | None = None
    """The secret, known while the request that made or brought it runs."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Sealed: allauth keeps reset keys and codes in a session, and a dump must not hold them."""
        plain = str(super().encode(session_dict)).encode()
        return base64.b64encode(seal(plain, bound_to=_bound_to())).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        try:
            plain = unseal(base64.b64decode(session_data), bound_to=_bound_to())
        except ValueError:
            return {}  # sealed with a key that was dropped: the person signs in again
        return dict(super().decode(plain.decode()))

    def get_session_cookie_age(self) -> int:
        """Whoever only looks in leaves nothing behind for long."""
        return int(super().get_session_cookie_age()) if SESSION_KEY in self else ANONYMOUS_SECONDS

    def _get_new_session_key(self) -> str:
        self.cookie = secrets.token_urlsafe(32)
        return digest(self.cookie)


def _bound_to() -> str:
    return f"{current_tenant().id}:session"


def digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()[:40]


def cookie_name(tenant: Tenant) -> str:
    prefix = "__Secure-" if settings.SESSION_COOKIE_SECURE else ""
    return f"{prefix}portico_{tenant.id.hex[-12:]}"


class SessionMiddleware(sessions.SessionMiddleware):
    """As Django's, for a cookie that is the tenant's."""

    def __call__(self, request: TenantRequest) -> HttpResponse:  # type: ignore[override] # tenants come first
        cookie = request.COOKIES.get(cookie_name(request.tenant))
        session = SessionStore(digest(cookie) if cookie else None)
        session.cookie = cookie
        request.session = session
        response = cast("HttpResponse", self.get_response(request))
        self._save(request, response, session, sent=cookie is not None)
        return response

    def _save(
        self, request: TenantRequest, response: HttpResponse, session: SessionStore, *, sent: bool
    ) -> None:
        name, path = cookie_name(request.tenant), request.tenant.prefix + "/"
        if session.accessed:
            patch_vary_headers(response, ("Cookie",))
            response.setdefault("Cache-Control", "private, no-store")
        if sent and session.is_empty():
            response.delete_cookie(name, path=path, samesite="Lax")
        elif session.modified and not session.is_empty() and response.status_code < 500:
            try:
                session.save()
            except UpdateError as error:
                raise SessionInterrupted("The session ended before the request did.") from error
            self._set(response, session, name=name, path=path)

    def _set(self, response: HttpResponse, session: SessionStore, *, name: str, path: str) -> None:
        age = None if session.get_expire_at_browser_close() else session.get_expiry_age()
        response.set_cookie(
            name,
            session.cookie or "",
            max_age=age,
            expires=http_date(time.time() + age) if age else None,
            path=path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
