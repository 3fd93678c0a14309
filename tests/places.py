"""Tenants for tests: each with one MCP server and a catalog that shows every tier."""

import secrets
from dataclasses import dataclass, field

from portal.keys.open_tenant import open_tenant
from portal.resources.models import ResourceServer, Scope
from tenants.current import transaction_of
from tenants.models import ROOT_ID, Tenant
from tenants.seal import secret_digest

PORTAL = "http://localhost:8000"

CATALOG = (
    # name, title, tier, writes, default, required
    ("mcp:tools:score", "Score a text", "ordinary", False, True, True),
    ("mcp:tools:weather", "Read the weather", "ordinary", False, True, False),
    ("mcp:tools:write", "Change a list", "ordinary", True, False, False),
    ("mcp:resources:customer-data:read", "Read customers", "sensitive", False, False, False),
    ("mcp:exec:workflows:*", "Start any report", "sensitive", True, False, False),
    ("mcp:exec:workflows:daily", "Start the daily report", "ordinary", True, False, False),
    ("mcp:tools:delete", "Delete a list", "destructive", True, False, False),
)


@dataclass
class Place:
    """A tenant, its MCP server, and the secret that the server authenticates with."""

    tenant: Tenant
    server: ResourceServer
    server_secret: str
    people: dict[str, str] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return self.tenant.issuer

    @property
    def resource(self) -> str:
        return self.server.resource

    @property
    def server_auth(self) -> tuple[str, str]:
        return (self.server.client_id, self.server_secret)


def open_root() -> Tenant:
    return open_tenant(slug="portal", name="Portico", issuer=PORTAL, id=ROOT_ID)


def open_place(*, slug: str | None = None, issuer: str | None = None, **settings: object) -> Place:
    slug = slug or "t" + secrets.token_hex(6)
    tenant = open_tenant(slug=slug, name=f"Place {slug}", issuer=issuer or f"{PORTAL}/t/{slug}", **settings)
    secret = secrets.token_urlsafe(32)
    with transaction_of(tenant):
        server = ResourceServer.objects.create(
            slug="mcp",
            name="Sentiment",
            resource=f"https://mcp.{slug}.example/mcp",
            client_id=f"rs_{secrets.token_hex(8)}",
            secret_digests=[secret_digest(secret)],
        )
        for position, (name, title, tier, writes, default, required) in enumerate(CATALOG):
            Scope.objects.create(
                resource_server=server, name=name, title=title, tier=tier, writes=writes, is_default=default,
                is_required=required, position=position,
            )  # fmt: skip
    return Place(tenant, server, secret)
