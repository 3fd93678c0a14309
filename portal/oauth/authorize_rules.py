"""What oauthlib asks while it validates an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.4.1)."""

from typing import Any

from portal.clients import redirect_uri as redirects
from portal.clients.resolve import find_client
from tenants.current import current_tenant


class AuthorizeRules:
    """`request` is oauthlib's; its `client` is ours once `validate_client_id` has found it."""

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        request.client = find_client(current_tenant(), client_id)
        return request.client is not None

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return bool(request.client.redirect_uri_allowed(redirect_uri))

    def get_default_redirect_uri(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> str | None:
        # Decision 7: only where nothing is to choose, and OpenID Connect Core §3.1.2.1 doesn't ask for it.
        registered = request.client.redirect_uris.split()
        if (
            len(registered) != 1
            or redirects.is_loopback(registered[0])
            or "openid" in (request.scope or "").split()
        ):
            return None
        return str(registered[0])

    def validate_response_type(
        self, client_id: str, response_type: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return response_type == "code" and "authorization_code" in client.grant_types

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return True

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Scopes are checked against the resource's catalog, which is known only after `resource` was read."""
        return True

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return []
