"""Websites that publish clients' documents: one TLS server on loopback that answers for every name.

The product's own rules stay whole. A name resolves to a public address, which the rules judge; only the connection to
that address is led here, and counted. Other processes find the server by the environment.
"""

import datetime as dt
import json
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.clients.fetch import Network

ADDRESS = "93.184.215.14"
NAMES = (
    "claude.ai",
    "chatgpt.com",
    "vscode.dev",
    "goose-docs.ai",
    "opencode.ai",
    "slack.com",
    "*.publisher.example",
)


def answer(body: bytes, *, status: str = "200 OK", **headers: str) -> bytes:
    every = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [
        f"HTTP/1.1 {status}",
        *(f"{name}: {value}" for name, value in every.items() if value != "-"),
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def describing(url: str, **members: object) -> dict[str, object]:
    """A document as most publishers write it; a member set to None is left out."""
    every = {
        "client_id": url,
        "client_name": "A program",
        "redirect_uris": ["https://client.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        **members,
    }
    return {name: value for name, value in every.items() if value is not None}


class Publisher:
    """`pages` maps a URL to raw bytes, or to what does something with the connection."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="portico-publisher-"))
        self.ca, key = _authority()
        (self.home / "ca.pem").write_bytes(self.ca.public_bytes(serialization.Encoding.PEM))
        self.key = key
        self.tls = self._context(_certificate(NAMES, self.ca, key))
        self.pages: dict[str, bytes | Callable[[ssl.SSLSocket], None]] = {}
        self.accepted = 0
        self.asked: list[str] = []
        self.heads: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        os.environ["PUBLISHER_PORT"] = str(self.port)
        os.environ["PUBLISHER_CA"] = str(self.home / "ca.pem")
        threading.Thread(target=self._listen, daemon=True).start()

    def _context(self, pem: bytes) -> ssl.SSLContext:
        path = self.home / "server.pem"
        path.write_bytes(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def publish(self, url: str, headers: dict[str, str] | None = None, **members: object) -> str:
        body = json.dumps(describing(url, **members)).encode()
        self.pages[url] = answer(body, **(headers or {}))
        return url

    def expire(self) -> None:
        """From now on its certificate is one that ended yesterday."""
        self.tls = self._context(_certificate(NAMES, self.ca, self.key, days=-1))

    def visits(self, url: str) -> int:
        return self.asked.count(url)

    def _listen(self) -> None:
        while True:
            raw, _ = self.listener.accept()
            self.accepted += 1
            threading.Thread(target=self._serve, args=[raw], daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with suppress(OSError, IndexError), self.tls.wrap_socket(raw, server_side=True) as connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            text = head.decode()
            host = next(line[6:] for line in text.split("\r\n") if line.startswith("Host: "))
            url = f"https://{host}{text.split(' ')[1]}"
            self.asked.append(url)
            self.heads.append(text)
            page = self.pages.get(url, answer(b"{}", status="404 Not Found"))
            if callable(page):
                page(connection)
            else:
                connection.sendall(page)


def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The suite's authority")])
    builder = _dated(name, name, key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )
    return builder.sign(key, hashes.SHA256()), key


def _dated(subject, issuer, public, *, days: int = 30):
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=60))
        .not_valid_after(now + dt.timedelta(days=days))
    )  # fmt: skip


def _certificate(names, ca, ca_key, *, days: int = 30) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "publisher")])
    builder = _dated(subject, ca.subject, key.public_key(), days=days)
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    builder = builder.add_extension(alternatives, critical=False).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + builder.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def look_up(host: str, port: int) -> list[str]:
    """Every name has a public address, but for those that say otherwise: `10-0-0-1.publisher.example`."""
    first = host.split(".", maxsplit=1)[0]
    if first.replace("-", "").isdigit():
        return [first.replace("-", ".")]
    if first == "unknown":
        raise socket.gaierror("no such name")
    return [ADDRESS]


def connect(address: str, port: int, seconds: float) -> socket.socket:
    assert address == ADDRESS, "a socket to an address that is not to be reached"
    if "PUBLISHER_PORT" not in os.environ:
        raise ConnectionRefusedError
    return socket.create_connection(("127.0.0.1", int(os.environ["PUBLISHER_PORT"])), timeout=seconds)


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ["PUBLISHER_CA"])


NETWORK = Network(look_up=look_up, connect=connect, tls=trusting)
