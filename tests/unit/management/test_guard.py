"""The guard stops what a killed supervisor leaves, and only that."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portal.management import guard
from portal.management.processes import Processes
from tests.processes import is_running, wait_until

# A leader with a child of its own, as web servers and workers are; both ignore a polite request.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""
# A supervisor that starts one child, says its number and its guard's directory to remove, and waits to be killed.
SUPERVISOR = """
import pathlib, signal, sys
from portal.management.processes import Processes
logs, extra = map(pathlib.Path, sys.argv[1:3])
processes = Processes(logs=logs)
processes.discard(extra)
child = processes.start("child", [sys.executable, "-c", "import time; time.sleep(600)"], env={})
ended = processes.start("ended", [sys.executable, "-c", ""], env={})
ended.process.wait()
processes.forget(ended)
print(child.process.pid, flush=True)
signal.pause()
"""


def test_kills_what_does_not_stop_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(guard.PATIENCE, guard.SERVICE, 0.2)
    command = [sys.executable, "-c", STUBBORN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as leader:
        assert leader.stdout
        child = int(leader.stdout.readline())
        group = guard.Group(leader.pid, signal.SIGTERM, guard.SERVICE)
        guard.stop_groups([group], reap=lambda: bool(leader.poll()))
    assert leader.returncode == -signal.SIGKILL
    assert wait_until(lambda: not is_running(child))


def test_stops_services_before_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(guard.PATIENCE, guard.SERVICE, 60)  # a busy machine may take its time
    order = tmp_path / "order"
    script = (
        "import pathlib, signal, sys\n"
        "def stop(*_): open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop); pathlib.Path(sys.argv[1] + sys.argv[2]).touch(); signal.pause()"
    )
    with Processes(logs=tmp_path) as processes:
        for name, stage in (("d", guard.DATABASE), ("s", guard.SERVICE)):
            processes.start(name, [sys.executable, "-c", script, str(order), name], env={}, stage=stage)
        assert wait_until(lambda: all(Path(f"{order}{name}").exists() for name in "ds"))
    assert order.read_text() == "sd"


def test_stops_all_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    extra = tmp_path / "extra"
    extra.mkdir()
    command = [sys.executable, "-c", SUPERVISOR, str(tmp_path), str(extra)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout
        child = int(supervisor.stdout.readline())
        assert is_running(child)
        supervisor.kill()
    assert wait_until(lambda: not is_running(child))
    assert wait_until(lambda: not extra.exists())


def test_leaves_alone_what_had_ended_before() -> None:
    """Its number may belong to a stranger by now."""
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        guard.stand_guard([f"start {stranger.pid} 15 1\n", f"end {stranger.pid}\n"])
        assert stranger.poll() is None
        os.killpg(stranger.pid, signal.SIGKILL)
