"""RFC 6749 §3.1.2 and RFC 8252 §7: where a client may have its answers sent, and whether this is the place.

Both rules read the raw string. Python's `urlsplit` drops tabs and newlines and lower-cases hosts, and a browser reads
a backslash as a slash: whatever two readers could read differently is refused at registration, and what is presented
later is compared character by character (RFC 9700 §2.1). Only the port of a loopback redirect is the client's to choose
at each request, since the operating system gives it.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Literal
from urllib.parse import unquote_to_bytes

ApplicationType = Literal["web", "native"]

MAX_LENGTH = 2000
MAX_SCHEME = 100
#: Interpreted by the browser itself, or handed to a program that was never asked whether it speaks OAuth.
#: Not even a tenant's own list of schemes can allow them.
FORBIDDEN_SCHEMES = frozenset(
    "about blob chrome data edge feed file filesystem ftp gopher intent jar javascript ldap mailto "  # noqa: SIM905
    "resource sftp sms ssh tel vbscript view-source ws wss".split()
)
#: Schemes without a dot that well-known programs use; a tenant may have a list of its own.
DEFAULT_SCHEMES = frozenset({"cursor", "vscode", "vscode-insiders", "windsurf", "claude"})
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "[::1]", "localhost"})

# RFC 3986 §2 without '#' (no fragment), '*' (no wildcard), and anything outside of visible ASCII.
_URI_TEXT = re.compile(r"(?:[A-Za-z0-9._~:/?\[\]@!$&'()+,;=-]|%[0-9A-Fa-f]{2})*")
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9A-Fa-f]|7[Ff])")
_PARTS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):"
    r"(?://(?P<authority>[^/?]*))?(?P<path>(?:/[^?]*)?)(?:\?.*)?"
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(?P<port>[1-9][0-9]{0,4}))?")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMERIC_LAST_LABEL = re.compile(r"(?:.*\.)?(?:[0-9]+|0[Xx][0-9A-Fa-f]*)")
_REVERSE_DOMAIN = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+")
_LOOPBACK = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\]|localhost)(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>(?:[/?].*)?)"
)


class InvalidRedirectURI(ValueError):  # noqa: N818 - named after the wire's error, invalid_redirect_uri
    """This may not be registered. The message completes a sentence that begins with the URI."""


@dataclass(frozen=True, slots=True)
class _URI:
    scheme: str
    host: str
    port: str | None

    @property
    def is_loopback(self) -> bool:
        return self.scheme in {"http", "https"} and self.host in LOOPBACK_HOSTS


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer goes, for people: a website, a program on this computer, or an app by its private scheme."""

    kind: Literal["website", "this computer", "app"]
    host: str


def check(uri: str, *, application_type: ApplicationType, schemes: Collection[str] = DEFAULT_SCHEMES) -> None:
    """Refuse what may not be registered; `schemes` are the private-use ones without a dot that the tenant allows."""
    parts = _read(uri)
    if parts.scheme in {"http", "https"}:
        _check_web_address(parts)
    else:
        _check_private_use(parts, schemes)
    # OpenID Connect Registration §2: a web client's redirects are https and never on localhost.
    if application_type == "web" and _is_native(parts):
        raise InvalidRedirectURI(
            "is for a native client: register with application_type native, or use an https address."
        )


def _read(uri: str) -> _URI:
    """Take the raw string apart, lower-casing for the decision only, never for what is stored."""
    if len(uri) > MAX_LENGTH:
        raise InvalidRedirectURI(f"has more than {MAX_LENGTH} characters.")
    if "#" in uri:
        # RFC 6749 §3.1.2: the endpoint URI MUST NOT include a fragment component.
        raise InvalidRedirectURI("has a fragment ('#'), which a redirect URI must not have.")
    if "*" in uri:
        raise InvalidRedirectURI("has a wildcard; register each redirect URI in full.")
    if _URI_TEXT.fullmatch(uri) is None or _ENCODED_CONTROL.search(uri):
        raise InvalidRedirectURI("has characters that a redirect URI must not have.")
    parts = _PARTS.fullmatch(uri)
    if parts is None or not (parts["authority"] or parts["path"]):
        raise InvalidRedirectURI("is not absolute; write it in full, as in https://app.example.com/callback.")
    _check_path(parts["path"])
    authority = _AUTHORITY.fullmatch(parts["authority"] or "")
    if "@" in (parts["authority"] or ""):
        raise InvalidRedirectURI("has a user name, which a redirect URI must not have.")
    if authority is None or int(authority["port"] or 0) > 65535:
        raise InvalidRedirectURI("has a host or a port that does not exist.")
    return _URI(parts["scheme"].lower(), authority["host"].lower(), authority["port"])


