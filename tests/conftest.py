"""The suite's ground: a PostgreSQL cluster of its own, migrated by the owner, used as the web's role.

Nothing is rolled back or emptied: each test takes a fresh tenant, and tenants are walled off from each other. That is
what the product promises, so the suite leans on it.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import httpx
import pytest
from hypothesis import settings as hypothesis_settings

_stack = ExitStack()

hypothesis_settings.register_profile("suite", deadline=None, max_examples=100)
hypothesis_settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        django.setup()  # the controller collects nothing and runs nothing
        return
    _start_database()
    django.setup()
    _migrate()


def pytest_unconfigure() -> None:
    _stack.close()


def _start_database() -> None:
    from portal.management.postgres import cluster

    home = Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix="portico-tests-")))
    database = _stack.enter_context(cluster(home, fast=True))
    os.environ["DATABASE_URL"] = database.app_url
    os.environ["DATABASE_OWNER_URL"] = database.owner_url
    os.environ["BROKER_URL"] = database.broker_url
    os.environ["MAIL_FILE"] = str(home / "mail.txt")


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", database="owner", verbosity=0)
    connections["owner"].close()
    from tests.places import open_root

    open_root()


@pytest.fixture
def tenant():
    """A fresh tenant with an MCP server and its catalog."""
    from tests.places import open_place

    return open_place()


@pytest.fixture
def other():
    """Another tenant, made alike."""
    from tests.places import open_place

    return open_place()


@pytest.fixture
def web() -> Iterator[httpx.Client]:
    """HTTP to the whole application, through all three lanes."""
    from tests.programs import open_web

    with open_web() as client:
        yield client


@pytest.fixture
def person(tenant):
    """A member of the tenant who can sign in."""
    from tests.people import make_person

    return make_person(tenant)


@pytest.fixture
def program(tenant):
    """A public client that registered itself, with an https redirect URI."""
    from tests.programs import register

    return register(tenant)


# What follows is shared by the tests of one file: where a row counts what it leaves behind, it takes these.


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
