"""A tenant with a person, a program and quick ways to what they hold."""

import pytest


@pytest.fixture
def scene():
    from tests.scene import set_scene

    return set_scene()
