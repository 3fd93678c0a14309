"""RFC 7662: OAuth 2.0 Token Introspection. Asks whether a well-signed token has been revoked meanwhile."""

from collections import OrderedDict
from hashlib import sha256
from time import monotonic

import httpx

from portal.demo.mcp_server.configure import Configuration
from portal.demo.mcp_server.connect import PortalUnavailableError, credentials

REMEMBERED = 10_000


class Introspector:
    """A signature proves who issued a token, not that it still holds: without this a revocation takes the token's life.

    With no memory (the default) each request asks, and a revocation cuts off at once. Fails closed.
    """

    def __init__(self, *, portal: httpx.AsyncClient, config: Configuration) -> None:
        self._portal = portal
        self._url = f"{config.issuer}/introspect"
        self._auth = credentials(config)
        self._seconds = config.introspect_cache_seconds
        self._answers: OrderedDict[bytes, tuple[float, bool]] = OrderedDict()

    async def is_active(self, token: str) -> bool:
        digest = sha256(token.encode()).digest()
        asked_at, active = self._answers.get(digest, (float("-inf"), False))
        if monotonic() - asked_at < self._seconds:
            return active
        # The clock starts before the question: an answer is never believed longer than it was true.
        asked_at = monotonic()
        active = await self._ask(token)
        if self._seconds:
            self._remember(digest, asked_at, active=active)
        return active

    async def _ask(self, token: str) -> bool:
        form = {"token": token, "token_type_hint": "access_token"}
        try:
            answer = await self._portal.post(self._url, data=form, auth=self._auth)
            answer.raise_for_status()
            document = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PortalUnavailableError(f"no answer from {self._url}: {error!r}") from error
        active = document.get("active") if isinstance(document, dict) else None
        if not isinstance(active, bool):
            raise PortalUnavailableError(f"an answer from {self._url} that says nothing")
        return active

    def _remember(self, digest: bytes, asked_at: float, *, active: bool) -> None:
        self._answers[digest] = (asked_at, active)
        self._answers.move_to_end(digest)
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