def _check_path(path: str) -> None:
    # Decoded once, as a careless receiver would: /cb/..%2Fadmin and /cb/..;/admin are the same trick.
    decoded = unquote_to_bytes(path).replace(b"\\", b"/")
    if any(segment.split(b";")[0] in {b".", b".."} for segment in decoded.split(b"/")):
        raise InvalidRedirectURI("has '.' or '..' as a part of its path.")


def _check_web_address(parts: _URI) -> None:
    if parts.scheme == "http" and not parts.is_loopback:
        raise InvalidRedirectURI("must be https; http is for 127.0.0.1, [::1] and localhost only.")
    if not _is_host(parts.host):
        raise InvalidRedirectURI("has a host or a port that does not exist.")


def _is_host(host: str) -> bool:
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
        elif _NUMERIC_LAST_LABEL.fullmatch(host):
            # Browsers read 2130706433 and 0x7f.1 as addresses; only the usual spelling shows people where it goes.
            IPv4Address(host)
    except AddressValueError:
        return False
    return host.startswith("[") or (len(host) <= 253 and _NAME.fullmatch(host) is not None)


def _check_private_use(parts: _URI, schemes: Collection[str]) -> None:
    if parts.scheme in FORBIDDEN_SCHEMES:
        raise InvalidRedirectURI(f"uses the scheme {parts.scheme}, which is never allowed.")
    if len(parts.scheme) > MAX_SCHEME:
        raise InvalidRedirectURI(f"has a scheme of over {MAX_SCHEME} characters.")
    # RFC 8252 §7.1: a scheme based on a domain name under the app's control, reversed; so it has a dot.
    if _REVERSE_DOMAIN.fullmatch(parts.scheme) is None and parts.scheme not in schemes:
        raise InvalidRedirectURI(
            f"uses the scheme {parts.scheme[:40]}, which is not allowed here; "
            "use https, a loopback address, or a scheme with a dot such as com.example.app."
        )
    if parts.host and _NAME.fullmatch(parts.host) is None:
        raise InvalidRedirectURI("has a host or a port that does not exist.")


def _is_native(parts: _URI) -> bool:
    return parts.is_loopback or parts.scheme not in {"http", "https"}


def application_type_of(uris: Iterable[str]) -> ApplicationType:
    """Derive what a client left out: native as soon as one redirect is loopback or private-use, else web."""
    return "native" if any(_is_native(_read(uri)) for uri in uris) else "web"


def matches(registered: str, presented: str) -> bool:
    """Say whether the presented redirect URI is the registered one."""
    # RFC 9700 §2.1: exact string matching, except for the port of a native app's loopback redirect.
    if registered == presented:
        return True
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(presented)
    if ours is None or theirs is None or int(theirs["port"] or 80) > 65535:
        return False
    # RFC 8252 §7.3: any port at the time of the request. Host and all behind the port stay as they are.
    return ours["host"] == theirs["host"] and ours["rest"] == theirs["rest"]


def find_match(registered: Iterable[str], presented: str) -> str | None:
    """Return the registered redirect URI that the presented one stands for, an equal one before any other."""
    registered = tuple(registered)
    if presented in registered:
        return presented
    return next((uri for uri in registered if matches(uri, presented)), None)


def is_https(uri: str) -> bool:
    """Say whether this is an https address with a host that exists in writing, such as may be shown as a link."""
    address, _, fragment = uri.partition("#")
    try:
        parts = _read(address)
    except InvalidRedirectURI:
        return False
    return parts.scheme == "https" and _is_host(parts.host) and _URI_TEXT.fullmatch(fragment) is not None


def is_loopback(uri: str) -> bool:
    """Say whether the answer stays on the user's own computer, with whatever program listens there."""
    return _read(uri).is_loopback


def destination_of(uri: str) -> Destination:
    """Say to a person where a registered redirect URI leads."""
    parts = _read(uri)
    if parts.is_loopback:
        return Destination("this computer", parts.host.strip("[]"))
    if _is_native(parts):
        return Destination("app", parts.scheme)
    return Destination("website", parts.host if parts.port in (None, "443") else f"{parts.host}:{parts.port}")


def host_of(uri: str) -> str:
    """Name the place alone: a website's host, `localhost`, or an app's scheme."""
    return destination_of(uri).host
