"""The cache's ear, for tests that must know that it has heard all."""

from tenants import cache
from tests.processes import wait_until


def catch_up() -> None:
    """Until all that has been committed by now is heard: the second echo from now was called after it."""
    cache._watch.start()
    for _ in range(2):
        before = cache._watch.heard
        assert wait_until(lambda before=before: cache._watch.heard > before, seconds=10)
