"""SigningKey: the public half in the clear, the private half encrypted."""

import uuid

from django.db import models

from tenants.models import TenantOwned


class SigningKey(TenantOwned):
    class Status(models.TextChoices):
        ACTIVE = "active", "Active: signs"
        RETIRED = "retired", "Retired: published while its tokens live"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kid = models.CharField(max_length=64)
    alg = models.CharField(max_length=8)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    public_jwk = models.JSONField()
    sealed_private_key = models.BinaryField(editable=False)
    created = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "kid"], name="keys_signingkey_kid")]

    def __str__(self) -> str:
        return f"{self.alg} {self.kid}"
