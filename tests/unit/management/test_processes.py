"""The supervisor says who stopped, and stops the rest."""

import os
import signal
import sys
from pathlib import Path

import pytest

from portal.management.home import LaunchError
from portal.management.interrupt import Stopped, deferred, stop_on_signals
from portal.management.processes import Processes, last_words

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_says_who_stopped_and_why(tmp_path: Path) -> None:
    with Processes(logs=tmp_path) as processes:
        other = processes.start("web", SLEEP, env={})
        processes.start("worker", [sys.executable, "-c", "raise OSError('no broker')"], env={}).process.wait()
        with pytest.raises(
            LaunchError, match=r"The worker process stopped by itself \(exit status 1\): “OSError: no broker”"
        ):
            processes.watch()
    assert other.process.returncode == -signal.SIGTERM


def test_a_step_that_fails_says_why(tmp_path: Path) -> None:
    with Processes(logs=tmp_path) as processes:
        with pytest.raises(LaunchError, match="Migration failed: “ValueError: no table”"):
            processes.run("migration", [sys.executable, "-c", "raise ValueError('no table')"], env={})
        processes.run("migration", [sys.executable, "-c", ""], env={})


def test_notices_that_its_guard_was_killed(tmp_path: Path) -> None:
    with Processes(logs=tmp_path) as processes:
        child = processes.start("web", SLEEP, env={})
        os.kill(processes.guard_pid, signal.SIGKILL)
        with pytest.raises(LaunchError, match="guard"):
            processes.watch()
    assert child.process.returncode == -signal.SIGTERM


def test_logs_are_private(tmp_path: Path) -> None:
    with Processes(logs=tmp_path) as processes:
        child = processes.start("web", SLEEP, env={})
    assert child.log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_once(number: signal.Signals) -> None:
    with stop_on_signals():
        with pytest.raises(Stopped):
            signal.raise_signal(number)
        signal.raise_signal(number)  # on the way down: nothing


def test_a_signal_waits_until_a_child_is_known() -> None:
    reached: list[str] = []
    with stop_on_signals(), pytest.raises(Stopped):
        _raise_in_the_middle(reached)
    assert reached == ["the end"]


def _raise_in_the_middle(reached: list[str]) -> None:
    with deferred():
        signal.raise_signal(signal.SIGTERM)
        reached.append("the end")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Traceback\n  x\npsycopg.errors.UndefinedTable: no relation\nLINE 1: SELECT\n   ^\n",
            "psycopg.errors.UndefinedTable: no relation",
        ),
        ("one\ntwo\n\n", "two"),
        ('one\n{"level": "critical", "message": "no broker"}\n', "no broker"),
    ],
)
def test_last_words_are_those_that_say_why(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "log").write_text(text)
    assert last_words(tmp_path / "log") == f"“{words}”."
