"""RFC 7517 §5: the tenant's JWK Set."""

from typing import Any

from portal.keys.sign import keyring
from tenants.models import Tenant


def key_set(tenant: Tenant) -> dict[str, Any]:
    return {"keys": keyring(tenant).jwks}
