"""RFC 9068: JSON Web Token (JWT) Profile for OAuth 2.0 Access Tokens. What this server accepts as one."""

from typing import Any

import jwt
from mcp.server.auth.provider import AccessToken

from portal.demo.mcp_server.fetch import KeyRing
from portal.resources.scopes import is_scope

ALGORITHMS = ("ES256", "RS256")
TYPES = ("at+jwt", "application/at+jwt")
REQUIRED = ["iss", "aud", "sub", "client_id", "iat", "exp", "jti"]
LEEWAY = 5.0
MAX_LENGTH = 8192


class InvalidTokenError(Exception):
    """The token is not one of ours, or no longer; the message may be told to whoever sent it."""


class Verifier:
    def __init__(self, *, keys: KeyRing, issuer: str, resource: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._resource = resource

    async def verify(self, token: str) -> AccessToken:
        key = await self._find_key(token)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                issuer=self._issuer,
                # RFC 9068 §4: the audience is this server's own identifier; strictly, so that no list can widen it.
                audience=self._resource,
                leeway=LEEWAY,
                options={"require": REQUIRED, "strict_aud": True},
            )
        except jwt.ExpiredSignatureError as error:
            raise InvalidTokenError("The access token has expired.") from error
        except jwt.InvalidAudienceError as error:
            raise InvalidTokenError("The access token is meant for another resource.") from error
        except jwt.PyJWTError as error:
            raise InvalidTokenError("The access token is not valid.") from error
        return _describe_token(token, claims)

    async def _find_key(self, token: str) -> jwt.PyJWK:
        if len(token) > MAX_LENGTH:
            raise InvalidTokenError("The access token is too long.")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise InvalidTokenError("The access token is not a JWT.") from error
        algorithm, kid = header.get("alg"), header.get("kid")
        # RFC 9068 §4: any other `typ` is refused, so that an ID token can never pass as an access token.
        if (
            str(header.get("typ")).lower() not in TYPES
            or algorithm not in ALGORITHMS
            or not isinstance(kid, str)
        ):
            raise InvalidTokenError("The access token is not of a kind that is accepted here.")
        key = await self._keys.find(kid)
        # RFC 8725 §3.1: the key says which algorithm it is for, not the token.
        if key is None or key.algorithm_name != algorithm:
            raise InvalidTokenError("The access token is signed with a key that its issuer does not publish.")
        return key


def _describe_token(token: str, claims: dict[str, Any]) -> AccessToken:
    scope, client_id = claims.get("scope", ""), claims["client_id"]
    if not isinstance(scope, str) or not isinstance(client_id, str):
        raise InvalidTokenError("The access token is not valid.")
    return AccessToken(
        token=token,
        client_id=client_id,
        # Only well-formed names: they are repeated in a response header.
        scopes=[name for name in scope.split(" ") if is_scope(name)],
        expires_at=int(claims["exp"]),
        resource=claims["aud"],
        subject=claims["sub"],
        claims=claims,
    )
