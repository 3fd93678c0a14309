"""A real issuer and a real MCP server, each on a port of this machine."""

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import httpx
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec

from portal.demo.mcp_server.configure import Configuration
from portal.demo.mcp_server.report import Pace
from portal.demo.mcp_server.serve import build_app

SERVER_ID, SERVER_SECRET = "sentiment-server", "a-secret-of-the-resource-server"
DEFAULTS = "mcp:tools:sentiment:score mcp:tools:sentiment:headlines"


class Issuer:
    """Publishes /jwks, answers /introspect, and keeps what is reported to /access-events."""

    def __init__(self, port: int = 0) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.kid = "first"
        self.published: list[dict[str, Any]] = [self.describe_key(self.key, self.kid)]
        self.revoked: set[str] = set()
        self.batches: list[list[dict[str, str]]] = []
        self.asked: list[str] = []
        #: Statuses that paths answer with instead of their own, until removed.
        self.failing: dict[str, int] = {}
        self._changed = threading.Condition()
        self._server: ThreadingHTTPServer | None = None
        self.port = port
        self.start()

    @staticmethod
    def describe_key(key: ec.EllipticCurvePrivateKey, kid: str) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
        return {**public, "kid": kid, "use": "sig", "alg": "ES256"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/t/acme"

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        self.port = self._server.server_port
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def mint(self, *, scope: str = DEFAULTS, aud: Any, **changes: Any) -> str:
        header = {"typ": "at+jwt", "kid": self.kid, **changes.pop("header", {})}
        key, algorithm = changes.pop("key", self.key), changes.pop("algorithm", "ES256")
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": aud,
            "sub": "person-1",
            "client_id": "client-1",
            "scope": scope,
            "iat": now,
            "exp": now + 600,
            "jti": str(uuid4()),
            "grant_id": str(uuid4()),
        }
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        # Not jwt.encode, which would refuse to make the wrong ones.
        return jwt.PyJWS().encode(json.dumps(claims).encode(), key, algorithm=algorithm, headers=header)

    def find_events(self, token: str) -> list[dict[str, str]]:
        """Find what was reported of a token, each event once, whatever was sent twice."""
        jti = jwt.decode(token, options={"verify_signature": False})["jti"]
        events = {event["id"]: event for batch in self.batches for event in batch}
        return [dict(event) for event in events.values() if event["jti"] == jti]

    def wait_for_events(self, count: int, token: str) -> list[dict[str, str]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.find_events(token)) >= count, timeout=10), (
                self.batches
            )
        return self.find_events(token)

    def wait_for_batches(self, count: int) -> list[list[dict[str, str]]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.batches) >= count, timeout=10), self.batches
        return self.batches

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, object]:
        self.asked.append(path)
        if path in self.failing:
            if path == "/access-events":
                self._keep(json.loads(body)["events"])
            return self.failing[path], {"error": "temporarily_unavailable"}
        if path == "/jwks":
            return 200, {"keys": self.published}
        expected = base64.b64encode(f"{SERVER_ID}:{SERVER_SECRET}".encode()).decode()
        if headers["Authorization"] != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        if path == "/introspect":
            return 200, {"active": parse_qs(body.decode())["token"][0] not in self.revoked}
        if path == "/access-events":
            events = json.loads(body)["events"]
            self._keep(events)
            return 202, {"accepted": len(events)}
        return 404, {}

    def _keep(self, events: list[dict[str, str]]) -> None:
        with self._changed:
            self.batches.append(events)
            self._changed.notify_all()


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, document = issuer.answer(self.path.removeprefix("/t/acme"), self.headers, body)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the names http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class Sentiment:
    """The demonstration server, and a client that speaks to it without any SDK."""

    def __init__(self, config: Configuration, issuer: Issuer) -> None:
        self.config, self.issuer = config, issuer
        self.resource = config.resource

    def mint(self, scope: str = DEFAULTS, **changes: Any) -> str:
        return self.issuer.mint(scope=scope, **{"aud": self.resource, **changes})

    def post(self, message: object, token: str | None = None, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json", **names}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        given = {name.encode(): value.encode() for name, value in sent.items()}
        content = message if isinstance(message, bytes) else json.dumps(message).encode()
        return httpx.post(self.resource, content=content, headers=given, timeout=15)

    def call(
        self, tool: str, arguments: dict[str, Any] | None = None, token: str | None = None
    ) -> httpx.Response:
        return self.post(self.describe_call(tool, arguments), token, MCP_Protocol_Version="2025-11-25")

    @staticmethod
    def describe_call(tool: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        params = {"name": tool, "arguments": arguments or {}}
        return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}

    @staticmethod
    def read_challenge(answer: httpx.Response) -> dict[str, str]:
        scheme, _, parameters = answer.headers["WWW-Authenticate"].partition(" ")
        assert scheme == "Bearer"
        pairs = [pair.partition("=") for pair in parameters.split(", ")]
        return {name: value.strip('"') for name, _, value in pairs}


@contextmanager
def run_sentiment(issuer: Issuer, *, pace: Pace | None = None, cache: float = 0.0) -> Iterator[Sentiment]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = Configuration(
        issuer=issuer.url,
        resource=f"http://127.0.0.1:{port}/mcp",
        port=port,
        server_id=SERVER_ID,
        server_secret=SERVER_SECRET,
        introspect_cache_seconds=cache,
    )
    app = build_app(config, pace=pace or Pace(interval=0.02, first_pause=0.02))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Sentiment(config, issuer)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        assert not thread.is_alive()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def start_sentiment(issuer: Issuer) -> Callable[..., AbstractContextManager[Sentiment]]:
    """Start a server of its own, for tests that change how it or its issuer behaves."""
    return partial(run_sentiment, issuer)


@pytest.fixture(scope="session")
def sentiment() -> Iterator[Sentiment]:
    """One server for all tests that only ask."""
    issuer = Issuer()
    with run_sentiment(issuer) as server:
        yield server
    issuer.stop()


@pytest.fixture
def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])
