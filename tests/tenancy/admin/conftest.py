"""Two providers with their admins, and the operator."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail

from portal.keys.open_tenant import open_tenant
from portal.users.models import User
from tenants.current import transaction_of
from tenants.models import ROOT_ID, Tenant
from tests.tenancy.admin.person import Person, join


@pytest.fixture
def provider() -> Callable[[], Tenant]:
    def open_one() -> Tenant:
        slug = f"p{uuid4().hex[:12]}"
        return open_tenant(slug=slug, name=f"Provider {slug}", issuer=f"{settings.PORTAL_URL}/t/{slug}")

    return open_one


@pytest.fixture
def ann(provider: Callable[[], Tenant]) -> Person:
    """An org admin."""
    return join(provider(), role=User.Role.ADMIN).sign_in()


@pytest.fixture
def bob(provider: Callable[[], Tenant]) -> Person:
    """An org admin of another tenant."""
    return join(provider(), role=User.Role.ADMIN).sign_in()


@pytest.fixture
def operator() -> Person:
    root = Tenant(id=ROOT_ID)
    with transaction_of(root):
        found = Tenant.objects.filter(id=ROOT_ID).first()
    root = found or open_tenant(id=ROOT_ID, slug="portal", name="Portal", issuer=settings.PORTAL_URL)
    return join(root, role=User.Role.ADMIN).sign_in()


@pytest.fixture
def mails() -> list[Any]:
    mail.outbox = []
    return mail.outbox
