"""PORTICO_HOME: the one directory of a demo, with its secrets, logs and mail and, for an ordinary user, its database.

Standard library only, since manage.py reads it before there is a Django.
"""

import base64
import errno
import fcntl
import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Letters and digits that nobody confuses when reading a password from a screen.
LEGIBLE = "abcdefghijkmnpqrstuvwxyz23456789"
LOCK_PATIENCE = 30.0


class LaunchError(Exception):
    """What keeps Portico from starting, as one sentence for the person who started it."""


def _password() -> str:
    return secrets.token_urlsafe(24)


def _legible_password() -> str:
    return "-".join("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(4))


GENERATED: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(48),
    "portico_keys": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("="),
    "postgres_password": _password,
    "owner_password": _password,
    "app_password": _password,
    "broker_password": _password,
    "demo_password": _legible_password,
}


@dataclass(frozen=True)
class Home:
    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def mail(self) -> Path:
        return self.path / "mail.txt"

    @property
    def demo(self) -> Path:
        """What the seed made, as data: addresses, accounts, clients."""
        return self.path / "demo.json"

    @property
    def environment(self) -> Path:
        """The environment of the last start, so that manage.py finds the same database in another terminal."""
        return self.path / "environment"

    def read_secrets(self) -> dict[str, str]:
        """Read the generated secrets; those that are missing are made and kept."""
        path = self.path / "secrets.json"
        try:
            known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        except (OSError, ValueError) as error:
            raise LaunchError(f"The secrets in {path} can't be read: {error}.") from error
        missing = {name: make() for name, make in GENERATED.items() if name not in known}
        if missing:
            self.write_secrets(known | missing)
        return known | missing

    def write_secrets(self, values: dict[str, str]) -> None:
        write_private(self.path / "secrets.json", json.dumps(values, indent=2) + "\n")


def open_home(path: Path) -> Home:
    """Make the directory, or take it again; private to its user either way."""
    home = Home(path.expanduser().absolute())
    try:
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(home.path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        _refuse_foreign(home.path)
        home.path.chmod(0o700)
        home.logs.mkdir(mode=0o700, exist_ok=True)
        home.read_secrets()
    except OSError as error:
        why = "Not a directory" if isinstance(error, FileExistsError) else error.strerror
        raise LaunchError(
            f"The data directory {home.path} can't be used: {why}. Set PORTICO_HOME to another one."
        ) from error
    return home


def _refuse_foreign(path: Path) -> None:
    """Taking a directory makes it private: never one that holds something else, such as /tmp or a home directory."""
    if not (path / "secrets.json").exists() and any(entry.name != "lost+found" for entry in path.iterdir()):
        raise LaunchError(
            f"The data directory {path} holds files that are not Portico's. Set PORTICO_HOME to an empty or new directory."
        )


@contextmanager
def lock_home(home: Home) -> Iterator[int]:
    """Hold the home for one run. The guard inherits the lock, so it is free only when all of a killed run has ended."""
    descriptor = os.open(home.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take_lock(home, descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _take_lock(home: Home, descriptor: int) -> None:
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = int(os.pread(descriptor, 20, 0) or 0)
            if _is_running(holder) or time.monotonic() > deadline:
                raise LaunchError(
                    f"Portico already runs with the data directory {home.path} (process {holder}). Stop it, or set PORTICO_HOME."
                ) from None
            time.sleep(0.1)
        else:
            return


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0


def write_private(path: Path, text: str) -> None:
    """Write a file that only its user can read, whole or not at all."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


def home_path() -> Path:
    return Path(os.environ.get("PORTICO_HOME") or ".portico")


def read_environment(path: Path) -> dict[str, str]:
    """Read the environment that the last start left, as KEY=value lines; nothing where there is none."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def write_environment(path: Path, values: dict[str, str]) -> None:
    write_private(path, "".join(f"{name}={value}\n" for name, value in values.items()))
