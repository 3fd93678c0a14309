"""A browser's tab that is looked at closely: for those who can't see it, for small screens, in the dark."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import ConsoleMessage, Page

SMALL = {"width": 320, "height": 700}
USUAL = {"width": 1200, "height": 900}
# What JOURNEYS_SCREENSHOTS names gets a picture of each page, for somebody to look at.
SCREENSHOTS = os.environ.get("JOURNEYS_SCREENSHOTS")


@dataclass
class Tab:
    page: Page
    problems: list[str] = field(default_factory=list)
    """What the browser complained of, such as something that the page's policy forbids."""

    def __post_init__(self) -> None:
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        # A page that answers with 400 or 404 is one that a test opened for that.
        if message.type == "error" and "status of 4" not in message.text:
            self.problems.append(message.text)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def fill(self, **fields: str) -> None:
        """Fields by their labels, with _ for a space."""
        for label, value in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(value)

    def look(self, name: str) -> None:
        """The page that is open has no fault that axe finds, in light and dark, and fits on a small screen."""
        self.page.wait_for_load_state()
        assert self.page.locator("h1").count() == 1, name
        self._check_access(name)
        self._take_picture(f"{name}-light")
        self.page.emulate_media(color_scheme="dark")
        self._check_access(f"{name}, dark", ["color-contrast"])
        self._take_picture(f"{name}-dark")
        self.page.emulate_media(color_scheme="light")
        closed = self.page.locator("details:not([open]) > summary").all()
        for summary in closed:
            summary.click()
        if closed:
            self._check_access(f"{name}, opened")
        self.page.set_viewport_size(SMALL)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= SMALL["width"], f"{name} scrolls sideways"
        self._take_picture(f"{name}-small")
        self.page.set_viewport_size(USUAL)

    def _check_access(self, name: str, rules: list[str] | None = None) -> None:
        # Preloading would put stylesheets into the page, which its policy forbids.
        options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
        options |= {"runOnly": rules} if rules else {}
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        results = AxeResults(self.page.evaluate("options => axe.run(options)", options))
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"

    def _take_picture(self, name: str) -> None:
        if SCREENSHOTS:
            directory = Path(SCREENSHOTS)
            directory.mkdir(parents=True, exist_ok=True)
            # Hiding the caret would be an inline style, of which the browser complains.
            self.page.screenshot(path=directory / f"{name}.png", full_page=True, caret="initial")
