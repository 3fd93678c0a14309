"""The lane of static documents: metadata and keys, as bytes that are remembered until their tenant changes."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from portal.keys.publish import key_set
from portal.oauth.metadata import resource_metadata, server_metadata
from tenants.cache import remember
from tenants.models import Tenant
from tenants.mount import find_mount

Headers = list[tuple[str, str]]

_WELL_KNOWN = re.compile(r"/\.well-known/(oauth-authorization-server|openid-configuration)")
DOCUMENT_NAMES = {"oauth-authorization-server", "openid-configuration", "jwks", "metadata"}
"""How the path of a document ends: whatever ends otherwise need not be looked for here."""

_RESOURCE = re.compile(r"/resources/([a-z0-9_-]+)/metadata")


class Document(NamedTuple):
    headers: Headers
    body: bytes
    etag: str


def find_document(*, host: str, path: str) -> Document | None:
    """The document at this place, or None. Where an issuer has a path, metadata stands at four places (DESIGN, 3)."""
    inserted = _WELL_KNOWN.match(path)
    if inserted:
        # RFC 8414 §3.1: the well-known name goes between host and path; the issuer's own root has nothing after it.
        mount = find_mount(host=host, path=path[inserted.end() :] or "/")
        below = inserted[0] if mount is not None and mount.path == "/" else None
    else:
        mount = find_mount(host=host, path=path)
        below = mount.path if mount is not None else None
    if mount is None or below is None:
        return None
    return _find(mount.tenant, below)


def _find(tenant: Tenant, path: str) -> Document | None:
    if _WELL_KNOWN.fullmatch(path):
        return _remembered(tenant, "metadata", lambda: server_metadata(tenant), seconds=60)
    if path == "/jwks":
        return _remembered(tenant, "jwks", lambda: key_set(tenant), seconds=300)
    resource = _RESOURCE.fullmatch(path)
    if resource:
        return _remembered(tenant, path, lambda: resource_metadata(tenant, resource[1]), seconds=60)
    return None


def _remembered(tenant: Tenant, name: str, build: Callable[[], Any], *, seconds: int) -> Document | None:
    return remember(tenant, ("document", name), lambda: _document(build(), seconds=seconds))


def _document(content: Any, *, seconds: int) -> Document | None:
    if content is None:
        return None
    body = json.dumps(content, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", f"public, max-age={seconds}"),
        ("ETag", etag),
        # MCP: browser clients discover from their own pages. Nothing here depends on who asks.
        ("Access-Control-Allow-Origin", "*"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return Document(headers, body, etag)


def answer_document(environ: dict[str, Any], start_response: Any, document: Document) -> list[bytes]:
    method = environ["REQUEST_METHOD"]
    if method == "OPTIONS":
        start_response("204 No Content", _PREFLIGHT)
        return []
    if method not in {"GET", "HEAD"}:
        start_response("405 Method Not Allowed", [("Allow", "GET, HEAD, OPTIONS"), ("Content-Length", "0")])
        return []
    if environ.get("HTTP_IF_NONE_MATCH") == document.etag:
        start_response(
            "304 Not Modified",
            [h for h in document.headers if h[0] not in {"Content-Type", "Content-Length"}],
        )
        return []
    start_response("200 OK", document.headers)
    return [] if method == "HEAD" else [document.body]


_PREFLIGHT = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "MCP-Protocol-Version, Mcp-Method, Mcp-Name"),
    ("Access-Control-Max-Age", "600"),
]
