"""`manage.py verify`: every check and the whole suite, as they are run before a change is accepted."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from portal.management.interrupt import Stopped, stop_on_signals

ROOT = Path(__file__).resolve().parents[3]
# Installed programs are called through their modules: a script's first line breaks when the directory is moved.
STEPS = {
    "a browser for the journeys": ["-m", "tests.browser"],
    "ruff check": ["-m", "ruff", "check", "--quiet"],
    "ruff format": ["-m", "ruff", "format", "--check", "--quiet"],
    "mypy": ["-m", "mypy"],
    "import contracts": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    # Whether the models say more than the migrations; what the database says is the suite's business.
    "migrations": [
        "-W",
        "ignore:Got an error checking",
        "manage.py",
        "makemigrations",
        "--check",
        "--dry-run",
    ],
    "tests": ["-m", "pytest", "--numprocesses", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile"],
}


class Command(BaseCommand):
    help = "Runs every check and the whole suite; says which of them fails."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        with stop_on_signals():
            try:
                failed = [name for name, arguments in STEPS.items() if not self._passes(name, arguments)]
            except Stopped as stopped:
                raise SystemExit(1) from stopped
        if failed:
            self.stderr.write(f"Failed: {', '.join(failed)}.")
            raise SystemExit(1)

    def _passes(self, name: str, arguments: list[str]) -> bool:
        self.stdout.write(f"· {name}")
        self.stdout.flush()
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test"}
        return (
            subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=False).returncode
            == 0
        )
