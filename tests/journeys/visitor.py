"""A person at the running portal, with a browser that runs no script."""

from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx

from tests.people import Form, boxes


def open_browser() -> httpx.Client:
    return httpx.Client(timeout=30)


@dataclass
class Visitor:
    issuer: str
    email: str
    password: str
    browser: httpx.Client
    asked: list[str] = field(default_factory=list)
    """The pages that asked, as they were read."""

    def open(self, path: str) -> httpx.Response:
        """A page of the portal; signs in on the way if it is asked to."""
        page = self._follow(self.browser.get(urljoin(f"{self.issuer}/", path)))
        if 'name="password"' in page.text:
            page = self.submit(page, login=self.email, password=self.password)
        return page

    def submit(self, page: httpx.Response, **fields: object) -> httpx.Response:
        """Send the page's form as it is filled in, with these fields instead."""
        form = Form(page.text)
        action = urljoin(str(page.url), form.action or str(page.url))
        return self._follow(
            self.browser.post(action, data={**form.values(), **fields}, headers={"Origin": self._origin})
        )

    def answer(self, url: str, *, decision: str = "allow", tick_all: bool = False, **fields: object) -> str:
        """Go where a client sends the person, and answer: the address to which that leads."""
        page = self.open(url)
        if 'name="decision"' in page.text:
            self.asked.append(page.text)
            if tick_all:
                fields["scope"] = boxes(page.text)
            page = self.submit(page, decision=decision, **fields)
        assert page.is_redirect, page.text[:3000]
        return str(page.headers["location"])

    @property
    def _origin(self) -> str:
        parts = httpx.URL(self.issuer)
        return f"{parts.scheme}://{parts.netloc.decode()}"

    def _follow(self, response: httpx.Response) -> httpx.Response:
        """Follow redirects inside the portal; stop at one that leaves it."""
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["location"])
            if not target.startswith(f"{self._origin}/"):
                break
            response = self.browser.get(target)
        return response
