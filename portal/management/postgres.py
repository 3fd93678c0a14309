"""Runs a PostgreSQL cluster of our own: made on first use, on 127.0.0.1 alone, with generated passwords.

As root it runs as the unprivileged user `nobody`, whose data can't stand below a private directory, so they are
in /var/lib/portico. `open_cluster` is for the demo; tests take `cluster(home, fast=True)`, which leaves nothing behind.
"""

import os
import pwd
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from portal.management import roles
from portal.management.binaries import find_binaries, make_shared
from portal.management.home import Home, lock_home, open_home, read_environment, write_environment
from portal.management.processes import Processes
from portal.management.server import HOST, Server, choose_identity

# In the home: where the cluster is, and the port it had last.
KEPT = "postgres"


@dataclass(frozen=True)
class Database:
    """One database, as the two roles see it."""

    owner_url: str
    app_url: str


@dataclass(frozen=True)
class Cluster:
    port: int
    version: str
    passwords: Mapping[str, str]

    def url(self, role: str, database: str, scheme: str = "postgresql") -> str:
        return f"{scheme}://{role}:{self.passwords[role]}@{HOST}:{self.port}/{database}"

    @property
    def owner_url(self) -> str:
        return self.url(roles.OWNER, "portico")

    @property
    def app_url(self) -> str:
        return self.url(roles.APP, "portico")

    @property
    def broker_url(self) -> str:
        return self.url(roles.BROKER, "portico_broker", "pgmq")

    @property
    def superuser_url(self) -> str:
        return self.url("postgres", "postgres")

    def create_database(self, name: str, *, template: str = "template0") -> Database:
        """Make a further database; from a migrated template this takes a moment only."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            roles.make_database(connection, name=name, owner=roles.OWNER, guest=roles.APP, template=template)
        database = Database(self.url(roles.OWNER, name), self.url(roles.APP, name))
        roles.close_schema(database.owner_url)
        return database

    def drop_database(self, name: str) -> None:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            roles.drop_database(connection, name=name)


@contextmanager
def cluster(path: Path, *, fast: bool = False) -> Iterator[Cluster]:
    """Run a cluster for as long as the block lasts. A fast one is for tests: it is quick, and removed at the end."""
    home = open_home(path)
    with lock_home(home) as lock, Processes(logs=home.logs, hold=[lock]) as processes:
        yield open_cluster(home, processes, fast=fast)


def open_cluster(home: Home, processes: Processes, *, fast: bool = False) -> Cluster:
    """Start the home's cluster among the processes, made first if there is none yet."""
    binaries = find_binaries()
    directory = _make_temporary() if fast else _choose_directory(home)
    if fast:
        processes.discard(directory)
    generated = home.read_secrets()
    passwords = {"postgres": generated["postgres_password"]} | {
        role: generated[f"{name}_password"]
        for name, role in (("owner", roles.OWNER), ("app", roles.APP), ("broker", roles.BROKER))
    }
    server = Server(binaries, directory, choose_identity(directory), fast=fast)
    server.initialize(passwords["postgres"])
    port = server.start(processes, password=passwords["postgres"], port=_remembered_port(home))
    result = Cluster(port, binaries.version, passwords)
    if not fast:
        write_environment(home.path / KEPT, {"DIRECTORY": str(directory), "PORT": str(port)})
    _prepare(result)
    return result


def _choose_directory(home: Home) -> Path:
    """The cluster's directory: remembered, or made where the user that runs it can enter."""
    known = read_environment(home.path / KEPT).get("DIRECTORY")
    if known and Path(known).is_dir():
        return Path(known)
    directory = make_shared() / secrets.token_hex(8) if os.geteuid() == 0 else home.path / "pg"
    directory.mkdir(mode=0o700, exist_ok=True)
    _hand_over(directory)
    write_environment(home.path / KEPT, {"DIRECTORY": str(directory)})
    return directory


def _make_temporary() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="portico-", dir=make_shared() if os.geteuid() == 0 else None))
    _hand_over(directory)
    return directory


def _hand_over(directory: Path) -> None:
    """PostgreSQL refuses to be root, so root gives the directory to the user that every machine has for such things."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(directory, nobody.pw_uid, nobody.pw_gid)


def _remembered_port(home: Home) -> int | None:
    port = read_environment(home.path / KEPT).get("PORT")
    return int(port) if port else None


def _prepare(made: Cluster) -> None:
    with psycopg.connect(made.superuser_url, autocommit=True) as connection:
        roles.set_roles(
            connection, {role: made.passwords[role] for role in (roles.OWNER, roles.APP, roles.BROKER)}
        )
        roles.make_database(connection, name="portico", owner=roles.OWNER, guest=roles.APP)
        roles.make_database(connection, name="portico_broker", owner=roles.BROKER)
    roles.close_schema(made.owner_url)
    roles.install_queue(made.url(roles.BROKER, "portico_broker"))
