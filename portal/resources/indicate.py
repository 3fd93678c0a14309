"""RFC 8707, Resource Indicators for OAuth 2.0: which resource server does `resource` name?

Compared exactly, in one canonical form, because the URI becomes the token's `aud` and resource servers compare that
byte by byte. Forgiven is only what RFC 3986 §6.2.2 and §6.2.3 call equal anyway: the case of scheme and host, the
default port, the slash of an empty path. What else real clients send (the origin, a trailing slash) a resource server
lists as an alias.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

MAX_LENGTH = 500

_LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})
_DEFAULT_PORT = {"https": "443", "http": "80"}
# RFC 3986 §2: unreserved, reserved and well-formed percent-encoding; no control, space, quote, backslash, non-ASCII.
_URI_TEXT = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_]))*)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[^?]*)?(?P<query>\?.*)?"
)
_DOT_SEGMENT = re.compile(r"/(?:\.|%2[Ee]){1,2}(?:/|$)")


class InvalidTarget(ValueError):  # noqa: N818 - named after the wire's error, invalid_target
    """The resource is none of ours, or no resource at all. The message is fit for `error_description`."""


class Indicated(Protocol):
    """What a resource server is to this module; its `resource` and `aliases` are kept in canonical form."""

    @property
    def resource(self) -> str: ...

    @property
    def aliases(self) -> Sequence[str]: ...


Server = TypeVar("Server", bound=Indicated)


def canonical(resource: str) -> str:
    """Return the one spelling of this resource, or say why it can be none."""
    if len(resource) > MAX_LENGTH:
        raise InvalidTarget(f"resource has more than {MAX_LENGTH} characters.")
    if _URI_TEXT.fullmatch(resource) is None:
        raise InvalidTarget("resource has characters that a URI must not have.")
    # RFC 8707 §2: an absolute URI, without a fragment.
    if "#" in resource:
        raise InvalidTarget("resource must not have a fragment.")
    parts = _URL.fullmatch(resource)
    if parts is None:
        raise InvalidTarget(
            "resource must be an absolute URL without a user name, as in https://mcp.example.com/mcp."
        )
    path = parts["path"] or ""
    if _DOT_SEGMENT.search(path):
        raise InvalidTarget("resource must not have '.' or '..' as part of its path.")
    query = parts["query"] or ""
    # RFC 8707 §2: a query SHOULD NOT be there, but is part of the name where it is.
    tail = query if path == "/" and not query else path + query
    return _origin(parts["scheme"].lower(), parts["host"].lower(), parts["port"]) + tail


def _origin(scheme: str, host: str, port: str | None) -> str:
    if scheme != "https" and not (scheme == "http" and host in _LOOPBACK):
        raise InvalidTarget("resource must be https, or http on 127.0.0.1, [::1] or localhost.")
    if port is not None and int(port) > 65535:
        raise InvalidTarget("resource has a port that does not exist.")
    return f"{scheme}://{host}" if port in (None, _DEFAULT_PORT[scheme]) else f"{scheme}://{host}:{port}"


def find(presented: str, servers: Iterable[Server]) -> Server:
    """Return the resource server that the client means; the caller offers those of one tenant only.

    A server's own URI goes before any alias. An alias that two servers claim names neither: guessing would put
    the wrong `aud` into a token.
    """
    wanted = canonical(presented)
    servers = tuple(servers)
    named = [server for server in servers if server.resource == wanted] or [
        server for server in servers if wanted in server.aliases
    ]
    if len(named) != 1:
        # RFC 8707 §2: invalid_target if the resource is unknown. The same answer for another tenant's.
        raise InvalidTarget("resource names no resource server that is known here.")
    return named[0]
