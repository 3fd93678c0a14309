"""Starts child processes, each in a session and process group of its own, and sees that none outlives us."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from portal.management import guard
from portal.management.home import LaunchError
from portal.management.interrupt import Stopped, deferred

EXCEPTION = re.compile(r"([a-z_][\w.]*\.)?[A-Z]\w*: .")


@dataclass(frozen=True)
class Identity:
    """Another user to run as, which only root can."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    group: guard.Group
    log: Path


class Processes:
    """The children of one run, and the guard that stops them if we can't."""

    def __init__(self, *, logs: Path, hold: Sequence[int] = ()) -> None:
        self._logs = logs
        self._children: list[Child] = []
        self._parent = os.getppid()
        self._guard = subprocess.Popen(
            [sys.executable, "-I", guard.__file__],
            stdin=subprocess.PIPE,
            bufsize=0,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=hold,
            cwd="/",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def guard_pid(self) -> int:
        return self._guard.pid

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        identity: Identity | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        stage: int = guard.SERVICE,
    ) -> Child:
        log = self._logs / f"{name}.log"
        with open_log(log) as output, deferred():
            process = subprocess.Popen(
                argv,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=identity.uid if identity else None,
                group=identity.gid if identity else None,
                extra_groups=[] if identity else None,
            )
            child = Child(name, process, guard.Group(process.pid, stop_signal, stage), log)
            self._children.append(child)
            self._tell_guard(f"start {process.pid} {stop_signal} {stage}")
        return child

    def run(
        self, name: str, argv: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path | None = None
    ) -> None:
        """Run a step to its end; what it says goes to its log."""
        child = self.start(name, argv, env=env, cwd=cwd)
        if child.process.wait() != 0:
            raise LaunchError(
                f"{name.capitalize()} failed: {last_words(child.log)} The whole of it: {child.log}"
            )
        self.forget(child)

    def forget(self, child: Child) -> None:
        """Its process has ended and been collected: its number may be given to another."""
        self._children.remove(child)
        self._tell_guard(f"end {child.group.pgid}")

    def check(self) -> None:
        """Raise if a child, or the guard, has ended by itself."""
        for child in self._children:
            status = child.process.poll()
            if status is not None:
                raise LaunchError(
                    f"The {child.name} process stopped by itself ({describe(status)}): {last_words(child.log)} "
                    f"Its log: {child.log}"
                )
        if self._guard.poll() is not None:
            raise LaunchError("The guard over the processes was killed.")

    def watch(self) -> None:
        """Stay until a child ends by itself. Under make, the end of make is the end of us, as it can't pass on a `kill -9`."""
        while True:
            self.check()
            if "MAKELEVEL" in os.environ and os.getppid() != self._parent:
                raise Stopped
            time.sleep(0.2)

    def discard(self, directory: Path) -> None:
        """Have the directory removed when all has stopped, however that comes about."""
        self._tell_guard(f"remove {directory}")

    def stop(self) -> None:
        guard.stop_groups([child.group for child in self._children], reap=self._reap)
        for child in [*self._children]:
            self.forget(child)
        if self._guard.stdin:
            self._guard.stdin.close()
        self._guard.wait()

    def _reap(self) -> None:
        for child in self._children:
            child.process.poll()

    def _tell_guard(self, line: str) -> None:
        if self._guard.stdin and self._guard.poll() is None:
            self._guard.stdin.write(f"{line}\n".encode())


def open_log(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def describe(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def last_words(log: Path) -> str:
    """The line of a log that says why: the exception, whose message may go on for lines, or else simply the last one."""
    lines = [line.rstrip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    raised = [line for line in lines if EXCEPTION.match(line)]
    return f"“{_read_message((raised or lines)[-1])[:300]}”." if lines else "it said nothing."


def _read_message(line: str) -> str:
    """Our own logs are JSON."""
    try:
        return str(json.loads(line)["message"])
    except (ValueError, TypeError, KeyError):
        return line
