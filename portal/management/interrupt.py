"""Ctrl-C, `kill` and a closed terminal become one exception, raised once and never in the middle of starting a child."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Stop all in order."""


class _Wish:
    """Whether someone wants us to stop, and whether this is a moment at which we can't."""

    asked = False
    deferred = False


@contextmanager
def stop_on_signals() -> Iterator[None]:
    before = {number: signal.signal(number, _stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _Wish.asked = False


@contextmanager
def deferred() -> Iterator[None]:
    """What is in here is done whole: a child that has started is known before Stopped is raised."""
    _Wish.deferred = True
    try:
        yield
    finally:
        _Wish.deferred = False
    if _Wish.asked:
        raise Stopped


def _stop(_number: int, _frame: FrameType | None) -> None:
    first, _Wish.asked = not _Wish.asked, True
    if first and not _Wish.deferred:
        raise Stopped
