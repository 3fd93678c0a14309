"""One running demo for all journeys of a process."""

import pytest


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    from tests.journeys.running import run_demo

    with run_demo(tmp_path_factory.mktemp("journeys") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def visit(demo):
    """One of the demo's people, in a browser that runs no script. They sign in once, as people do."""
    from tests.journeys.visitor import Visitor, open_browser

    browsers = {}

    def visit(email="alice@acme.example", *, slug="acme"):
        if email not in browsers:
            browsers[email] = open_browser()
        return Visitor(demo.issuer(slug), email, demo.password(email), browsers[email])

    yield visit
    for browser in browsers.values():
        browser.close()
