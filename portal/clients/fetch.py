"""One GET of a stranger's URL, such that it reaches nothing but the public Internet and costs us little.

The name is resolved once, every address must be global, and the connection goes to the address that was checked, under
the name: a second look-up can not lead it elsewhere. No redirects, no proxies, no compression, 10 KiB, five seconds for
all of it. The toolkit's fetcher has no limit on the look-up, and reads compressed answers.
"""

import io
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException, HTTPMessage, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, cast

from portal.clients.locate import Location, NoDocument

MAX_BYTES = 10 * 1024
MAX_HEADER_BYTES = 16 * 1024
SECONDS = 5.0
MOST_LOOKUPS = 16
"""Names that this process looks up at once; getaddrinfo has no time limit, so a stuck one keeps its place."""
MOST_ADDRESSES = 4

# RFC 6052: how a network without IPv4 names the IPv4 addresses of others.
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
# Strangers don't learn from us which names exist in our network, and what listens where.
_UNREACHABLE = "The host could not be reached."
_lookups = threading.BoundedSemaphore(MOST_LOOKUPS)


@cache
def _public_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(info[4][0]) for info in found]


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=seconds)


@dataclass(frozen=True, slots=True)
class Network:
    """The world outside. Which of its addresses may be reached is no part of it: that never differs."""

    look_up: Callable[[str, int], list[str]] = _look_up
    connect: Callable[[str, int, float], socket.socket] = _connect
    tls: Callable[[], ssl.SSLContext] = _public_tls


INTERNET = Network()


class Fetched(NamedTuple):
    body: bytes
    headers: HTTPMessage


def is_public(text: str) -> bool:
    """Say whether the address is one of the public Internet, and wraps none that is not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(str(IPv4Address(int(address) & 0xFFFFFFFF)))
        if address not in _UNICAST or address.scope_id or address.sixtofour or address.teredo:
            return False
    return address.is_global and not address.is_multicast


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def fetch(location: Location, *, network: Network = INTERNET, seconds: float = SECONDS) -> Fetched:
    """Return what stands there, or raise NoDocument."""
    deadline = _Deadline(seconds)
    try:
        addresses = _addresses(location, network, deadline)
        with _open(location, addresses, network, deadline) as connection:
            return _ask(location, connection, deadline)
    except TimeoutError:
        raise NoDocument(
            f"The host did not answer within {seconds:g} seconds.", passing=True, shown=_UNREACHABLE
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise NoDocument(f"The host's certificate is not valid: {error.verify_message}") from None
    except (OSError, HTTPException, ValueError) as error:
        # ValueError: http.client's own, for lengths that are no lengths.
        raise NoDocument(
            f"The host could not be reached: {type(error).__name__}", passing=True, shown=_UNREACHABLE
        ) from None


def _addresses(location: Location, network: Network, deadline: _Deadline) -> list[str]:
    if not _lookups.acquire(timeout=deadline.left()):
        raise TimeoutError
    answers: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def run() -> None:
        try:
            answers.put(network.look_up(location.host, location.port))
        except (OSError, UnicodeError) as error:
            answers.put(OSError(str(error)))
        finally:
            _lookups.release()

    threading.Thread(target=run, name="portico-lookup", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left())
    except Empty:
        raise TimeoutError from None
    if isinstance(found, OSError) or not found:
        raise NoDocument("The host's name could not be resolved.", passing=True, shown=_UNREACHABLE)
    if not all(is_public(address) for address in found):
        # One is enough: who answers with a public and a private address wants us to pick wrongly.
        raise NoDocument("The host's name leads to an address that is not public.", shown=_UNREACHABLE)
    return list(dict.fromkeys(found))[:MOST_ADDRESSES]


def _open(location: Location, addresses: list[str], network: Network, deadline: _Deadline) -> ssl.SSLSocket:
    """Connect to the first address that answers; each gets a fair share of the time that is left."""
    failure = OSError("no address")
    for position, address in enumerate(addresses):
        try:
            raw = network.connect(address, location.port, deadline.left() / (len(addresses) - position))
        except OSError as error:
            failure = error
            continue
        try:
            raw.settimeout(deadline.left())
            return network.tls().wrap_socket(raw, server_hostname=location.host)
        except BaseException:
            raw.close()
            raise
    raise failure


class _Stream(io.RawIOBase):
    """Reads under the deadline and up to a cap, however slowly or long the other side writes."""

    def __init__(self, connection: ssl.SSLSocket, deadline: _Deadline) -> None:
        self._connection, self._deadline = connection, deadline
        self._left = MAX_HEADER_BYTES + MAX_BYTES + 1

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left <= 0:
            raise NoDocument(f"The answer is over {MAX_BYTES // 1024} KiB.")
        self._connection.settimeout(self._deadline.left())
        count = self._connection.recv_into(buffer, min(len(buffer), self._left))
        self._left -= count
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As http.client wants a socket to be read."""
        return io.BufferedReader(self, buffer_size=1024)


def _ask(location: Location, connection: ssl.SSLSocket, deadline: _Deadline) -> Fetched:
    lines = (
        f"GET {location.target} HTTP/1.1", f"Host: {location.authority}", "Accept: application/json, application/*+json",
        "Accept-Encoding: identity", "User-Agent: Portico", "Connection: close", "", "",
    )  # fmt: skip
    connection.settimeout(deadline.left())
    connection.sendall("\r\n".join(lines).encode("ascii"))
    response = HTTPResponse(cast("socket.socket", _Stream(connection, deadline)), method="GET")
    response.begin()
    _check_head(response)
    return Fetched(_read(response), response.headers)


def _check_head(response: HTTPResponse) -> None:
    if response.status != 200:
        # Drafts §4: MUST NOT follow redirects, and anything but 200 is an error.
        passing = response.status >= 500 or response.status == 429
        raise NoDocument(f"The host answered {response.status}, not 200.", passing=passing)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    suffixed = (
        kind.startswith("application/") and kind.endswith("+json") and len(kind) > len("application/+json")
    )
    if kind != "application/json" and not suffixed:
        raise NoDocument("The answer's Content-Type is not JSON.")
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise NoDocument("The answer is compressed, which was not asked for.")
    if response.length is not None and response.length > MAX_BYTES:
        raise NoDocument(f"The answer is over {MAX_BYTES // 1024} KiB.")


def _read(response: HTTPResponse) -> bytes:
    body = b""
    while len(body) <= MAX_BYTES and (chunk := response.read(MAX_BYTES + 1 - len(body))):
        body += chunk
    if len(body) > MAX_BYTES:
        raise NoDocument(f"The answer is over {MAX_BYTES // 1024} KiB.")
    if response.length:
        raise NoDocument("The answer ended early.", passing=True)
    return body
