"""The Chromium of the browser journeys: the machine's, else Debian's package, else Playwright's own.

`python -m tests.browser` sees that there is one that starts.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium's sandbox refuses to run as root, which is what many test machines are.
ARGUMENTS = ["--no-sandbox"]
# Playwright's own Node, which drives the browser, wants the second.
PACKAGES = ["chromium", "libatomic1"]


def find_browser() -> str | None:
    """The path of the machine's own Chromium; None stands for Playwright's."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch_browser() -> None:
    with sync_playwright() as playwright:
        playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS).close()


def provide_browser() -> None:
    if _says_why_not() is None:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's Chromium …", flush=True)
        _run("apt-get", "--quiet=2", "update")
        _run("apt-get", "--quiet=2", "install", "--yes", "--no-install-recommends", *PACKAGES)
    if find_browser() is None:
        print("Installing Playwright's Chromium …", flush=True)
        _run(sys.executable, "-m", "playwright", "install", "chromium")
    why_not = _says_why_not()
    if why_not is not None:
        print(why_not, file=sys.stderr)
        sys.exit(
            f"The browser journeys need Chromium, which does not start here: apt-get install {' '.join(PACKAGES)}"
        )


def _says_why_not() -> str | None:
    """Try it in a process of its own: a driver that can't start takes the process with it."""
    command = [sys.executable, "-c", "from tests.browser import launch_browser; launch_browser()"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if result.returncode == 0 else result.stderr


def _run(*command: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    provide_browser()
