"""Two providers with their admins, and the operator."""

import secrets
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.tenancy.admin.visitor import Visitor


def _admin() -> "Visitor":
    from portal.keys.open_tenant import open_tenant
    from tests.places import PORTAL
    from tests.tenancy.admin.visitor import join

    slug = f"t{secrets.token_hex(6)}"
    tenant = open_tenant(slug=slug, name=f"Place {slug}", issuer=f"{PORTAL}/t/{slug}")
    return join(tenant, role="admin").sign_in()


@pytest.fixture
def ann() -> "Visitor":
    """An org admin."""
    return _admin()


@pytest.fixture
def bob() -> "Visitor":
    """An org admin of another tenant."""
    return _admin()


@pytest.fixture
def operator() -> "Visitor":
    from tenants.current import transaction_of
    from tenants.models import ROOT_ID, Tenant
    from tests.tenancy.admin.visitor import join

    with transaction_of(Tenant(id=ROOT_ID)):
        root = Tenant.objects.get(id=ROOT_ID)
    return join(root, role="admin").sign_in()
