"""The second wall, inside the SDK: asks again just before a call runs, and reports it.

The guard reads the body on its own, and two readers of one body can disagree. What the SDK understood is what runs.
"""

from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_REQUEST
from starlette.requests import Request

from portal.demo.mcp_server.report import Reporter
from portal.demo.mcp_server.require import Catalog


class Admission:
    def __init__(self, *, catalog: Catalog, reporter: Reporter) -> None:
        self._catalog = catalog
        self._reporter = reporter

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        call = self._catalog.find_call(ctx.method, ctx.params)
        # Without an id it is a notification, which runs nothing.
        if call is not None and ctx.request_id is not None:
            token = _read_token(ctx.request)
            if self._catalog.name_missing([call], token.scopes):
                self._reporter.record("denied", call, token)
                raise MCPError(code=INVALID_REQUEST, message="The access token does not allow this.")
            self._reporter.record("allowed", call, token)
        return await call_next(ctx)


def _read_token(request: object) -> AccessToken:
    user = request.scope.get("user") if isinstance(request, Request) else None
    if not isinstance(user, AuthenticatedUser):
        raise MCPError(code=INVALID_REQUEST, message="An access token is needed.")
    return user.access_token
