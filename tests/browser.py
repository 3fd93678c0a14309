"""The Chromium of the browser journeys: the machine's, else Debian's package, else Playwright's own.

`python -m tests.browser` sees that there is one.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium's sandbox refuses to run as root, which is what many test machines are.
ARGUMENTS = ["--no-sandbox"]


def find_browser() -> str | None:
    """The path of the machine's own Chromium; None stands for Playwright's."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def provide_browser() -> None:
    if find_browser() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's Chromium …", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", "--quiet=2", *arguments], env=environment, check=False, stdout=subprocess.DEVNULL
            )
    if find_browser() is None:
        print("Installing Playwright's Chromium …", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS).close()
    except Error as error:
        sys.exit(
            f"The browser journeys need Chromium, which does not start here ({error.message.splitlines()[0]}). Install it: apt-get install chromium."
        )


if __name__ == "__main__":
    provide_browser()
