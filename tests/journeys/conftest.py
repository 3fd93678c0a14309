"""One running demo for all journeys of a process."""

import pytest


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    from tests.journeys.running import run_demo

    with run_demo(tmp_path_factory.mktemp("journeys") / "home") as running:
        yield running


@pytest.fixture
def visit(demo):
    """Opens a browser that runs no script, for one of the demo's people."""
    from tests.journeys.visitor import Visitor

    opened = []

    def visit(email="alice@acme.example", *, slug="acme"):
        opened.append(Visitor(demo.issuer(slug), email, demo.password(email)))
        return opened[-1]

    yield visit
    for visitor in opened:
        visitor.close()
