"""RFC 8707, Resource Indicators for OAuth 2.0: the token is for one MCP server, named by its one URI."""

import jwt
import pytest

from portal.resources.models import ResourceServer
from tenants.cache import forget
from tenants.current import transaction_of
from tests.people import make_person
from tests.places import open_place
from tests.programs import answer_of
from tests.registry import enrol


@pytest.fixture(scope="module")
def place():
    """A tenant whose MCP server is known by what real clients send, too."""
    place = open_place()
    origin = place.resource.removesuffix("/mcp")
    with transaction_of(place.tenant):
        ResourceServer.objects.update(aliases=[origin, place.resource + "/"])
    forget(place.tenant)
    return place


def audience(tokens):
    return jwt.decode(tokens["access_token"], options={"verify_signature": False})["aud"]


@pytest.mark.spec("RFC 3986", "6.2.2")
@pytest.mark.spec("RFC 3986", "6.2.3")
@pytest.mark.spec("RFC 8707", "2")
@pytest.mark.spec("RFC 8707", "2.2")
@pytest.mark.parametrize("spelled", ["{r}", "{r}/", "{origin}", "{origin}/", "{upper}", "{port}"])
def test_whatever_spelling_is_sent_the_audience_is_the_one_uri(place, regular, approved, spelled):
    origin = place.resource.removesuffix("/mcp")
    uri = spelled.format(
        r=place.resource,
        origin=origin,
        upper=place.resource.replace("https://mcp", "HTTPS://MCP"),
        port=f"{origin}:443/mcp",
    )
    tokens = approved.connect(regular, resource=uri)
    assert audience(tokens) == place.resource
    again = approved.refresh(tokens["refresh_token"], resource=uri).json()
    assert audience(again) == place.resource
    code = answer_of(regular.answer(approved.ask(resource=uri)))["code"]
    assert audience(approved.redeem(code, resource=uri).json()) == place.resource


@pytest.mark.spec("RFC 8707", "2")
def test_without_resource_the_only_server_is_meant(place, regular, approved, machine):
    assert audience(approved.connect(regular, resource=None)) == place.resource
    assert audience(machine.token(grant_type="client_credentials").json()) == place.resource


@pytest.mark.spec("RFC 3986", "2")
@pytest.mark.spec("RFC 8707", "2")
@pytest.mark.parametrize(
    "uri",
    [
        "https://unknown.example/mcp",
        "mcp",
        "https://mcp.example/#x",
        "urn:x",
        "https://mcp.example/a b",
        "https://é.example",
    ],
)
def test_an_unknown_resource_is_an_invalid_target_everywhere(place, visitor, regular, approved, machine, uri):
    assert answer_of(visitor.get(approved.ask(resource=uri)))["error"] == "invalid_target"
    assert machine.token(grant_type="client_credentials", resource=uri).json()["error"] == "invalid_target"
    tokens = approved.connect(regular)
    assert approved.refresh(tokens["refresh_token"], resource=uri).json()["error"] == "invalid_target"


@pytest.mark.spec("RFC 8707", "2.2")
def test_a_token_is_for_the_resource_that_was_asked_with():
    place = open_place()
    person, program = make_person(place), enrol(place)
    with transaction_of(place.tenant):
        second = ResourceServer.objects.create(
            slug="two", name="Two", resource="https://two.example/mcp", client_id="rs_two"
        )
    forget(place.tenant)
    code = answer_of(person.answer(program.ask(resource=place.resource)))["code"]
    assert program.redeem(code, resource=second.resource).json()["error"] == "invalid_target"
    tokens = program.redeem(code).json()
    assert audience(tokens) == place.resource
    assert (
        program.refresh(tokens["refresh_token"], resource=second.resource).json()["error"] == "invalid_target"
    )
