"""CC-008: fifty programs come at once with one URL that nobody here has seen."""

import os
import secrets

import pytest

from tests.places import open_place
from tests.programs import Program
from tests.publisher import Publisher
from tests.races.crowd import Call, Crowd
from tests.trail import events, rows

MANY = 50


@pytest.fixture(scope="module")
def publisher():
    return Publisher()


def visiting(place, url: str) -> Call:
    registration = {
        "client_id": url,
        "redirect_uris": ["https://client.example/callback"],
        "token_endpoint_auth_method": "none",
    }
    world = {name: os.environ[name] for name in ("PUBLISHER_PORT", "PUBLISHER_CA")}
    return Call("visit", {"url": Program(place, registration).ask(), "world": world})


def test_cc_008_document_is_fetched_once(crowd: Crowd, publisher, rounds):
    for _ in rounds:
        place = open_place()
        url = publisher.publish(f"https://www.publisher.example/{secrets.token_hex(4)}")
        outcomes = crowd.rush([visiting(place, url)] * MANY)
        assert {outcome.result.status for outcome in outcomes} == {302}
        assert publisher.visits(url) == 1
        assert rows(place)["Client"] == 1
        assert len(events(place, "cimd.fetched")) == 1


def test_bad_document_is_fetched_once(crowd: Crowd, publisher):
    place, url = open_place(), f"https://www.publisher.example/{secrets.token_hex(4)}"
    outcomes = crowd.rush([visiting(place, url)] * MANY)
    assert {outcome.result.status for outcome in outcomes} == {400}
    assert publisher.visits(url) == 1
    assert rows(place)["Client"] == 0
    assert len(events(place, "cimd.denied")) == 1
