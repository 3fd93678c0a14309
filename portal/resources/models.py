"""ResourceServer, and the catalog of its scopes."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from portal.resources import indicate, scopes
from tenants.models import TenantKey, TenantOwned


def check_resource(value: str) -> None:
    try:
        canonical = indicate.canonical(value)
    except indicate.InvalidTarget as error:
        raise ValidationError(str(error)) from error
    if canonical != value:
        raise ValidationError(f"Write it in its canonical form: {canonical}")


def check_scope(value: str) -> None:
    if not scopes.is_scope(value):
        raise ValidationError(
            "Write segments of a-z, 0-9, dot, dash, underscore, with colons between; the last may be *."
        )


class ResourceServer(TenantOwned):
    """An MCP server of the tenant: what a token's `aud` names, with credentials to introspect and to report with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField()
    name = models.CharField(max_length=80)
    resource = models.CharField(
        max_length=500,
        validators=[check_resource],
        help_text="Its URI (RFC 8707): https, or http on loopback.",
    )
    aliases = ArrayField(
        models.CharField(max_length=500),
        default=list,
        blank=True,
        help_text="Other spellings that clients send; `aud` is always the URI above.",
    )
    is_default = models.BooleanField(default=False, help_text="Used where a client names no resource.")
    is_active = models.BooleanField(default=True)
    client_id = models.CharField(max_length=64, editable=False)
    secret_digests = ArrayField(models.CharField(max_length=64), default=list, blank=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="resources_server_slug"),
            models.UniqueConstraint(fields=["tenant", "resource"], name="resources_server_resource"),
            models.UniqueConstraint(fields=["tenant", "client_id"], name="resources_server_client_id"),
        ]

    def __str__(self) -> str:
        return self.name


class Scope(TenantOwned):
    """One entry of a catalog, in the words that people read."""

    class Tier(models.TextChoices):
        ORDINARY = "ordinary", "Ordinary"
        SENSITIVE = "sensitive", "Sensitive"
        DESTRUCTIVE = "destructive", "Destructive"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource_server = TenantKey(ResourceServer, on_delete=models.CASCADE, related_name="scopes")
    name = models.CharField(max_length=255, validators=[check_scope])
    title = models.CharField(max_length=32, help_text="Verb and object: Read your watchlists")
    description = models.CharField(
        max_length=160, blank=True, default="", help_text="One line with what surprises."
    )
    tier = models.CharField(max_length=16, choices=Tier.choices, default=Tier.ORDINARY)
    writes = models.BooleanField(default=False, help_text="It changes something.")
    is_default = models.BooleanField(default=False, help_text="Asked where a client names no scope.")
    is_required = models.BooleanField(
        default=False, help_text="Without it the server is of no use: it has no box."
    )
    position = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "resource_server", "name"], name="resources_scope_name")
        ]

    def __str__(self) -> str:
        return self.title
