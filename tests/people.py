"""A person with a browser that runs no script: follows links, fills in forms, reads what the page says."""

import re
import secrets
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
from allauth.account.models import EmailAddress

from portal.users.models import User
from tenants.current import transaction_of
from tests.places import Place
from tests.programs import open_web

PASSWORD = "correct horse battery"


@dataclass
class Person:
    place: Place
    user: User
    browser: httpx.Client

    def sign_in(self, url: str | None = None) -> httpx.Response:
        """Sign in on the page that `url` leads to; returns where that led."""
        page = self.follow(self.browser.get(url or f"{self.place.issuer}/account/login/"))
        return self.submit(page, login=self.user.email, password=PASSWORD)

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Follow redirects inside the portal; stop at one that leaves it."""
        home = self.place.issuer.removesuffix(self.place.tenant.prefix) + "/"
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["location"])
            if not target.startswith(home):
                break
            response = self.browser.get(target)
        return response

    def submit(self, page: httpx.Response, **fields: object) -> httpx.Response:
        """Send the page's form as it is filled in, with these fields instead."""
        form = Form(page.text)
        action = urljoin(str(page.url), form.action or str(page.url))
        return self.follow(
            self.browser.post(action, data={**form.values(), **fields}, headers={"Referer": str(page.url)})
        )

    def answer(self, url: str, *, decision: str = "allow", **fields: object) -> httpx.Response:
        """Go where a client sends the person, sign in if asked, and answer: the response that leaves the portal."""
        page = self.follow(self.browser.get(url))
        if 'name="password"' in page.text:
            page = self.submit(page, login=self.user.email, password=PASSWORD)
        if page.is_redirect or 'name="decision"' not in page.text:
            return page
        return self.submit(page, decision=decision, **fields)


class Form(HTMLParser):
    """The page's main form: the last one that posts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self._fields: list[tuple[str, str]] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and (given.get("method") or "").lower() == "post":
            self.action, self._fields, self._inside = given.get("action") or "", [], True
        if tag == "input" and self._inside and given.get("name"):
            kind = given.get("type") or "text"
            if kind not in {"checkbox", "radio"} or "checked" in given:
                self._fields.append(
                    (given["name"] or "", given.get("value") or ("on" if kind == "checkbox" else ""))
                )

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False

    def values(self) -> dict[str, list[str]]:
        values: dict[str, list[str]] = {}
        for name, value in self._fields:
            values.setdefault(name, []).append(value)
        return values


def make_person(place: Place, *, email: str | None = None, role: str = "member", **fields: object) -> Person:
    email = email or f"p{secrets.token_hex(6)}@people.example"
    with transaction_of(place.tenant):
        user = User.objects.create_user(
            email=email, password=PASSWORD, name="Alice Martin", role=role, **fields
        )
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    # An address of their own: sign-ins are limited by address, and a file of tests has many people.
    return Person(place, user, open_web(f"10.{'.'.join(str(secrets.randbelow(256)) for _ in range(3))}"))


def boxes(html: str) -> list[str]:
    """The names of the scopes that have a box."""
    return re.findall(r'name="scope" value="([^"]+)"', html)
