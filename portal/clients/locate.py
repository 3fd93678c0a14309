"""Client ID Metadata Document drafts 00 to 02, §3: which URLs may name a client.

Stricter than the drafts where strictness costs no real client anything: the host is a name with a dot, never an
address, and the path is more than a slash.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.clients.redirect_uri import is_https

#: What a redirect URI may have, too.
MAX_LENGTH = 2000
LOWEST_UNUSUAL_PORT = 1024

# A name with a dot whose last label is no number: what some resolver reads as an address has none.
_NAME = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*[a-z0-9]")
_URL_LIKE = re.compile(r"\s*https?:", re.IGNORECASE)


class NoDocument(Exception):  # noqa: N818 (it is an answer, not a failure of ours)
    """Why a URL names no client here.

    `passing`: it may name one soon, so a client that is known goes on. `shown`: what a stranger is told, if it is less.
    """

    def __init__(self, reason: str, *, passing: bool = False, shown: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing
        self.shown = shown or reason


@dataclass(frozen=True, slots=True)
class Location:
    """A URL that may be fetched, in parts."""

    host: str
    port: int
    target: str
    """Path and query, as the request line names them."""

    @property
    def authority(self) -> str:
        return self.host if self.port == 443 else f"{self.host}:{self.port}"


def is_url(client_id: str) -> bool:
    """Say whether the client_id means to be the URL of a document, well formed or not."""
    return _URL_LIKE.match(client_id) is not None


def locate(url: str) -> Location:
    """Take the URL apart, or raise NoDocument. Every form that two readers could read differently is refused."""
    if len(url) > MAX_LENGTH:
        raise NoDocument(f"The URL has more than {MAX_LENGTH} characters.")
    if not url.startswith("https://"):
        raise NoDocument("The URL must begin with https://.")
    if "#" in url:
        raise NoDocument("The URL has a fragment.")
    # No user name, no dot segments, encoded or not, no characters outside of a URI's, a port that exists.
    if not is_https(url):
        raise NoDocument("The URL is not one that may name a client.")
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    if not _NAME.fullmatch(host):
        raise NoDocument("The URL's host must be a name with a dot, not an address.")
    if port != 443 and port < LOWEST_UNUSUAL_PORT:
        raise NoDocument("The URL's port belongs to another service.")
    if parts.path in {"", "/"}:
        raise NoDocument("The URL must have a path.")
    return Location(host, port, parts.path + (f"?{parts.query}" if parts.query else ""))
