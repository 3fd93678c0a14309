"""RFC 7638: JSON Web Key Thumbprint, which is our `kid`."""

import base64
import hashlib
import json
from collections.abc import Mapping

_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


def thumbprint(jwk: Mapping[str, str]) -> str:
    # RFC 7638 §3.2: the required members alone, in lexical order, without white space.
    members = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
