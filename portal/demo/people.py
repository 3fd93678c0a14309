"""The rows behind the demo, each made once."""

import secrets
from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress

from portal.clients.metadata import digest
from portal.clients.models import Client
from portal.demo.catalog import Entry
from portal.keys.open_tenant import open_tenant
from portal.resources.models import ResourceServer, Scope
from portal.users.models import User
from tenants.current import transaction_of
from tenants.models import ROOT_ID, Tenant, mount_of
from tenants.mount import find_tenant
from tenants.seal import new_secret, secret_digest, secret_matches


def seed_tenant(*, slug: str, name: str, issuer: str, root: bool = False, **settings: Any) -> Tenant:
    existing = find_tenant(mount_of(issuer))
    if existing is not None:
        return existing
    with transaction_of(Tenant(id=ROOT_ID)):
        moved = Tenant.objects.filter(slug=slug).first()
        if moved is not None:
            # The same data under another PORT: an issuer is what its URL says.
            moved.issuer = issuer
            moved.save()
            return moved
    extra: dict[str, Any] = {"id": ROOT_ID} if root else {}
    return open_tenant(slug=slug, name=name, issuer=issuer, **settings, **extra)


def seed_people(tenant: Tenant, people: dict[str, tuple[str, str]], *, password: str) -> None:
    with transaction_of(tenant):
        for email, (name, role) in people.items():
            user = User.objects.filter(email=email).first() or User(email=email, name=name, role=role)
            if not user.check_password(password):
                user.set_password(password)
                user.save()
            EmailAddress.objects.get_or_create(
                user=user, email=email, defaults={"verified": True, "primary": True}
            )


def seed_server(tenant: Tenant, *, resource: str, scopes: Iterable[Entry], before: Any) -> dict[str, str]:
    with transaction_of(tenant):
        server, _ = ResourceServer.objects.get_or_create(
            slug="sentiment" if tenant.slug == "acme" else "inventory",
            defaults={
                "name": "Sentiment" if tenant.slug == "acme" else "Inventory",
                "resource": resource,
                "client_id": "rs_" + secrets.token_hex(12),
                "is_default": True,
            },
        )
        server.resource = resource
        secret = _kept(before, server.secret_digests)
        server.secret_digests = [secret_digest(secret)]
        server.save()
        for position, entry in enumerate(scopes):
            Scope.objects.get_or_create(
                resource_server=server, name=entry.name, defaults={**entry._asdict(), "position": position}
            )
    return {"client_id": server.client_id, "client_secret": secret}


def seed_client(tenant: Tenant, *, scopes: Iterable[Entry], before: Any) -> dict[str, str]:
    """A confidential client for client_credentials."""
    with transaction_of(tenant):
        client, _ = Client.objects.get_or_create(
            client_name="Nightly batch",
            defaults={
                "is_approved": True,
                "token_endpoint_auth_method": "client_secret_basic",
                "grant_types": ["client_credentials"],
                "scope": " ".join(entry.name for entry in scopes if entry.tier == "ordinary"),
                "metadata_digest": digest(client_name="Nightly batch", redirect_uris=()),
            },
        )
        secret = _kept(before, client.secret_digests)
        client.secret_digests = [secret_digest(secret)]
        client.save()
    return {"client_id": client.client_id, "client_secret": secret}


def _kept(before: Any, digests: list[str]) -> str:
    """The secret told last time, if it is still the one; else a new one."""
    told = (before or {}).get("client_secret", "")
    return told if told and digests and secret_matches(told, digests) else new_secret()
