"""The three lanes: documents as bytes, machine endpoints through one small function, pages through Django's stack."""

import os
from collections.abc import Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")

import django

django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 (settings must be read first)
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

from portal.oauth.documents import answer_document, find_document  # noqa: E402
from portal.oauth.machine import answer_machine  # noqa: E402
from portal.urls.root import ENDPOINTS as OPERATOR_ENDPOINTS  # noqa: E402
from portal.urls.tenant import ENDPOINTS  # noqa: E402
from tenants.mount import find_mount  # noqa: E402

pages = WSGIHandler()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    host, path = environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", "")
    operator = OPERATOR_ENDPOINTS.get(path) if host == settings.PORTAL_HOST else None
    if operator is not None:
        return operator(environ, start_response)
    if path.startswith("/.well-known/") or path.endswith(
        ("/jwks", "/metadata", "/oauth-authorization-server", "/openid-configuration")
    ):
        document = find_document(host=host, path=path)
        if document is not None:
            return answer_document(environ, start_response, document)
    endpoint = ENDPOINTS.get(path.rsplit("/", 1)[-1])
    if endpoint is not None:
        mount = find_mount(host=host, path=path)
        if mount is not None and mount.path == "/" + path.rsplit("/", 1)[-1]:
            return answer_machine(environ, start_response, mount, endpoint)
    return pages(environ, start_response)
