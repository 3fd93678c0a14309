"""One PostgreSQL server: its data directory, its start, and what an earlier run may have left of it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from portal.management import guard
from portal.management.binaries import Binaries
from portal.management.home import LaunchError
from portal.management.processes import Child, Identity, Processes, last_words

HOST = "127.0.0.1"
PATIENCE = 60.0
SETTINGS = {"unix_socket_directories": "", "listen_addresses": HOST, "timezone": "UTC", "jit": "off"}
# Where nothing is kept, nothing needs to reach the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


def choose_identity(directory: Path) -> Identity | None:
    """PostgreSQL refuses to be root, so root runs it as the owner of its directory."""
    if os.geteuid() != 0:
        return None
    owner = directory.stat()
    return Identity(owner.st_uid, owner.st_gid)


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        # As PostgreSQL does, so that connections that were closed a moment ago don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        return True
    return False


@dataclass(frozen=True)
class Server:
    binaries: Binaries
    directory: Path
    identity: Identity | None
    fast: bool = False

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of ours: PGPORT and its like would change what the programs do."""
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def initialize(self, password: str) -> None:
        """Make the data directory, whole or not at all; one that exists must be of this PostgreSQL."""
        if not self.data.exists():
            building = self.directory / "initdb"
            shutil.rmtree(building, ignore_errors=True)
            self._run_initdb(building, password)
            building.rename(self.data)
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(self.binaries.major):
            raise LaunchError(
                f"The database in {self.directory} was made by PostgreSQL {made_by}, and this is {self.binaries.version}. "
                "Set PORTICO_HOME to a new directory, or bring that PostgreSQL back."
            )

    def _choices(self) -> list[str]:
        # C.UTF-8 of PostgreSQL itself, the same on every machine, came with 17.
        builtin = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.binaries.major >= 17 else []
        )
        quick = ["--no-sync"] if self.fast else []
        return ["-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", *builtin, *quick]

    def _run_initdb(self, building: Path, password: str) -> None:
        secret = self.directory / "password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        if self.identity:
            os.chown(secret, self.identity.uid, self.identity.gid)
        try:
            subprocess.run(
                [self.binaries.directory / "initdb", "-D", building, *self._choices(), f"--pwfile={secret}"],
                check=True,
                capture_output=True,
                text=True,
                env=self.environment,
                cwd=self.directory,
                user=self.identity.uid if self.identity else None,
                group=self.identity.gid if self.identity else None,
                extra_groups=[] if self.identity else None,
            )
        except subprocess.CalledProcessError as error:
            said = error.stderr.strip().splitlines()
            raise LaunchError(
                f"PostgreSQL can't make its database in {self.directory}: {said[-1] if said else error}"
            ) from error
        finally:
            secret.unlink()

    def start(self, processes: Processes, *, password: str, port: int | None) -> int:
        """Start on the port it had, so that its addresses stay, or on a free one if that is taken."""
        clear_stale(self.data)
        for attempt in (port, None, None):
            chosen = attempt if attempt and is_free(attempt) else find_port()
            child = self._launch(processes, chosen)
            if self._is_ready(child, chosen, password):
                return chosen
            processes.forget(child)
        raise LaunchError(f"PostgreSQL does not start: {last_words(child.log)} Its log: {child.log}")

    def _launch(self, processes: Processes, port: int) -> Child:
        settings = SETTINGS | {"port": str(port)} | (FAST if self.fast else {})
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return processes.start(
            "database",
            [self.binaries.directory / "postgres", "-D", self.data, *options],
            env=self.environment,
            cwd=self.directory,
            identity=self.identity,
            stop_signal=signal.SIGINT,  # sends the connected away and writes all down; SIGTERM would wait for them
            stage=guard.DATABASE,
        )

    def _is_ready(self, child: Child, port: int, password: str) -> bool:
        """Wait until it answers; a recovery after a crash takes its time. False: it has ended."""
        deadline = time.monotonic() + PATIENCE
        address = f"host={HOST} port={port} user=postgres dbname=postgres connect_timeout=5"
        while child.process.poll() is None:
            try:
                psycopg.connect(address, password=password).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise LaunchError(
                        f"The database in {self.directory} was made with other secrets than this home's. "
                        "Bring its secrets.json back, or set PORTICO_HOME to a new directory."
                    ) from error
            else:
                return True
            if time.monotonic() > deadline:
                raise LaunchError(f"PostgreSQL does not answer: {last_words(child.log)} Its log: {child.log}")
            time.sleep(0.02)
        return False


def clear_stale(data: Path) -> None:
    """Stop a server that an earlier run left on the same data, and drop the mark of one that is gone."""
    mark = data / "postmaster.pid"
    try:
        pid = int(mark.read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return
    if _serves(pid, data):
        for number in (signal.SIGINT, signal.SIGQUIT):
            os.kill(pid, number)
            if _has_ended(pid, data):
                break
    else:
        # PostgreSQL takes any living process of that number for a server, and would refuse to start.
        mark.unlink(missing_ok=True)


def _serves(pid: int, data: Path) -> bool:
    process = Path(f"/proc/{pid}")
    if Path("/proc/self/cmdline").exists():
        try:
            return str(data).encode() in (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
    command = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return str(data) in command.stdout


def _has_ended(pid: int, data: Path) -> bool:
    deadline = time.monotonic() + PATIENCE / 4
    while _serves(pid, data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
