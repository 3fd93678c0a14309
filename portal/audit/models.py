"""AuditEvent. Only `audit.record`, and in SQL `audit_record`, write here."""

from typing import ClassVar

from django.db import models

from tenants.models import TenantOwned


class AuditEvent(TenantOwned):
    row_actions: ClassVar[str] = "SELECT, INSERT"

    at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    type = models.CharField(max_length=64)
    user_id = models.UUIDField(null=True, blank=True)
    client = models.TextField(blank=True, default="", db_default="", help_text="The client_id, as it came.")
    grant_id = models.UUIDField(null=True, blank=True)
    flow = models.CharField(max_length=64, blank=True, default="", db_default="")
    ip = models.GenericIPAddressField(null=True, blank=True)
    reason = models.TextField(blank=True, default="", db_default="")
    data = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))

    class Meta(TenantOwned.Meta):
        # In the order of their happening they are found by the primary key, (tenant_id, id).
        indexes = [models.Index(fields=["tenant", "grant_id", "id"], name="audit_event_grant")]

    def __str__(self) -> str:
        return f"{self.type} {self.at:%Y-%m-%d %H:%M:%S}"
