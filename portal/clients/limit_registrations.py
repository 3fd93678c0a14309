"""How many registrations a tenant takes: room for every real client, none for a flood.

Hosted clients register anew on each connection, all of them from a few addresses. So what is counted is the software and
where its answers go; the address is a last fence, and known platforms stand outside of it.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute

from portal.audit.origin import neighbourhood
from portal.audit.record import Origin
from portal.clients.limit import Standing, Window, limit
from portal.clients.metadata import ClientMetadata
from portal.clients.software import THIS_COMPUTER, redirect_places, software_of
from tenants.models import Tenant

# Hosted clients whose answers go to nobody else. A stranger who names such a host gets nothing out of it but the count.
PLATFORMS = {
    "claude.ai": "Claude",
    "claude.com": "Claude",
    "chatgpt.com": "ChatGPT",
    "vscode.dev": "Visual Studio Code",
    "insiders.vscode.dev": "Visual Studio Code",
    "vscode:": "Visual Studio Code",
    "vscode-insiders:": "Visual Studio Code",
    "www.cursor.com": "Cursor",
    "cursor:": "Cursor",
    "oauth2.slack.com": "Slack",
}
# Of the tenant's whole: what everybody's copies of one program may have, which registers on each connection; and a
# host, which may stand behind several programs. Where the whole is small, so much that people can still try things out.
SOFTWARE_SHARE = 0.2
HOST_SHARE = 0.3
LEAST_SHARE = 50
# An office or a cloud's exit holds many people, who do not all connect a program for the first time in one minute.
ADDRESS_PER_MINUTE = 100


def limit_registrations(tenant: Tenant, metadata: ClientMetadata, *, origin: Origin) -> Standing:
    """Count this registration; raises Refusal when there were too many like it."""
    return limit(
        _windows(tenant, metadata, address=origin.ip),
        refusal="Too many programs like this one have registered.",
        origin=origin,
        data={
            "client_name": metadata.client_name,
            "redirect_places": list(redirect_places(metadata.redirect_uris)),
        },
    )


def _windows(tenant: Tenant, metadata: ClientMetadata, *, address: str | None) -> Iterator[Window]:
    places = redirect_places(metadata.redirect_uris)
    platform = platform_of(places)
    shared = (
        [Window(RateLimitItemPerHour(tenant.registrations_per_hour, namespace="platform"), platform)]
        if platform
        else _strangers(tenant, software_of(metadata), places)
    )
    yield from shared
    if address is None or ip_address(address).is_loopback:
        # A proxy of this machine that no setting names, or somebody who tries things out: it tells nobody apart.
        return
    peer = neighbourhood(address)
    for window in shared:
        # One address never has the whole of what others share, so it can lock nobody else out.
        yield Window(_half(window.item), f"{window.counted} from {peer}")
    if not platform:
        yield Window(RateLimitItemPerMinute(ADDRESS_PER_MINUTE, namespace="address"), peer)


def _strangers(tenant: Tenant, software: str, places: tuple[str, ...]) -> list[Window]:
    hosts = [place for place in places if place != THIS_COMPUTER and not place.endswith(":")]
    return [
        Window(RateLimitItemPerHour(tenant.registrations_per_hour, namespace="tenant"), "all"),
        Window(_share(tenant, SOFTWARE_SHARE, "software"), software),
        *(Window(_share(tenant, HOST_SHARE, "host"), host) for host in hosts),
    ]


def _share(tenant: Tenant, part: float, namespace: str) -> RateLimitItem:
    return RateLimitItemPerHour(
        max(int(tenant.registrations_per_hour * part), LEAST_SHARE), namespace=namespace
    )


def _half(item: RateLimitItem) -> RateLimitItem:
    return RateLimitItemPerHour((item.amount + 1) // 2, namespace=f"{item.namespace}-address")


def platform_of(places: tuple[str, ...]) -> str | None:
    """The platform that all answers go to; what stays on the user's computer does not count against it."""
    names = {PLATFORMS.get(place) for place in places if place != THIS_COMPUTER}
    return names.pop() if len(names) == 1 else None
