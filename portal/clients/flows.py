"""RFC 7591 §2.1: which grants, response types and ways to authenticate a client may register, and which go together."""

from collections.abc import Collection

from portal.clients.document import Fields, refuse

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Clients copy these from our metadata without a plan. RFC 7591 §3.2.1 lets us leave out what we don't give, and
#: refusing would cost them the registration.
_LEFT_OUT = frozenset({DEVICE_CODE, JWT_BEARER})
_AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post")


def read_auth_method(fields: Fields) -> str:
    # RFC 7591 §2: if omitted, the default is client_secret_basic.
    method = fields.string("token_endpoint_auth_method") or "client_secret_basic"
    if method == "private_key_jwt":
        refuse(
            "token_endpoint_auth_method private_key_jwt is not offered to clients that register themselves."
        )
    if method not in _AUTH_METHODS:
        refuse(f"token_endpoint_auth_method must be one of {', '.join(_AUTH_METHODS)}.")
    return method


def read_grant_types(fields: Fields, *, allowed: Collection[str]) -> tuple[str, ...]:
    # RFC 7591 §2: if omitted, the default is authorization_code.
    asked = fields.strings("grant_types", limit=20) or ("authorization_code",)
    kept = tuple(grant for grant in asked if grant in allowed or grant not in _LEFT_OUT)
    refused = [grant for grant in kept if grant not in allowed]
    if refused:
        refuse(f"grant_types has {refused[0][:60]}, which a client that registers itself can not have.")
    if not {"authorization_code", DEVICE_CODE}.intersection(kept):
        refuse("grant_types must have authorization_code.")
    return kept


def read_response_types(fields: Fields, *, grant_types: tuple[str, ...]) -> tuple[str, ...]:
    # RFC 7591 §2.1: grant_types and response_types must fit; authorization_code goes with code.
    fitting = ("code",) if "authorization_code" in grant_types else ()
    asked = fields.strings("response_types", limit=20) or fitting
    if asked != fitting:
        refuse("response_types must be code, and go with the grant type authorization_code.")
    return asked
