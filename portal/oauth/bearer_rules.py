"""What the toolkit's resource protection asks of a bearer token: exactly ours are accepted (RFC 6750, RFC 9068)."""

from datetime import UTC, datetime
from typing import Any

from portal.clients.models import Client
from portal.grants.inspect import live_claims
from portal.grants.models import AccessToken
from portal.keys.sign import InvalidToken
from portal.users.models import User
from tenants.current import current_tenant


class BearerRules:
    def validate_bearer_token(self, token: str, scopes: list[str], request: Any) -> bool:
        """True for a live access token of the current tenant that has these scopes; `request` then knows whose."""
        claims = self._claims(token)
        if claims is None or not set(scopes or []) <= set(claims["scope"].split()):
            return False
        request.client = Client.objects.get(client_id=claims["client_id"])
        request.user = User.objects.get(sub=claims["sub"]) if "grant_id" in claims else None
        request.scopes = scopes
        request.access_token = AccessToken(
            token="",
            scope=claims["scope"],
            resource=[claims["aud"]],
            expires=datetime.fromtimestamp(claims["exp"], UTC),
            user=request.user,
            client=request.client,
        )
        # RFC 8707 §2: a token for one server opens no other.
        return bool(request.access_token.allows_audience(request.uri.partition("?")[0]))

    def validate_jwt_bearer_token(self, token: str, scopes: list[str], request: Any) -> bool:
        """The toolkit takes JWTs for ID tokens; those are no access tokens here."""
        return self.validate_bearer_token(token, scopes, request)

    def _claims(self, token: str | None) -> dict[str, Any] | None:
        try:
            return live_claims(current_tenant(), token) if token else None
        except InvalidToken:
            return None
