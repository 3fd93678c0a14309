"""The demonstration server as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.demo.mcp_server.configure import ConfigurationError, read_configuration

ROOT = Path(__file__).parents[3]
SECRETS = {
    "RESOURCE_SERVER_ID": "sentiment-server",
    "RESOURCE_SERVER_SECRET": "a-secret-of-the-resource-server",
}


@contextmanager
def start(**environ: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "portal.demo.mcp_server"]
    clean = {name: value for name, value in os.environ.items() if name not in {"PORT", "ISSUER", "RESOURCE"}}
    process = subprocess.Popen(
        command, cwd=ROOT, env=clean | environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_served(process: subprocess.Popen[str], url: str) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        try:
            return httpx.get(url).json()
        except httpx.ConnectError:
            time.sleep(0.05)
    pytest.fail("the server did not start")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serves_on_localhost_and_stops_with_nothing_lost(
    issuer: Any, free_port: int, stop: signal.Signals
) -> None:
    port = free_port
    resource = f"http://localhost:{port}/mcp"
    with start(PORT=str(port), ISSUER=issuer.url, **SECRETS) as process:
        document = wait_until_served(
            process, f"http://localhost:{port}/.well-known/oauth-protected-resource/mcp"
        )
        assert (document["resource"], document["authorization_servers"]) == (resource, [issuer.url])
        token = issuer.mint(aud=resource)
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "score_text", "arguments": {"text": "Record profits"}},
        }
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        answer = httpx.post(resource, json=message, headers=headers)
        assert answer.json()["result"]["structuredContent"]["mood"] == "positive"
        process.send_signal(stop)
        _, errors = process.communicate(timeout=15)
    assert process.returncode in {0, -stop}
    assert "Traceback" not in errors
    assert [event["tool"] for event in issuer.find_events(token)] == ["score_text"]


def test_says_in_one_sentence_that_its_port_is_taken() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        with start(PORT=str(port), **SECRETS) as process:
            _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors == f"Port {port} is taken: Address already in use. Choose another with PORT.\n"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "RESOURCE_SERVER_ID is not set"),
        ({**SECRETS, "PORT": "mcp"}, "PORT is not a number"),
        ({**SECRETS, "PORT": "70000"}, "PORT is not a number"),
        ({**SECRETS, "ISSUER": "portal.example"}, "ISSUER is not an http"),
        ({**SECRETS, "RESOURCE": "http://localhost:8001/mcp#x"}, "RESOURCE is not an http"),
        ({**SECRETS, "INTROSPECT_CACHE_SECONDS": "-1"}, "INTROSPECT_CACHE_SECONDS is not a number"),
    ],
)
def test_refuses_settings_that_make_no_sense(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        read_configuration(environ)


def test_keeps_secrets_out_of_its_representation() -> None:
    assert SECRETS["RESOURCE_SERVER_SECRET"] not in repr(read_configuration(SECRETS))


def test_a_resource_without_a_path_has_its_metadata_at_the_root() -> None:
    config = read_configuration({**SECRETS, "RESOURCE": "https://mcp.example"})
    assert config.metadata_url == "https://mcp.example/.well-known/oauth-protected-resource"
    assert config.path == "/"
