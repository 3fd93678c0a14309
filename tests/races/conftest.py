"""Rounds: a few in the suite; `RACE_ROUNDS=100` for as many as it takes to believe it."""

import os
from collections.abc import Iterator

import pytest

from tests.races.crowd import Crowd

ROUNDS = int(os.environ.get("RACE_ROUNDS", "3"))


@pytest.fixture(scope="session")
def crowd() -> Iterator[Crowd]:
    crowd = Crowd()
    yield crowd
    crowd.leave()


@pytest.fixture
def rounds() -> range:
    return range(ROUNDS)
