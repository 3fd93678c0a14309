"""The demo's tenants, people, MCP server and clients. `python -m portal.demo.seed`: again, and nothing is made twice.

What it says goes to PORTICO_HOME/demo.json (mode 0600), for `make demo`, scripts and tests. Secrets of ours are kept
there alone: the database has their digests.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any

import django

from portal.demo.catalog import ACME_SCOPES, GLOBEX_SCOPES


def main() -> None:
    django.setup()
    from django.conf import settings  # noqa: PLC0415 (only after setup)

    home = Path(os.environ.get("PORTICO_HOME", ".portico"))
    said = home / "demo.json"
    before = json.loads(said.read_text()) if said.exists() else {}
    password = os.environ.get("DEMO_PASSWORD") or before.get("password") or secrets.token_urlsafe(9)
    mcp_url = f"http://localhost:{os.environ.get('DEMO_MCP_PORT', '8001')}/mcp"
    content = seed(portal_url=settings.PORTAL_URL, mcp_url=mcp_url, password=password, before=before)
    home.mkdir(parents=True, exist_ok=True)
    temporary = said.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    temporary.replace(said)


def seed(*, portal_url: str, mcp_url: str, password: str, before: dict[str, Any]) -> dict[str, Any]:
    """Make what is missing and tell all of it."""
    from portal.demo.people import seed_people, seed_tenant  # noqa: PLC0415 (models load after setup)

    root = seed_tenant(slug="portal", name="Portico", issuer=portal_url, root=True)
    seed_people(root, {"operator@portal.example": ("Olivia Operator", "admin")}, password=password)
    known = before.get("tenants", {})
    acme = _tenant(
        "acme", "Acme Finance", portal_url, mcp_url, ACME_SCOPES, password, known,
        people={"alice@acme.example": ("Alice Martin", "member"), "admin@acme.example": ("Ada Admin", "admin")},
        colours=("#0b6e69", "#d9a43b"),
    )  # fmt: skip
    globex = _tenant(
        "globex", "Globex", portal_url, "https://mcp.globex.example/inventory", GLOBEX_SCOPES, password, known,
        people={"bob@globex.example": ("Bob Keller", "member"), "admin@globex.example": ("Gus Admin", "admin")},
        colours=("#ffc400", "#3b3575"),
    )  # fmt: skip
    operator = {"issuer": portal_url, "accounts": {"operator@portal.example": password}}
    return {
        "base": portal_url,
        "mcp_url": mcp_url,
        "password": password,
        "operator": operator,
        "tenants": {"acme": acme, "globex": globex},
    }


def _tenant(
    slug: str, name: str, portal_url: str, resource: str, scopes: Any, password: str, known: dict[str, Any], *,
    people: dict[str, tuple[str, str]], colours: tuple[str, str],
) -> dict[str, Any]:  # fmt: skip
    from portal.demo.people import seed_client, seed_people, seed_server, seed_tenant  # noqa: PLC0415

    tenant = seed_tenant(
        slug=slug, name=name, issuer=f"{portal_url}/t/{slug}", accent=colours[0], band=colours[1],
        support_email=f"help@{slug}.example", signup_open=True,
    )  # fmt: skip
    before = known.get(slug, {})
    seed_people(tenant, people, password=password)
    server = seed_server(tenant, resource=resource, scopes=scopes, before=before.get("resource_server"))
    machine = seed_client(tenant, scopes=scopes, before=before.get("machine_client"))
    return {
        "issuer": tenant.issuer,
        "resource": resource,
        "accounts": dict.fromkeys(people, password),
        "machine_client": machine,
        "resource_server": server,
    }


if __name__ == "__main__":
    main()
