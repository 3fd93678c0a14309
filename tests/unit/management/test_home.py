"""The home keeps secrets to its user, and takes no directory that is somebody else's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.management.home import (
    GENERATED,
    LaunchError,
    lock_home,
    open_home,
    read_environment,
    write_environment,
)


def test_keeps_secrets_private_and_the_same(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    first = home.read_secrets()
    assert first.keys() == GENERATED.keys()
    assert open_home(tmp_path / "home").read_secrets() == first
    assert home.path.stat().st_mode & 0o777 == 0o700
    assert (home.path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_takes_an_empty_directory_and_makes_it_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    open_home(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_leaves_a_directory_with_other_files_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(LaunchError, match="holds files that are not Portico's"):
        open_home(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


def test_says_that_the_directory_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(LaunchError, match="can't be used: Not a directory"):
        open_home(tmp_path / "home")


def test_says_that_a_parent_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LaunchError, match="can't be used: Not a directory"):
        open_home(tmp_path / "file" / "home")


def test_says_that_the_secrets_are_damaged(tmp_path: Path) -> None:
    open_home(tmp_path)
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(LaunchError, match=r"The secrets in .* can't be read"):
        open_home(tmp_path)


def test_is_locked_by_one_run_at_a_time(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    with (
        lock_home(home),
        pytest.raises(LaunchError, match=f"already runs .*process {os.getpid()}"),
        lock_home(home),
    ):
        pass
    with lock_home(home):
        pass


def test_waits_for_the_rest_of_a_killed_run(tmp_path: Path) -> None:
    """The guard of a killed supervisor holds the lock until all it stops has ended."""
    home = open_home(tmp_path)
    with lock_home(home) as lock:
        command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        guard = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[lock])
    (home.path / "lock").write_text(str(2**22 + 1))  # no process has this number
    assert guard.stdin
    guard.stdin.close()
    with lock_home(home):
        assert guard.wait() == 0


def test_reads_back_the_environment_it_wrote(tmp_path: Path) -> None:
    values = {"SECRET_KEY": "a=b", "PORTAL_URL": "http://localhost:8000"}
    write_environment(tmp_path / "environment", values)
    assert read_environment(tmp_path / "environment") == values
    assert (tmp_path / "environment").stat().st_mode & 0o777 == 0o600
    assert read_environment(tmp_path / "nothing") == {}
