"""Client: the toolkit's application, as this product needs it."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractApplication

from portal.clients import redirect_uri
from portal.clients.locate import MAX_LENGTH
from tenants.models import TenantManager, TenantOwned


def new_client_id() -> str:
    return f"c_{uuid.uuid4().hex}"


class Client(TenantOwned, AbstractApplication):
    """Wire names are attribute names (RFC 7591 §2). What the toolkit's application has and we never use is removed."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"

    class Origin(models.TextChoices):
        ADMIN = "admin", "Made by an admin"
        REGISTERED = "registered", "Registered itself"
        DOCUMENT = "document", "Described by a document at its client_id"

    user = None
    name = None
    authorization_grant_type = None
    client_type = None
    client_secret = None
    hash_client_secret = None
    skip_authorization = None
    algorithm = None
    registration_source = None
    cimd_expires_at = None
    updated = None

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client_id = models.CharField(max_length=MAX_LENGTH, default=new_client_id, editable=False)
    client_name = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.ADMIN, editable=False)
    is_approved = models.BooleanField(
        default=False,
        help_text="Somebody here checked who makes it. It may have any scope it is given below.",
    )
    token_endpoint_auth_method = models.CharField(
        max_length=32,
        default="none",
        choices=[
            ("none", "none: a public client"),
            ("client_secret_basic", "client_secret_basic"),
            ("client_secret_post", "client_secret_post"),
        ],
    )
    secret_digests = ArrayField(models.CharField(max_length=64), default=list, blank=True, editable=False)
    grant_types = ArrayField(models.CharField(max_length=64), default=list)
    scope = models.TextField(
        blank=True,
        default="",
        help_text="The scopes it may ask for, separated by spaces; empty: the tenant's ceiling.",
    )
    application_type = models.CharField(
        max_length=8, default="web", choices=[("web", "web"), ("native", "native")]
    )
    metadata = models.JSONField(
        default=dict, blank=True, editable=False, help_text="The rest of what it registered."
    )
    metadata_digest = models.CharField(max_length=64, blank=True, default="", editable=False)

    software = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    """`clients.software`: for counting and showing, never for trust."""

    objects: ClassVar[TenantManager["Client"]] = TenantManager()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "client_id"], name="clients_client_client_id")
        ]
        indexes = [models.Index(fields=["tenant", "software"], name="clients_client_software")]

    def __str__(self) -> str:
        return self.client_name

    @property
    def is_public(self) -> bool:
        return self.token_endpoint_auth_method == "none"  # noqa: S105 (a method, not a secret)

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    def redirect_uri_allowed(self, uri: str) -> bool:
        # OAuth 2.1 §2.3.1, RFC 8252 §7.3: equal, character by character; a loopback port may differ.
        return redirect_uri.find_match(self.redirect_uris.split(), uri) is not None

    def is_usable(self, request: object) -> bool:  # noqa: ARG002 (the toolkit's signature)
        return self.is_active

    def clean(self) -> None:
        """The toolkit's rules are for fields that this model has not got; the admin's form has ours."""


class Document(TenantOwned):
    """What came of fetching a URL that names a client, so that it is fetched once and not again too soon.

    A row is claimed before the fetch and settled after it, each in a transaction of its own: no lock outlives one, and
    whoever else wants the document waits for the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = models.CharField(max_length=MAX_LENGTH)
    host = models.CharField(max_length=255)
    asker = models.GenericIPAddressField(null=True)
    """Whose visit led to the fetch."""
    claim = models.UUIDField(null=True)
    """Of the one who fetches it now."""
    claimed_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    """When it was last good."""
    due_at = models.DateTimeField()
    """From when on it may be fetched again."""
    failures = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True, default="")
    passing = models.BooleanField(default=False)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "url"], name="clients_document_url")]
        indexes = [models.Index(fields=["tenant", "claimed_at"], name="clients_document_claimed")]

    def __str__(self) -> str:
        return self.url
