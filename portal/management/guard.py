"""Stops process groups; and stands guard over those of a supervisor that may be killed at any moment.

The guard is a program of its own, run by path with the standard library alone, in a session of its own. Its standard
input is a pipe from the supervisor, which the kernel closes however the supervisor ends, `kill -9` included. That works
on every Unix, and it reaches the children's children, which Linux's PR_SET_PDEATHSIG does not.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# What others stand on is stopped after them.
DATABASE, SERVICE = 0, 1
# Seconds until what was asked to stop is killed. A worker takes its time, and loses nothing when killed: a task that
# was not acknowledged is run again. A database writes its checkpoint.
PATIENCE = {DATABASE: 30.0, SERVICE: 3.0}


@dataclass(frozen=True)
class Group:
    """A process group, and the signal it stops at."""

    pgid: int
    stop_signal: int
    stage: int


def stop_groups(groups: Iterable[Group], *, reap: Callable[[], None] = lambda: None) -> None:
    """Stop all groups, the highest stage first; what has not gone when patience ends is killed."""
    remaining = list(groups)
    for stage in sorted({group.stage for group in remaining}, reverse=True):
        members = [group for group in remaining if group.stage == stage]
        reap()
        for group in members:
            _ask(group)
        for group in _wait(members, seconds=PATIENCE[stage], reap=reap):
            _kill(group.pgid, signal.SIGKILL)
        _wait(members, seconds=PATIENCE[stage], reap=reap)


def stand_guard(lines: Iterable[str]) -> None:
    """Follow the supervisor until it is gone, then stop what it has left, and remove what nobody will need.

    It says `start pgid signal stage`, `end pgid`, and `remove path` for a directory that is not to outlive it.
    """
    groups: dict[int, Group] = {}
    directories: list[str] = []
    for line in lines:
        verb, _, rest = line.rstrip("\n").partition(" ")
        if verb == "start":
            pgid, stop_signal, stage = map(int, rest.split())
            groups[pgid] = Group(pgid, stop_signal, stage)
        elif verb == "end":
            groups.pop(int(rest), None)
        else:
            directories.append(rest)
    stop_groups(groups.values())
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


def _wait(groups: list[Group], *, seconds: float, reap: Callable[[], None]) -> list[Group]:
    deadline = time.monotonic() + seconds
    while True:
        reap()
        groups = [group for group in groups if _is_alive(group.pgid)]
        if not groups or time.monotonic() > deadline:
            return groups
        time.sleep(0.05)


def _ask(group: Group) -> None:
    """Ask the leader, which brings its own down in order; where it is gone already, those that it left behind."""
    try:
        os.kill(group.pgid, group.stop_signal)
    except ProcessLookupError:
        _kill(group.pgid, group.stop_signal)


def _kill(pgid: int, number: int) -> None:
    # Gone already; or, on macOS, nothing but the dead is left in it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pgid, number)


def _is_alive(pgid: int) -> bool:
    """Whether a process of the group runs. The dead that nobody has collected do not count: their parent may never do it."""
    try:
        os.killpg(pgid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return not Path("/proc/self/stat").exists() or any(group == pgid for group in _running_groups())


def _running_groups() -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue  # it ended while we looked
        if state not in {"Z", "X"}:
            yield int(group)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    stand_guard(sys.stdin)
