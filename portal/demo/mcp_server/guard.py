"""MCP authorization, "Access token usage": who may pass, decided for each HTTP request before any of it runs."""

from dataclasses import dataclass

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecurityMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.demo.mcp_server.challenge import Challenger, answer_unavailable
from portal.demo.mcp_server.connect import PortalUnavailableError
from portal.demo.mcp_server.introspect import Introspector
from portal.demo.mcp_server.parse import read_calls
from portal.demo.mcp_server.report import Reporter
from portal.demo.mcp_server.require import Catalog
from portal.demo.mcp_server.verify import InvalidTokenError, Verifier

MAX_BODY = 1024 * 1024


class _RefusedError(Exception):
    def __init__(self, answer: Response) -> None:
        self.answer = answer


@dataclass(frozen=True, kw_only=True)
class Guard:
    app: ASGIApp
    catalog: Catalog
    verifier: Verifier
    introspector: Introspector
    challenger: Challenger
    reporter: Reporter
    security: TransportSecurityMiddleware

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            token, body = await self._admit(request)
        except _RefusedError as refused:
            await refused.answer(scope, receive, send)
        except ClientDisconnect:
            return
        else:
            # Where the SDK looks for it: its sessions and `get_access_token()` then know who is asking.
            await self.app({**scope, "user": AuthenticatedUser(token)}, _replay(body, receive), send)

    async def _admit(self, request: Request) -> tuple[AccessToken, bytes]:
        if answer := await self.security.validate_request(request):
            raise _RefusedError(answer)
        token, active = await self._authenticate(request)
        body = await _read_body(request)
        calls = read_calls(body, self.catalog)
        missing = self.catalog.name_missing(calls, token.scopes)
        if missing or not active:
            for call in calls:
                self.reporter.record("denied", call, token)
        if not active:
            raise _RefusedError(self.challenger.refuse_token("The access token has been revoked."))
        if missing:
            raise _RefusedError(self.challenger.ask_for_scopes(token.scopes, missing))
        if request.method != "POST":
            # No session and nothing to push: an open stream would only outlive the token that opened it.
            raise _RefusedError(Response(status_code=405, headers={"Allow": "POST"}))
        return token, body

    async def _authenticate(self, request: Request) -> tuple[AccessToken, bool]:
        bearer = self._read_bearer(request)
        try:
            token = await self.verifier.verify(bearer)
            return token, await self.introspector.is_active(bearer)
        except InvalidTokenError as error:
            raise _RefusedError(self.challenger.refuse_token(str(error))) from error
        except PortalUnavailableError as error:
            raise _RefusedError(answer_unavailable()) from error

    def _read_bearer(self, request: Request) -> str:
        # RFC 6750 §2.1: the header is the only place; a token in the query string is not even looked at.
        values = request.headers.getlist("authorization")
        if len(values) > 1:
            raise _RefusedError(
                self.challenger.refuse_request("There is more than one Authorization header.")
            )
        kind, _, bearer = values[0].partition(" ") if values else ("", "", "")
        if kind.lower() != "bearer" or not bearer.strip():
            raise _RefusedError(self.challenger.ask_for_token())
        return bearer.strip()


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _RefusedError(Response("The request is too large.", status_code=413))
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body to the application a second time."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return pending.pop() if pending else await receive()

    return receive_again
