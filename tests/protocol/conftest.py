"""One tenant for the tests of one file; each takes clients and people of its own where it changes them."""

import pytest


@pytest.fixture(scope="module")
def place():
    from tests.places import open_place

    return open_place()


@pytest.fixture(scope="module")
def elsewhere():
    """Another tenant."""
    from tests.places import open_place

    return open_place()


@pytest.fixture
def member(place):
    """Somebody with a browser of their own, not signed in yet."""
    from tests.people import make_person

    return make_person(place)


@pytest.fixture(scope="module")
def public(place):
    """A public client that registered itself."""
    from tests.programs import register

    return register(place)


@pytest.fixture(scope="module")
def approved(place):
    """A confidential client that an admin approved."""
    from tests.registry import enrol

    return enrol(place)


@pytest.fixture(scope="module")
def visitor():
    """HTTP without a cookie that anything depends on."""
    from tests.programs import open_web

    with open_web() as client:
        yield client


@pytest.fixture(scope="module")
def regular(place):
    """Somebody who stays signed in, so that an approved client's ask comes back at once."""
    from tests.people import make_person

    person = make_person(place)
    person.sign_in()
    return person


@pytest.fixture(scope="module")
def machine(place):
    """A confidential client that acts for itself."""
    from tests.registry import enrol

    return enrol(
        place,
        grant_types=["client_credentials"],
        scope="mcp:tools:score mcp:tools:weather",
        redirect_uris="",
    )
