"""The embedded cluster: its roles, its start after every kind of end, and that it changes nobody's permissions."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portal.management.home import LaunchError, lock_home, open_home, read_environment
from portal.management.postgres import Cluster, cluster, open_cluster
from portal.management.processes import Processes
from portal.management.server import clear_stale
from tests.processes import is_running

# Starts a cluster and is killed together with its guard, so that PostgreSQL is left over.
CARELESS = """
import os, pathlib, signal, sys
from portal.management.home import open_home
from portal.management.postgres import open_cluster
from portal.management.processes import Processes
home = open_home(pathlib.Path(sys.argv[1]))
processes = Processes(logs=home.logs)
open_cluster(home, processes)
os.kill(processes.guard_pid, signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("fast"), fast=True) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose database is kept, as the demo's is, until the test is over."""
    yield tmp_path / "home"
    directory = read_environment(tmp_path / "home" / "postgres").get("DIRECTORY")
    if directory:
        subprocess.run(["rm", "-r", directory], check=True)


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_the_application_owns_nothing_and_can_create_nothing(fast: Cluster) -> None:
    query = "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname LIKE 'portico%'"
    assert ask(fast.owner_url, query) == [(False, False, False, False)] * 3
    with psycopg.connect(fast.app_url, autocommit=True) as connection:
        for statement in ("CREATE TABLE t (n int)", "CREATE TEMPORARY TABLE t (n int)", "CREATE SCHEMA s"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.parametrize("database", ["postgres", "template1", "portico_broker"])
def test_the_application_enters_its_own_database_only(fast: Cluster, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(fast.url("portico_app", database))


def test_passwords_are_asked_for(fast: Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(fast.app_url.replace(fast.passwords["portico_app"], "guess"))


def test_the_queue_is_the_brokers(fast: Cluster) -> None:
    url = fast.broker_url.replace("pgmq://", "postgresql://")
    assert ask(url, "SELECT pgmq.create('letters'), pgmq.send('letters', '{}')") == [("", 1)]
    assert ask(
        url,
        "SELECT count(*) FROM pg_class c WHERE relname = 'q_letters' AND pg_get_userbyid(relowner) = 'portico_broker'",
    ) == [(1,)]


def test_copies_a_template(fast: Cluster) -> None:
    template = fast.create_database("template_of_tests")
    with psycopg.connect(template.owner_url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("GRANT SELECT ON kept TO portico_app")
    copy = fast.create_database("copy_of_tests", template="template_of_tests")
    assert ask(copy.app_url, "SELECT count(*) FROM kept") == [(0,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(copy.app_url) as connection:
        connection.execute("CREATE TABLE t (n int)")
    fast.drop_database("copy_of_tests")


def test_a_fast_cluster_leaves_nothing(tmp_path: Path) -> None:
    with cluster(tmp_path, fast=True) as running:
        [(directory,)] = ask(running.superuser_url, "SHOW data_directory")
        assert Path(str(directory)).exists()
    assert not Path(str(directory)).parent.exists()


def test_keeps_data_port_and_the_parents_permissions(home: Path) -> None:
    home.parent.chmod(0o700)
    with cluster(home) as first, psycopg.connect(first.owner_url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    with cluster(home) as second:
        assert second.port == first.port
        assert ask(second.owner_url, "SELECT count(*) FROM kept") == [(0,)]
    assert home.parent.stat().st_mode & 0o777 == 0o700


def test_takes_another_port_when_its_own_is_in_use(home: Path) -> None:
    with cluster(home) as first:
        pass
    with socket.create_server(("127.0.0.1", first.port)), cluster(home) as second:
        assert second.port != first.port
        assert ask(second.app_url, "SELECT 1") == [(1,)]


def test_stops_a_server_that_was_left_over_and_starts_on_its_data(home: Path) -> None:
    assert subprocess.run([sys.executable, "-c", CARELESS, home], check=False).returncode == -signal.SIGKILL
    data = Path(read_environment(home / "postgres")["DIRECTORY"]) / "data"
    left_over = int((data / "postmaster.pid").read_text().split()[0])
    assert is_running(left_over)
    with cluster(home) as running:
        assert ask(running.app_url, "SELECT 1") == [(1,)]
        assert not is_running(left_over)


def test_a_stale_mark_does_not_block_the_start(tmp_path: Path) -> None:
    """After a crash its number may be that of another process, here of ours."""
    mark = tmp_path / "postmaster.pid"
    mark.write_text(f"{os.getpid()}\n{tmp_path}\n")
    clear_stale(tmp_path)
    assert not mark.exists()


def test_says_which_postgresql_made_the_data(home: Path) -> None:
    with cluster(home):
        pass
    data = Path(read_environment(home / "postgres")["DIRECTORY"]) / "data"
    (data / "PG_VERSION").write_text("14\n")
    opened = open_home(home)
    refused = pytest.raises(LaunchError, match=r"was made by PostgreSQL 14, and this is \d+")
    with lock_home(opened), Processes(logs=opened.logs) as processes, refused:
        open_cluster(opened, processes)


def test_says_that_the_secrets_are_others(home: Path) -> None:
    with cluster(home):
        pass
    opened = open_home(home)
    opened.write_secrets(opened.read_secrets() | {"postgres_password": "another"})
    refused = pytest.raises(LaunchError, match="was made with other secrets")
    with lock_home(opened), Processes(logs=opened.logs) as processes, refused:
        open_cluster(opened, processes)
