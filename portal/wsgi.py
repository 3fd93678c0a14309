"""The three lanes: documents as bytes, machine endpoints through one small function, pages through Django's stack."""

import logging
import os
from collections.abc import Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")

import django

django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 (settings must be read first)
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import DatabaseError, connection  # noqa: E402

from portal.oauth.documents import DOCUMENT_NAMES, answer_document, find_document  # noqa: E402
from portal.oauth.machine import answer_machine  # noqa: E402
from portal.urls.root import ENDPOINTS as OPERATOR_ENDPOINTS  # noqa: E402
from portal.urls.tenant import ENDPOINTS  # noqa: E402
from tenants.mount import find_mount  # noqa: E402

pages = WSGIHandler()
log = logging.getLogger(__name__)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    try:
        return _route(environ, start_response)
    except DatabaseError:
        # Whose mount this is can't be told; once it is known, each lane answers in its own form.
        log.exception("The database does not answer")
        connection.close()
        start_response("503 Service Unavailable", [("Retry-After", "5"), ("Content-Length", "0")])
        return []


def _route(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    host, path = environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", "")
    operator = OPERATOR_ENDPOINTS.get(path) if host == settings.PORTAL_HOST else None
    if operator is not None:
        return operator(environ, start_response)
    name = path.rsplit("/", 1)[-1]
    if path.startswith("/.well-known/") or name in DOCUMENT_NAMES:
        document = find_document(host=host, path=path)
        if document is not None:
            return answer_document(environ, start_response, document)
    endpoint = ENDPOINTS.get(name)
    if endpoint is not None:
        mount = find_mount(host=host, path=path)
        if mount is not None and mount.path == f"/{name}":
            return answer_machine(environ, start_response, mount, endpoint)
    return pages(environ, start_response)
