"""Where a request came from, as far as it can be believed."""

from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings

from portal.audit.record import Origin


def origin_of(environ: dict[str, Any], *, flow: str = "") -> Origin:
    """The peer, or with `TRUSTED_PROXIES` = n the address that the n-th proxy from us saw."""
    address = environ.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = hops[-settings.TRUSTED_PROXIES]
    try:
        # A link-local address may carry a zone, which is this machine's own affair.
        return Origin(ip=str(ip_address(address.partition("%")[0])), flow=flow)
    except ValueError:
        return Origin(flow=flow)


def neighbourhood(address: str) -> str:
    """The address, or of IPv6 the /64: whoever has one such address has all of them."""
    is_old = ip_address(address).version == 4
    return address if is_old else str(ip_network(f"{address}/64", strict=False))
