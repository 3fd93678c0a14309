"""RFC 7517: JSON Web Key. The issuer's public keys, fetched when first needed and kept."""

import asyncio
import logging
from time import monotonic

import httpx
import jwt

from portal.demo.mcp_server.connect import PortalUnavailableError

logger = logging.getLogger(__name__)

MAX_AGE = 300.0
UNKNOWN_KEY_PAUSE = 5.0
FAILURE_PAUSE = 1.0
STALE_PAUSE = 10.0


class KeyRing:
    """Keys by `kid`. Those already known stay in use while the portal is down: a signature does not expire with it."""

    def __init__(self, *, portal: httpx.AsyncClient, url: str) -> None:
        self._portal = portal
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._tried_at = float("-inf")
        self._failed = False
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> jwt.PyJWK | None:
        if self._is_due(kid):
            async with self._lock:
                # Somebody else may have fetched while this request waited.
                if self._is_due(kid):
                    await self._fetch()
        key = self._keys.get(kid)
        if key is None and self._failed:
            # Without the portal nobody can say whether this key is new or invented.
            raise PortalUnavailableError(f"no keys from {self._url}")
        return key

    def _is_due(self, kid: str) -> bool:
        """Invented key ids must not turn this server into a flood against its portal: hence the pauses."""
        age = monotonic() - self._tried_at
        if kid in self._keys:
            return age >= (STALE_PAUSE if self._failed else MAX_AGE)
        return age >= (FAILURE_PAUSE if self._failed else UNKNOWN_KEY_PAUSE)

    async def _fetch(self) -> None:
        try:
            answer = await self._portal.get(self._url)
            answer.raise_for_status()
            self._keys = _read_keys(answer.json())
            self._failed = False
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            logger.warning("The issuer's keys could not be fetched from %s: %r", self._url, error)
            self._failed = True
        finally:
            self._tried_at = monotonic()


def _read_keys(document: object) -> dict[str, jwt.PyJWK]:
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise TypeError("not a JWK set")
    keys: dict[str, jwt.PyJWK] = {}
    for entry in document["keys"]:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        kid = entry.get("kid")
        if not isinstance(kid, str):
            continue
        try:
            keys[kid] = jwt.PyJWK(entry)
        except (jwt.PyJWTError, ValueError, TypeError):
            # RFC 7517 §5: a key of a kind that is not understood is passed over.
            logger.info("A key of the issuer is of a kind this server does not know: %r", kid)
    return keys
