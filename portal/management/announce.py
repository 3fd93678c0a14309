"""What the demo says when it is ready: every address, every account, where mail goes, how to stop."""

import json
from typing import Any

from portal.management.home import Home


def announce(home: Home) -> str:
    demo = json.loads(home.demo.read_text())
    lines = [
        "",
        "Portico is ready",
        "",
        *_rows([("Portal", demo["base"]), ("Demo MCP server", demo["mcp_url"])]),
    ]
    operator = demo["operator"]
    lines += [
        "",
        "Operator",
        *_rows([("Admin", f"{operator['issuer']}/admin/"), *operator["accounts"].items()]),
    ]
    for slug, tenant in demo["tenants"].items():
        lines += ["", f"Tenant {slug}", *_rows(_describe(tenant))]
    places = [("Mail", str(home.mail)), ("Logs", str(home.logs)), ("All this as data", str(home.demo))]
    return "\n".join(
        [*lines, "", *_rows(places), "", "Ctrl-C stops it. The data stay for the next start.", ""]
    )


def _describe(tenant: dict[str, Any]) -> list[tuple[str, str]]:
    issuer = tenant["issuer"]
    rows = [("Issuer", issuer), ("Connected apps", f"{issuer}/apps/"), ("Admin", f"{issuer}/admin/")]
    return rows + [(email, password) for email, password in tenant.get("accounts", {}).items()]


def _rows(rows: list[tuple[str, str]]) -> list[str]:
    return [f"  {name:<24}{value}" for name, value in rows]
