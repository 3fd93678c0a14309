"""Encryption at rest and keyed digests, under keys that are not in the database (`PORTICO_KEYS`, newest first)."""

import base64
import hashlib
import hmac
import os
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@cache
def derived_keys(purpose: str) -> tuple[bytes, ...]:
    """One 32-byte key for each of PORTICO_KEYS: no two purposes share one."""
    if not settings.PORTICO_KEYS:
        raise ImproperlyConfigured("Set PORTICO_KEYS to a base64url key of 32 bytes (see README, Settings).")
    return tuple(_derive(key, purpose) for key in settings.PORTICO_KEYS)


def _derive(encoded: str, purpose: str) -> bytes:
    master = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    if len(master) < 32:
        raise ImproperlyConfigured("Each of PORTICO_KEYS must be 32 bytes, base64url.")
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(master)


def seal(secret: bytes, *, bound_to: str) -> bytes:
    """AES-256-GCM. `bound_to` (tenant and name) must be the same to open it: a row moved elsewhere stays shut."""
    nonce = os.urandom(12)
    return nonce + AESGCM(derived_keys("seal")[0]).encrypt(nonce, secret, bound_to.encode())


def unseal(sealed: bytes, *, bound_to: str) -> bytes:
    for key in derived_keys("seal"):
        try:
            return AESGCM(key).decrypt(sealed[:12], sealed[12:], bound_to.encode())
        except InvalidTag:
            continue
    raise ValueError(f"None of PORTICO_KEYS opens what is bound to {bound_to}.")


def new_secret() -> str:
    """256 bits, URL-safe: reads the same whether or not a client encodes it for HTTP Basic."""
    return secrets.token_urlsafe(32)


def secret_digest(secret: str) -> str:
    """A keyed digest of a secret of ours: 256 random bits need no slow hash."""
    return hmac.new(derived_keys("secret")[0], secret.encode(), hashlib.sha256).hexdigest()


def secret_matches(secret: str, digests: list[str]) -> bool:
    """Whether the secret is one of these, in a time that tells nothing, whatever the list holds."""
    found = False
    for key in derived_keys("secret"):
        presented = hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()
        for digest in digests or [_NOBODYS]:
            found |= hmac.compare_digest(presented, digest)
    return found


_NOBODYS = "0" * 64


def token_digest(token: str) -> bytes:
    """What the database keeps of a code or token: 256 random bits, so a plain digest tells nothing."""
    return hashlib.sha256(token.encode()).digest()
