"""RFC 9068: what an access token says. It leaves no row: `grant_id` and `family_id` lead to the rows that can end it."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.clients.models import Client
from portal.keys.sign import sign
from portal.resources import scopes
from portal.resources.catalog import catalog
from tenants.models import Tenant
from tenants.seal import derived_keys


def new_code() -> str:
    return "ac_" + secrets.token_urlsafe(32)


def new_refresh_token() -> str:
    return "rt_" + secrets.token_urlsafe(32)


def successor_of(refresh_token: str, *, seed: bytes) -> str:
    """The token that replaces this one: it can be made again from the presented token, the row's seed and our key,
    and from nothing less (decision 2)."""
    mac = hmac.new(derived_keys("successor")[0], seed + refresh_token.encode(), hashlib.sha256)
    return "rt_" + _base64url(mac.digest())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token_scope(tenant: Tenant, *, resource: str, held: Iterable[str]) -> tuple[str, ...]:
    """What a token lists (DESIGN, section 6): held catalog scopes that still exist, wildcards, and OpenID's own."""
    held = tuple(held)
    names = next((server.names for server in catalog(tenant) if server.resource == resource), ())
    identity = (scope for scope in held if scope in scopes.IDENTITY)
    return scopes.canonical((*identity, *scopes.expand((s for s in held if s not in scopes.IDENTITY), names)))


def access_token(
    tenant: Tenant,
    client: Client,
    *,
    sub: str,
    scope: Iterable[str],
    resource: str,
    issued_at: datetime | None = None,
    expires_at: datetime | None = None,
    jti: str | None = None,
    grant_id: UUID | None = None,
    family_id: UUID | None = None,
) -> tuple[str, int]:
    """The signed token, and how many seconds it is good for from now."""
    now = time.time()
    iat = int(issued_at.timestamp() if issued_at else now)
    exp = iat + tenant.access_token_seconds
    if expires_at is not None:
        exp = min(exp, int(expires_at.timestamp()))
    claims: dict[str, Any] = {
        # RFC 9068 §2.2
        "iss": tenant.issuer,
        "aud": resource,
        "sub": sub,
        "client_id": client.client_id,
        "iat": iat,
        "exp": exp,
        "jti": jti or secrets.token_hex(16),
        "scope": " ".join(scope),
    }
    if grant_id is not None:
        claims["grant_id"] = str(grant_id)
        claims["family_id"] = str(family_id)
    return sign(tenant, claims, typ="at+jwt"), max(exp - int(now), 1)


def id_token(
    tenant: Tenant,
    client: Client,
    *,
    sub: str,
    nonce: str,
    auth_time: datetime,
    access: str,
    claims: Mapping[str, Any],
) -> str:
    """OpenID Connect Core §2."""
    now = int(time.time())
    half = hashlib.sha256(access.encode()).digest()[:16]
    content: dict[str, Any] = {
        **claims,
        "iss": tenant.issuer,
        "sub": sub,
        "aud": client.client_id,
        "iat": now,
        "exp": now + 600,
        "jti": secrets.token_hex(16),
        "auth_time": int(auth_time.timestamp()),
        "at_hash": _base64url(half),
    }
    if nonce:
        content["nonce"] = nonce
    return sign(tenant, content, typ="JWT")
