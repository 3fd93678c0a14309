"""The real thing, started by its own command: database, two web processes, worker, beat, the demo MCP server."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from portal.management.home import read_environment
from portal.management.server import find_port
from tenants.models import ROOT_ID
from tests.mail import link_in, mails_to

ROOT = Path(__file__).resolve().parents[2]
TOLD_LAST = "Ctrl-C stops it."


@dataclass(frozen=True)
class Running:
    """A running demo, known by what it says of itself."""

    home: Path

    @property
    def said(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "demo.json").read_text()))

    @property
    def mcp_url(self) -> str:
        return str(self.said["mcp_url"])

    def tenant(self, slug: str) -> dict[str, Any]:
        return dict(self.said["tenants"][slug])

    def issuer(self, slug: str = "acme") -> str:
        return str(self.tenant(slug)["issuer"])

    def password(self, email: str) -> str:
        accounts = (tenant["accounts"] for tenant in self.said["tenants"].values())
        return str(next(known[email] for known in accounts if email in known))

    def mailed_link(self, email: str) -> str:
        """The address in the last mail to somebody."""
        return link_in(mails_to(self.home / "mail.txt", email)[-1])

    def audit(self, slug: str = "acme", **wanted: object) -> list[dict[str, Any]]:
        """A tenant's audit trail, in order, read as the web's own role."""
        url = read_environment(self.home / "environment")["DATABASE_URL"]
        enter = "SELECT set_config('app.tenant', %s, true)"
        with psycopg.connect(url, row_factory=dict_row) as connection:
            connection.execute(enter, [str(ROOT_ID)])
            row = connection.execute("SELECT id FROM tenants_tenant WHERE slug = %s", [slug]).fetchone()
            assert row
            connection.execute(enter, [str(row["id"])])
            events = connection.execute("SELECT * FROM audit_auditevent ORDER BY id").fetchall()
        return [event for event in events if all(event[name] == value for name, value in wanted.items())]


@contextmanager
def run_demo(home: Path) -> Iterator[Running]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | {
        "PORTICO_HOME": str(home),
        "PORT": str(find_port()),
        "DEMO_MCP_PORT": str(find_port()),
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith(TOLD_LAST):
                break
        assert any(line.startswith(TOLD_LAST) for line in said), "".join(said)
        yield Running(home)
    finally:
        process.send_signal(signal.SIGINT)
        # Read on: what it says while it stops must not fill the pipe.
        process.communicate(timeout=60)
        shutil.rmtree(read_environment(home / "postgres").get("DIRECTORY", home), ignore_errors=True)
