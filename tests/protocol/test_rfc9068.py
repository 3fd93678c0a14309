"""RFC 9068, JWT Profile for OAuth 2.0 Access Tokens."""

import jwt
import pytest

from tests.places import open_place
from tests.registry import enrol


def read(place, web, token):
    keys = jwt.PyJWKSet.from_dict(web.get(f"{place.issuer}/jwks").json())
    header = jwt.get_unverified_header(token)
    return header, jwt.decode(
        token,
        keys[header["kid"]].key,
        algorithms=[header["alg"]],
        audience=place.resource,
        issuer=place.issuer,
    )


@pytest.mark.spec("RFC 9068", "2.1")
@pytest.mark.spec("RFC 9068", "4")
@pytest.mark.spec("RFC 7517", "5")
@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_is_signed_by_a_published_key_and_says_what_it_is(alg):
    place = open_place(signing_algorithm=alg)
    program = enrol(place, grant_types=["client_credentials"], scope="mcp:tools:score")
    token = program.token(grant_type="client_credentials").json()["access_token"]
    header, claims = read(place, program.web, token)
    assert (header["typ"], header["alg"]) == ("at+jwt", alg)
    assert claims["iss"] == place.issuer


@pytest.mark.spec("RFC 9068", "2.2")
def test_has_every_claim_of_the_standard(place, regular, approved):
    tokens = approved.connect(regular)
    _, claims = read(place, approved.web, tokens["access_token"])
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope"} <= set(claims)
    assert claims["sub"] == regular.user.sub
    assert claims["client_id"] == approved.client_id
    assert claims["aud"] == place.resource
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 600


@pytest.mark.spec("RFC 9068", "2.2")
def test_without_a_user_the_subject_is_the_client(place, machine):
    token = machine.token(grant_type="client_credentials").json()["access_token"]
    _, claims = read(place, machine.web, token)
    assert claims["sub"] == claims["client_id"] == machine.client_id
    assert not {"grant_id", "family_id"} & set(claims)


@pytest.mark.spec("RFC 9068", "2.2.3")
def test_a_wildcard_is_listed_with_what_it_covers(place, regular, approved):
    wildcard = "mcp:exec:workflows:*"
    tokens = approved.connect(regular, tick=(wildcard,), scope=f"mcp:tools:score {wildcard}")
    assert tokens["scope"].split() == [wildcard, "mcp:exec:workflows:daily", "mcp:tools:score"]


@pytest.mark.spec("RFC 9068", "2.2")
def test_no_two_tokens_have_one_jti(place, machine):
    tokens = [machine.token(grant_type="client_credentials").json()["access_token"] for _ in range(5)]
    assert len({read(place, machine.web, token)[1]["jti"] for token in tokens}) == 5
