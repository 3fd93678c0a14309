"""Keys of the attempt counter: a tenant's own, so that nobody's failed sign-ins lock a namesake elsewhere out."""

from tenants.current import current_tenant


def key(name: str, key_prefix: str, version: int) -> str:
    return f"{current_tenant().id}:{key_prefix}:{version}:{name}"
