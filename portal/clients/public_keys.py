"""RFC 7591 §2, `jwks` and `jwks_uri`: the public keys of a client, and nothing else.

A client that shows its private key has lost it, and a symmetric key in a public document is no secret: both are refused
rather than cleaned, because the developer must hear of it.
"""

import re

from portal.clients.document import Fields, refuse

MAX_KEYS = 20
# RFC 7518 §6: the members that make each kind of public key, and those that only a private or symmetric key has.
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_HOST_NAME = re.compile(r"https://(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*(?:[:/?#]|$)")
_LOCAL_NAME = re.compile(r"\.(?:localhost|local|internal|home\.arpa)(?:[:/?#]|$)", re.IGNORECASE)


def read(fields: Fields) -> tuple[dict[str, object] | None, str]:
    """Return the client's keys, or the address they stand at; a client may have neither."""
    jwks, jwks_uri = fields.document.get("jwks"), fields.https("jwks_uri")
    if jwks is not None and jwks_uri:
        # RFC 7591 §2: jwks and jwks_uri MUST NOT both be present.
        refuse("jwks and jwks_uri are both there; send one of them.")
    if jwks_uri and (_HOST_NAME.match(jwks_uri) is None or _LOCAL_NAME.search(jwks_uri)):
        refuse("jwks_uri must be on a public host with a name.")
    if jwks is None:
        return None, jwks_uri
    if not isinstance(jwks, dict):
        refuse("jwks must be an object with the member keys.")
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_KEYS:
        refuse(f"jwks.keys must be a list of 1 to {MAX_KEYS} keys.")
    for index, key in enumerate(keys):
        _check(f"jwks.keys[{index}]", key)
    return {"keys": keys}, ""


def _check(where: str, key: object) -> None:
    if not isinstance(key, dict):
        refuse(f"{where} must be an object.")
    if _PRIVATE & key.keys():
        refuse(
            f"{where} holds private or symmetric key material. Replace that key, and send the public part only."
        )
    kty = key.get("kty")
    members = _PUBLIC.get(kty) if isinstance(kty, str) else None
    if members is None:
        refuse(f"{where} must have kty RSA, EC or OKP.")
    if not all(isinstance(key.get(member), str) and key[member] for member in members):
        refuse(f"{where} must have the members {', '.join(members)}.")
