"""Tenant, and what it means for a row to be owned by one."""

import uuid
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.expressions import Expression

from tenants.current import current_tenant

ROOT_ID = uuid.UUID("00000000-0000-4000-8000-000000000001")
"""The operator's own tenant: the only one whose rows in `tenants_tenant` are all of them."""

DEFAULT_PRIVATE_USE_SCHEMES = ("claude", "cursor", "vscode", "vscode-insiders", "windsurf", "zed")

M = TypeVar("M", bound=models.Model)


def default_private_use_schemes() -> list[str]:
    return list(DEFAULT_PRIVATE_USE_SCHEMES)


def mount_of(issuer: str) -> str:
    """Where an issuer stands, as requests name it: host, port if unusual, path (`auth.acme.com`, `host/t/acme`)."""
    parts = urlsplit(issuer)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.netloc.lower().removesuffix(default) + parts.path


_colour = RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write a colour as # and six hexadecimal digits.")


class Tenant(models.Model):
    """A provider: an issuer, and all that stands under it."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"

    class Registration(models.TextChoices):
        OPEN = "open", "Open: any program may register itself"
        OFF = "off", "Off: only clients made by an admin"

    class Algorithm(models.TextChoices):
        ES256 = "ES256", "ES256"
        RS256 = "RS256", "RS256"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    issuer = models.CharField(
        max_length=255,
        unique=True,
        help_text="The URL under which everything of this tenant stands, without a slash at the end.",
        validators=[
            RegexValidator(
                r"^https?://[^/?#@\s]+(/[^?#\s]*[^/?#\s])?$",
                "Write an http(s) URL without a slash at its end.",
            )
        ],
    )
    mount = models.CharField(max_length=255, unique=True, editable=False)

    website_uri = models.URLField(blank=True, default="")
    terms_uri = models.URLField(blank=True, default="")
    privacy_uri = models.URLField(blank=True, default="")
    support_email = models.EmailField(blank=True, default="")
    accent = models.CharField(max_length=7, default="#243b6b", validators=[_colour])
    band = models.CharField(max_length=7, default="#243b6b", validators=[_colour])

    signup_open = models.BooleanField(default=False, help_text="People may make an account by themselves.")
    registration = models.CharField(max_length=16, choices=Registration.choices, default=Registration.OPEN)
    documents_open = models.BooleanField(
        "client documents",
        default=True,
        db_default=True,
        help_text="Programs may come with the URL of a document that describes them (Client ID Metadata Documents).",
    )
    unapproved_ceiling = ArrayField(
        models.CharField(max_length=255),
        default=list,
        blank=True,
        help_text="Scopes that a client nobody approved may ask for; empty: every scope but destructive ones.",
    )
    private_use_schemes = ArrayField(
        models.CharField(max_length=64), default=default_private_use_schemes, blank=True
    )
    signing_algorithm = models.CharField(max_length=8, choices=Algorithm.choices, default=Algorithm.ES256)

    code_seconds = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(10), MaxValueValidator(600)]
    )
    access_token_seconds = models.PositiveIntegerField(
        default=600, validators=[MinValueValidator(60), MaxValueValidator(86_400)]
    )
    refresh_idle_seconds = models.PositiveIntegerField(
        default=30 * 86_400, validators=[MinValueValidator(600)]
    )
    refresh_grace_seconds = models.PositiveIntegerField(default=60, validators=[MaxValueValidator(600)])
    grant_days = models.PositiveIntegerField(
        default=90, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )

    created = models.DateTimeField(auto_now_add=True)

    registrations_per_hour = models.PositiveIntegerField(
        default=10_000,
        db_default=10_000,
        help_text="How many programs that nobody knows may register themselves in an hour; each well-known platform has as many of its own, and one address gets half.",
        validators=[MinValueValidator(1)],
    )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.mount = mount_of(self.issuer)
        super().save(*args, **kwargs)

    @property
    def is_root(self) -> bool:
        return self.id == ROOT_ID

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def prefix(self) -> str:
        """The issuer's path: `/t/acme`, or empty for an issuer that has a host of its own."""
        return urlsplit(self.issuer).path


class CurrentTenant(models.Func):
    """The tenant of the running transaction, or NULL: the default of every `tenant_id` column."""

    template = "nullif(current_setting('app.tenant', true), '')::uuid"
    output_field = models.UUIDField()


class _BoundTenant(Expression):
    """The tenant that Python is acting as, looked up when the query is compiled: a second wall, apart from the first."""

    output_field = models.UUIDField()

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ARG002 (Django's signature)
        return "%s", [current_tenant().id]


class TenantManager(models.Manager[M]):
    """Sees the current tenant's rows; raises NoTenantError where there is none."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(tenant_id=_BoundTenant())


class TenantKey(models.ForeignKey[Any, Any]):
    """A foreign key inside one tenant. The database's key is composite, `(tenant_id, id)`: `row_security` adds it.

    A plain key would accept another tenant's row, because referential checks pass over row security. It has an index
    only where its model declares one: most lead a hot table, and are found by another key.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False
        super().__init__(*args, **kwargs)


class TenantOwned(models.Model):
    """A row that belongs to one tenant; see `row_security.protect` for what its table needs."""

    row_actions: ClassVar[str] = "SELECT, INSERT, UPDATE, DELETE"
    """What the web's database role may do with the tenant's rows."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, editable=False, db_default=CurrentTenant(), db_constraint=False,
        db_index=False, related_name="+",
    )  # fmt: skip

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
