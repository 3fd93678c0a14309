"""Makes .venv with the locked packages. Runs before they are there: by path, with the standard library alone.

It needs PyPI and a Python of 3.11 or newer, no more: Debian takes pip out of its Python (python3-venv), so where there
is no pip, PyPI's own is fetched and checked against the digest below.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.9"
PIP = "https://files.pythonhosted.org/packages/07/25/ee8c38ae72d66b844ce8eb9711ba905dba21ca1a8a0c960057c41cd23337/pip-26.3-py3-none-any.whl"
PIP_DIGEST = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


def install(groups: list[str]) -> None:
    if not PYTHON.exists():
        say(f"Making .venv with Python {sys.version.split()[0]} …")
        venv.EnvBuilder(clear=True, symlinks=True).create(VENV)
    if run("-m", "uv", "--version", quiet=True) != 0:
        install_uv()
    if groups:
        sync(groups)


def sync(groups: list[str]) -> None:
    say("Installing the locked packages …")
    chosen = [part for group in groups for part in ("--group", group)]
    # Inexact: the demo does not take away what the tests have installed.
    if run("-m", "uv", "sync", "--quiet", "--frozen", "--inexact", "--no-default-groups", *chosen) != 0:
        raise SystemExit("The locked packages can't be installed from PyPI; the lines above say why.")
    for group in groups:
        (VENV / f".{group}").touch()


def install_uv() -> None:
    arguments = ("install", "--quiet", "--disable-pip-version-check", "--no-input", UV)
    if run("-m", "pip", "--version", quiet=True) == 0 or run("-m", "ensurepip", quiet=True) == 0:
        status = run("-m", "pip", *arguments)
    else:
        with tempfile.TemporaryDirectory() as directory:
            wheel = fetch_pip(Path(directory))
            status = run(str(wheel / "pip"), *arguments)
    if status != 0:
        raise SystemExit("uv can't be installed from PyPI; the lines above say why.")


def fetch_pip(directory: Path) -> Path:
    """A wheel of pip runs as it is."""
    try:
        with urllib.request.urlopen(PIP, timeout=60) as answer:
            content: bytes = answer.read()
    except OSError as error:
        raise SystemExit(
            f"This Python has no pip, and PyPI's can't be fetched ({error}). Install python3-venv or ca-certificates."
        ) from error
    if hashlib.sha256(content).hexdigest() != PIP_DIGEST:
        raise SystemExit(f"What {PIP} answers is not the pip we know. Install python3-venv.")
    wheel = directory / Path(PIP).name
    wheel.write_bytes(content)
    return wheel


def run(*arguments: str, quiet: bool = False) -> int:
    """Run the environment's Python, whatever other environment is active and whatever Python uv would choose."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONHOME", "PYTHONPATH", "UV_PYTHON"}
    }
    environment |= {
        "VIRTUAL_ENV": str(VENV),
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(
        [PYTHON, *arguments], cwd=ROOT, env=environment, stdout=output, stderr=output, check=False
    ).returncode


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    install(sys.argv[1:])
