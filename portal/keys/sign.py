"""RFC 7515, RFC 9068: signing and verifying a tenant's JWTs with keys that stay in memory as objects."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm
from jwt.utils import der_to_raw_signature

from portal.keys.models import SigningKey
from tenants.cache import remember
from tenants.current import transaction_of
from tenants.models import Tenant
from tenants.seal import unseal


class _DeterministicES256(ECAlgorithm):
    """RFC 6979: the same claims give the same token, so a raced refresh gets back what its twin got."""

    def sign(self, msg: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
        der = key.sign(msg, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        return der_to_raw_signature(der, key.curve)


def _codec() -> jwt.PyJWT:
    codec = jwt.PyJWT()
    codec._jws.unregister_algorithm("ES256")  # noqa: SLF001 (PyJWT registers algorithms on its JWS object alone)
    codec._jws.register_algorithm("ES256", _DeterministicES256(ECAlgorithm.SHA256))  # noqa: SLF001
    return codec


_CODEC = _codec()


class Keyring(NamedTuple):
    private: dict[str, tuple[str, Any]]
    """By algorithm: kid and private key object."""
    public: dict[str, tuple[str, Any]]
    """By kid: algorithm and public key object, retired keys too."""
    jwks: list[dict[str, Any]]


def keyring(tenant: Tenant) -> Keyring:
    return remember(tenant, "keyring", lambda: _load(tenant))


def _load(tenant: Tenant) -> Keyring:
    private: dict[str, tuple[str, Any]] = {}
    public: dict[str, tuple[str, Any]] = {}
    jwks: list[dict[str, Any]] = []
    with transaction_of(tenant):
        keys = list(SigningKey.objects.order_by("created"))
    for key in keys:
        pem = unseal(bytes(key.sealed_private_key), bound_to=f"{tenant.id}:{key.kid}")
        # What AES-GCM has opened is what `rotate` made: checking an RSA key's primes again would cost 50 ms each time.
        loaded = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        public[key.kid] = (key.alg, loaded.public_key())
        jwks.append(key.public_jwk)
        if key.status == SigningKey.Status.ACTIVE:
            private[key.alg] = (key.kid, loaded)
    return Keyring(private, public, jwks)


def sign(tenant: Tenant, claims: Mapping[str, Any], *, typ: str, alg: str | None = None) -> str:
    alg = alg or tenant.signing_algorithm
    kid, key = keyring(tenant).private[alg]
    return _CODEC.encode(dict(claims), key, algorithm=alg, headers={"typ": typ, "kid": kid})


class InvalidToken(Exception):  # noqa: N818 (the name of the standards' error)
    """The token is not one of this tenant's, or not any more."""


def verify(tenant: Tenant, token: str, *, typ: str) -> dict[str, Any]:
    """The claims of a token that this tenant signed and that has not expired. Raises InvalidToken.

    RFC 8725 §3.1, §3.11: algorithm and key are ours, found by kid alone; whatever else the header says is ignored.
    """
    try:
        header = jwt.get_unverified_header(token)
        alg, key = keyring(tenant).public[header["kid"]]
        if header.get("typ") != typ or header.get("alg") != alg:
            raise InvalidToken
        claims: dict[str, Any] = _CODEC.decode(
            token, key, algorithms=[alg], issuer=tenant.issuer,
            options={"verify_aud": False, "require": ["exp", "iat", "iss", "jti"]},
        )  # fmt: skip
    except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
        raise InvalidToken from error
    return claims
