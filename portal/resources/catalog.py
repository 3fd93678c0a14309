"""A tenant's resource servers with their scopes, as one remembered value."""

from typing import NamedTuple

from portal.resources import indicate
from portal.resources.models import ResourceServer, Scope
from portal.resources.scopes import covers
from tenants.cache import remember
from tenants.current import transaction_of
from tenants.models import Tenant
from tenants.refusal import Refusal
from tenants.seal import secret_matches


class Server(NamedTuple):
    """A resource server and what its catalog lists."""

    server: ResourceServer
    scopes: tuple[Scope, ...]

    @property
    def resource(self) -> str:
        return self.server.resource

    @property
    def aliases(self) -> list[str]:
        return self.server.aliases

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(scope.name for scope in self.scopes)

    def entries(self, name: str) -> tuple[Scope, ...]:
        """What a scope stands for here: the entries that it covers; for one that isn't listed, the wildcard above it."""
        below = tuple(scope for scope in self.scopes if covers(name, scope.name))
        return below or tuple(scope for scope in self.scopes if covers(scope.name, name))

    def tier(self, name: str) -> Scope.Tier:
        """The gravest of what it stands for: a wildcard is no way around it."""
        gravest = {Scope.Tier(scope.tier) for scope in self.entries(name)}
        return next((tier for tier in reversed(Scope.Tier) if tier in gravest), Scope.Tier.ORDINARY)

    def writes(self, name: str) -> bool:
        return any(scope.writes or scope.tier == Scope.Tier.DESTRUCTIVE for scope in self.entries(name))


def catalog(tenant: Tenant) -> tuple[Server, ...]:
    """The tenant's active resource servers."""
    return remember(tenant, "catalog", lambda: _load(tenant))


def _load(tenant: Tenant) -> tuple[Server, ...]:
    with transaction_of(tenant):
        servers = ResourceServer.objects.filter(is_active=True).order_by("created").prefetch_related("scopes")
        return tuple(Server(server, tuple(server.scopes.all())) for server in servers)


def find_server(tenant: Tenant, resource: str | None) -> Server:
    """The server that `resource` names; without one, the default or only server (decision 5). Raises invalid_target."""
    servers = catalog(tenant)
    if resource:
        try:
            return indicate.find(resource, servers)
        except indicate.InvalidTarget as error:
            # RFC 8707 §2: unknown and foreign resources read the same.
            raise Refusal("invalid_target", str(error)) from error
    named = [server for server in servers if server.server.is_default] or list(servers)
    if len(named) != 1:
        raise Refusal(
            "invalid_target", "Name the MCP server with the parameter resource: there is no default here."
        )
    return named[0]


def authenticate_server(tenant: Tenant, *, client_id: str, secret: str | None) -> ResourceServer:
    """A resource server proves who it is, to introspect and to report. Raises Refusal invalid_client."""
    found = next((server.server for server in catalog(tenant) if server.server.client_id == client_id), None)
    matches = secret_matches(secret or "", found.secret_digests if found else [])
    if found is None or not secret or not matches:
        raise Refusal(
            "invalid_client", "Authenticate with the resource server's client_id and secret.", status=401
        )
    return found
