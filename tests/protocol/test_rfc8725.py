"""RFC 8725, JSON Web Token Best Current Practices: what a token says of itself decides nothing."""

import base64
import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.programs import introspect


@pytest.fixture(scope="module")
def token(machine):
    return machine.token(grant_type="client_credentials").json()["access_token"]


def parts(token):
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})


def spell(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def hs256(header, claims, *, secret):
    """PyJWT refuses to sign with a public key, which is just what a forger does."""
    message = f"{spell(header)}.{spell(claims)}"
    mac = hmac.new(secret, message.encode(), hashlib.sha256).digest()
    return f"{message}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.spec("RFC 8725", "3.1")
def test_algorithm_and_key_are_ours_whatever_the_header_says(place, visitor, token):
    header, claims = parts(token)
    keys = visitor.get(f"{place.issuer}/jwks").json()["keys"]
    rs256 = next(key for key in keys if key["alg"] == "RS256")
    # The public key as an HMAC secret, no signature at all, and a key that the token brings along.
    public = json.dumps(keys[0]).encode()
    own = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(own.public_key()))
    forged = [
        hs256({**header, "alg": "HS256"}, claims, secret=public),
        f"{spell({**header, 'alg': 'none'})}.{spell(claims)}.",
        jwt.encode(claims, own, algorithm="ES256", headers=header),
        jwt.encode(claims, own, algorithm="ES256", headers={**header, "jwk": jwk}),
        jwt.encode(claims, own, algorithm="ES256", headers={**header, "kid": rs256["kid"]}),
        jwt.encode(
            claims,
            rsa.generate_private_key(65537, 2048),
            algorithm="RS256",
            headers={**header, "alg": "RS256"},
        ),
    ]
    assert [introspect(place, one) for one in forged] == [{"active": False}] * len(forged)
    assert introspect(place, token)["active"] is True


@pytest.mark.spec("RFC 8725", "3.11")
def test_one_kind_of_token_is_no_other(place, regular, approved, token):
    tokens = approved.connect(regular, scope="openid mcp:tools:score")
    assert introspect(place, tokens["id_token"]) == {"active": False}
    assert parts(tokens["id_token"])[0]["typ"] != parts(token)[0]["typ"] == "at+jwt"


@pytest.mark.spec("RFC 7638", "3.2")
def test_a_key_is_named_by_its_thumbprint(place, visitor):
    from portal.keys.thumbprint import thumbprint

    required = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
    for key in visitor.get(f"{place.issuer}/jwks").json()["keys"]:
        members = {name: key[name] for name in required[key["kty"]]}
        digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
        assert key["kid"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    # The standard's own example (§3.1)
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
        "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn"
        "1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    example = {"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(example) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
