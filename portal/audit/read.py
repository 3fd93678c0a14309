"""What the trail tells of one connection: for the person whose it is."""

from uuid import UUID

from portal.audit.events import Event
from portal.audit.models import AuditEvent


def accesses_of(grant_id: UUID, *, most: int = 100) -> list[AuditEvent]:
    """What resource servers reported of it, newest first."""
    kinds = [Event.ACCESS_ALLOWED.value, Event.ACCESS_DENIED.value]
    return list(AuditEvent.objects.filter(grant_id=grant_id, type__in=kinds).order_by("-id")[:most])


def history_of(grant_id: UUID, *, most: int = 50) -> list[AuditEvent]:
    """What became of it: everything but its accesses, newest first."""
    kinds = [Event.ACCESS_ALLOWED.value, Event.ACCESS_DENIED.value]
    return list(AuditEvent.objects.filter(grant_id=grant_id).exclude(type__in=kinds).order_by("-id")[:most])
