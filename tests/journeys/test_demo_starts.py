"""`make demo` from start to stop: what it says, what it leaves, and what keeps it from starting."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.management.home import read_environment
from portal.management.server import find_port
from tests.processes import find_processes, is_running, wait_until

ROOT = Path(__file__).resolve().parents[2]
# The packages are installed, or these tests would not run: make need not look.
MAKE = ["make", "--silent", "--assume-old=.venv/.demo", "demo"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("demo") / "home"
    yield path
    shutil.rmtree(read_environment(path / "postgres").get("DIRECTORY", path))


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"PORTICO_HOME": str(home), "PORT": str(find_port()), "DEMO_MCP_PORT": str(find_port())}


@contextmanager
def make_demo(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start it, as a terminal does, in a process group of its own; what it says until it is ready."""
    process = subprocess.Popen(
        MAKE,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C stops it."):
                break
        yield process, said
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.stdout.close()
        process.wait()


def left_of(home: Path) -> list[int]:
    directory = read_environment(home / "postgres").get("DIRECTORY", str(home))
    return [*find_processes(str(home)), *find_processes(directory)]


def run_demo(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        MAKE, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_starts_says_where_everything_is_and_stops_on_ctrl_c(home: Path, environment: dict[str, str]) -> None:
    with make_demo(environment) as (process, said):
        demo = json.loads((home / "demo.json").read_text())
        assert "Portico is ready" in said
        text = "\n".join(said)
        for tenant in demo["tenants"].values():
            assert tenant["issuer"] in text
            for email, password in tenant["accounts"].items():
                assert any(email in line and password in line for line in said)
        assert demo["mcp_url"] in text
        assert (home / "demo.json").stat().st_mode & 0o777 == 0o600
        connection = http.client.HTTPConnection("localhost", int(environment["PORT"]))
        connection.request("GET", "/healthz/ready")
        assert connection.getresponse().status == 200
        connection.close()
        assert left_of(home)
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
    assert not left_of(home)


def test_starts_again_with_its_data_and_leaves_nothing_when_killed(
    home: Path, environment: dict[str, str]
) -> None:
    before = json.loads((home / "demo.json").read_text())
    started = time.monotonic()
    with make_demo(environment) as (process, said):
        assert "Portico is ready" in said
        assert time.monotonic() - started < 60
        assert json.loads((home / "demo.json").read_text()) == before
        [supervisor] = [pid for pid in find_processes(str(home)) if is_demo(pid)]
        os.kill(supervisor, signal.SIGKILL)
        process.wait()
        assert wait_until(lambda: not left_of(home))


def test_ends_with_the_make_that_started_it(home: Path, environment: dict[str, str]) -> None:
    """Also a start right after a `kill -9`, whose remains it waits for."""
    with make_demo(environment) as (process, said):
        assert "Portico is ready" in said
        process.kill()
        process.wait()
        assert wait_until(lambda: not left_of(home))


def test_says_in_one_sentence_which_port_is_in_use(home: Path, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = run_demo(environment | {"PORT": str(port)})
    assert result.returncode != 0
    assert f"Port {port} is in use: stop what listens there, or set PORT to another port." in result.stderr
    assert result.stdout == ""
    assert not left_of(home)


def test_says_in_one_sentence_that_its_directory_is_unusable(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "file").touch()
    result = run_demo(environment | {"PORTICO_HOME": str(tmp_path / "file")})
    assert result.returncode != 0
    assert f"The data directory {tmp_path / 'file'} can't be used" in result.stderr
    assert not find_processes(str(tmp_path))


def test_stops_what_it_started_when_a_step_fails(tmp_path: Path, environment: dict[str, str]) -> None:
    """Here the migrations: nobody listens at the database's address."""
    nowhere = f"postgresql://portico_owner:x@127.0.0.1:{find_port()}/portico"
    databases = {
        "DATABASE_URL": nowhere,
        "DATABASE_OWNER_URL": nowhere,
        "BROKER_URL": nowhere.replace("postgresql", "pgmq"),
    }
    result = run_demo(environment | databases | {"PORTICO_HOME": str(tmp_path / "home")})
    assert result.returncode != 0
    assert "Migration failed: “django.db.utils.OperationalError: connection failed" in result.stderr
    assert not find_processes(str(tmp_path))


def test_wants_every_address_of_a_given_database(tmp_path: Path, environment: dict[str, str]) -> None:
    result = run_demo(
        environment | {"DATABASE_URL": "postgresql://x@127.0.0.1/x", "PORTICO_HOME": str(tmp_path / "home")}
    )
    assert result.returncode != 0
    assert "DATABASE_URL is set, so DATABASE_OWNER_URL and BROKER_URL must be set too" in result.stderr


def test_says_that_there_is_no_python(tmp_path: Path) -> None:
    """A machine whose only Python is too old."""
    for name in ("make", "sh", "echo"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python3").chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "uv.lock").touch()
    command = [str(tmp_path / "make"), "demo"]
    result = subprocess.run(
        command, cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert result.stderr.startswith("Portico needs Python 3.11 or newer, and there is none on PATH.\n")
    assert not (tmp_path / ".venv").exists()


def is_demo(pid: int) -> bool:
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return is_running(pid) and b"manage.py" in arguments
