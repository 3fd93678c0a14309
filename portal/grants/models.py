"""Grant, and what is issued on it. The functions in `sql/` write most of these rows; their rules stand there."""

import uuid
from typing import ClassVar

from django.db import models
from oauth2_provider.models import AbstractAccessToken, AbstractDeviceGrant, AbstractIDToken

from portal.clients.models import Client
from portal.resources.models import ResourceServer
from portal.users.models import User
from tenants.models import TenantKey, TenantManager, TenantOwned


class Grant(TenantOwned):
    """What a user allowed a client at a resource server. At most one is live for the three of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = TenantKey(User, on_delete=models.CASCADE, related_name="grants")
    client = TenantKey(Client, on_delete=models.CASCADE, related_name="grants")
    resource_server = TenantKey(ResourceServer, on_delete=models.CASCADE, related_name="grants")
    scope = models.TextField()
    metadata_digest = models.CharField(max_length=64)
    redirect_host = models.CharField(max_length=255, blank=True, default="")
    session_key = models.CharField(
        max_length=40, blank=True, default="", help_text="Set: it ends with this session."
    )
    created = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=64, blank=True, default="")
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_tool = models.CharField(max_length=120, blank=True, default="")
    uses = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "client", "resource_server"],
                condition=models.Q(revoked_at=None),
                name="grants_grant_live",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "user"], name="grants_grant_user"),
            models.Index(fields=["tenant", "client"], name="grants_grant_client"),
        ]

    def __str__(self) -> str:
        return f"{self.client} for {self.user}"


class TokenFamily(TenantOwned):
    """All refresh tokens that descend from one code. Its row is the one lock of their life."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = TenantKey(Grant, on_delete=models.CASCADE, related_name="families")
    client = TenantKey(Client, on_delete=models.CASCADE, related_name="+")
    user = TenantKey(User, on_delete=models.CASCADE, related_name="+")
    scope = models.TextField()
    asked = models.TextField(
        default="",
        db_default="",
        help_text="What the client asked for: some repeat it whole with each refresh.",
    )
    resource = models.TextField()
    flow = models.CharField(max_length=64)
    generation = models.PositiveIntegerField(default=0, db_default=0)
    created = models.DateTimeField(db_default=models.functions.Now())
    last_used_at = models.DateTimeField(db_default=models.functions.Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["tenant", "grant"], name="grants_family_grant"),
            models.Index(fields=["tenant", "expires_at"], name="grants_family_expires"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class AuthorizationCode(TenantOwned):
    """RFC 6749 §1.3.1. Kept as its digest; a spent one stays as a tombstone until its family ends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField(max_length=32)
    grant = TenantKey(Grant, on_delete=models.CASCADE, related_name="codes")
    client = TenantKey(Client, on_delete=models.CASCADE, related_name="+")
    user = TenantKey(User, on_delete=models.CASCADE, related_name="+")
    redirect_uri = models.TextField(help_text="As the request sent it; empty if it sent none.")
    code_challenge = models.CharField(max_length=43)
    scope = models.TextField()
    asked = models.TextField(default="", db_default="")
    resource = models.TextField()
    nonce = models.TextField(blank=True, default="")
    auth_time = models.DateTimeField()
    flow = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, blank=True)
    family = TenantKey(TokenFamily, null=True, blank=True, on_delete=models.CASCADE, related_name="codes")

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "digest"], name="grants_code_digest")]
        indexes = [
            models.Index(fields=["tenant", "expires_at"], name="grants_code_expires"),
            models.Index(fields=["tenant", "family"], name="grants_code_family"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RefreshToken(TenantOwned):
    """RFC 6749 §1.5. `successor_seed` with the token itself makes its successor again (`grants.refresh`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField(max_length=32)
    family = TenantKey(TokenFamily, on_delete=models.CASCADE, related_name="refresh_tokens")
    generation = models.PositiveIntegerField()
    created = models.DateTimeField(db_default=models.functions.Now())
    expires_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    successor_seed = models.BinaryField(max_length=16, null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "digest"], name="grants_refresh_digest"),
            models.UniqueConstraint(
                fields=["tenant", "family", "generation"], name="grants_refresh_generation"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DeniedToken(TenantOwned):
    """An access token revoked by itself (RFC 7009): its `jti`, until it would have expired."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    jti = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "jti"], name="grants_denied_jti")]
        indexes = [models.Index(fields=["tenant", "expires_at"], name="grants_denied_expires")]

    def __str__(self) -> str:
        return self.jti


class AccessToken(TenantOwned, AbstractAccessToken):
    """What code written for the toolkit sees of a token. JWTs are never saved: this is their face, made from claims."""

    source_refresh_token = None
    id_token = None
    token_checksum = None
    application = None
    user = TenantKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    client = TenantKey(Client, on_delete=models.CASCADE, null=True, related_name="+")

    objects: ClassVar[TenantManager["AccessToken"]] = TenantManager()

    class Meta(TenantOwned.Meta):
        pass


class IDToken(TenantOwned, AbstractIDToken):
    """The toolkit's slot, filled so that its own table is never made. No row is written: ID tokens are JWTs."""

    application = None
    jti = models.UUIDField(default=uuid.uuid4, editable=False)
    user = TenantKey(User, on_delete=models.CASCADE, null=True, related_name="+")

    objects: ClassVar[TenantManager["IDToken"]] = TenantManager()

    class Meta(TenantOwned.Meta):
        pass


class DeviceCode(TenantOwned, AbstractDeviceGrant):
    """The toolkit's slot for RFC 8628, which is not offered yet. No row is written."""

    user = TenantKey(User, on_delete=models.CASCADE, null=True, related_name="+")

    objects: ClassVar[TenantManager["DeviceCode"]] = TenantManager()

    class Meta(TenantOwned.Meta):
        pass
