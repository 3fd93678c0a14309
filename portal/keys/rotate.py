"""Making a tenant's signing keys: one of each algorithm, so that a client can be given either."""

import json
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from portal.audit.events import Event
from portal.audit.record import record
from portal.keys.models import SigningKey
from portal.keys.thumbprint import thumbprint
from tenants.current import current_tenant
from tenants.seal import seal

ALGORITHMS = ("ES256", "RS256")


def create_key(*, alg: str) -> SigningKey:
    """A new active key of the current tenant, published from now on (RFC 7517). Records key.created."""
    private: Any
    if alg == "ES256":
        private = ec.generate_private_key(ec.SECP256R1())
        jwk = json.loads(ECAlgorithm.to_jwk(private.public_key()))
    else:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        jwk = json.loads(RSAAlgorithm.to_jwk(private.public_key()))
        jwk.pop("key_ops", None)
    kid = thumbprint(jwk)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = SigningKey(kid=kid, alg=alg, public_jwk={**jwk, "kid": kid, "alg": alg, "use": "sig"})
    key.sealed_private_key = seal(pem, bound_to=f"{current_tenant().id}:{kid}")
    key.save()
    record(Event.KEY_CREATED, data={"kid": kid, "alg": alg})
    return key
