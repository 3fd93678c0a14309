"""oauthlib, with nothing registered but what we offer: no implicit, password or hybrid grant exists to be enabled."""

from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.endpoints import ResourceEndpoint
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256
from oauthlib.oauth2.rfc6749.tokens import BearerToken

from portal.oauth.validator import Validator


class ResourceProtection(ResourceEndpoint):
    """The toolkit's server class: it protects resources. Authorization and tokens have views of their own."""

    def __init__(self, request_validator: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 (the toolkit's signature)
        super().__init__("Bearer", token_types={"Bearer": BearerToken(request_validator)})


class CodeGrant(AuthorizationCodeGrant):
    def __init__(self) -> None:
        super().__init__(Validator())
        # RFC 7636 §4.2: `plain` protects from nobody who can read the request.
        self._code_challenge_methods = {"S256": code_challenge_method_s256}


def validate_authorization_request(parameters: dict[str, str]) -> Request:
    """oauthlib's view of the request. Raises FatalClientError where no redirect is safe, else OAuth2Error."""
    request = Request("", http_method="GET", body=parameters)
    CodeGrant().validate_authorization_request(request)
    return request
