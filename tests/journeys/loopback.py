"""A program on this computer: registers itself, opens a browser, waits on a port of its own for the answer."""

import base64
import hashlib
import http.server
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from tests.journeys.running import Running

BACK = "Back in the program"


class Server(http.server.ThreadingHTTPServer):
    answers: list[dict[str, str]]


class Callback(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path.startswith("/callback"):
            self.server.answers.append(dict(parse_qsl(urlsplit(self.path).query)))
        body = f"<!doctype html><title>Program</title><h1>{BACK}</h1>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
        """Say nothing."""


class LoopbackProgram:
    def __init__(self, demo: Running, server: Server, *, name: str = "Claude Code") -> None:
        self._demo, self.answers = demo, server.answers
        self._redirect_uri = f"http://127.0.0.1:{server.server_port}/callback"
        self._verifier = secrets.token_urlsafe(48)
        body = {
            "client_name": name,
            "redirect_uris": ["http://127.0.0.1/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        }
        self.client_id = httpx.post(f"{demo.issuer()}/register", json=body).json()["client_id"]

    def ask(self, **members: str) -> str:
        """The address that it opens in the browser."""
        digest = hashlib.sha256(self._verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self._redirect_uri,
            "resource": self._demo.mcp_url,
            "state": "a state",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **members,
        }
        return f"{self._demo.issuer()}/authorize?{urlencode(query)}"

    def redeem(self) -> dict[str, Any]:
        """What the last answer's code is worth."""
        form = {
            "grant_type": "authorization_code",
            "code": self.answers[-1]["code"],
            "redirect_uri": self._redirect_uri,
            "code_verifier": self._verifier,
            "client_id": self.client_id,
        }
        return self._token(form)

    def refresh(self, token: str) -> dict[str, Any]:
        return self._token(
            {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id}
        )

    def _token(self, form: dict[str, str]) -> dict[str, Any]:
        return dict(httpx.post(f"{self._demo.issuer()}/token", data=form).json())


@contextmanager
def wait_for_answers() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Callback)
    server.answers = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
