"""The keys that a client may show."""

import pytest

from portal.clients import public_keys
from portal.clients.document import Fields, InvalidMetadata

EC = {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "BBBB", "kid": "1"}
RSA = {"kty": "RSA", "n": "AAAA", "e": "AQAB"}
OKP = {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}


def read(**document):
    return public_keys.read(Fields(document))


def test_reads_keys_or_their_address_or_neither():
    assert read() == (None, "")
    assert read(jwks=None, jwks_uri="") == (None, "")
    assert read(jwks={"keys": [EC, RSA, OKP], "more": 1}) == ({"keys": [EC, RSA, OKP]}, "")
    uri = "https://chatgpt.com/oauth/jwks.json"
    assert read(jwks_uri=uri) == (None, uri)


@pytest.mark.spec("RFC 7591", "2")
def test_refuses_both():
    with pytest.raises(InvalidMetadata, match="both"):
        read(jwks={"keys": [EC]}, jwks_uri="https://client.example/jwks")


@pytest.mark.parametrize(
    "jwks",
    [
        *[{"keys": [{**EC, member: "AAAA"}]} for member in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")],
        {"keys": [EC, {**RSA, "d": None}]},
        {"keys": [{"kty": "oct", "k": "AAAA"}]},
        {"keys": [{"kty": "oct"}]},
        {"keys": [{"kty": ["EC"]}]},
        {"keys": [{"kty": "EC", "crv": "P-256", "x": "AAAA"}]},
        {"keys": [{**RSA, "e": ""}]},
        {"keys": [{**RSA, "n": 1}]},
        {"keys": []},
        {"keys": [EC] * 21},
        {"keys": EC},
        {"keys": ["x"]},
        {},
        [],
        "",
        "text",
    ],
    ids=lambda jwks: f"RG-015-{str(jwks)[:50]}",
)
def test_refuses_keys_that_are_not_public(jwks):
    with pytest.raises(InvalidMetadata) as refused:
        read(jwks=jwks)
    assert refused.value.error == "invalid_client_metadata"


@pytest.mark.parametrize(
    "uri",
    [
        "http://client.example/jwks",
        "https://127.0.0.1/jwks",
        "https://[::1]/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1:8443/jwks",
        "https://localhost/jwks",
        "https://app.localhost/jwks",
        "https://APP.LOCALHOST:1/jwks",
        "https://metadata.google.internal/jwks",
        "https://jwks",
        "file:///etc/passwd",
    ],
    ids=lambda uri: f"RG-015-{uri}",
)
def test_refuses_addresses_of_keys_that_are_not_public(uri):
    with pytest.raises(InvalidMetadata) as refused:
        read(jwks_uri=uri)
    assert refused.value.error == "invalid_client_metadata"
