"""What the trail tells of one connection: for the person whose it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from portal.audit.events import Event
from portal.audit.models import AuditEvent


class Told(NamedTuple):
    """One event, without the row that holds it."""

    at: datetime
    type: str
    data: dict[str, Any]


def accesses_of(grant_id: UUID, *, most: int = 100) -> list[Told]:
    """What resource servers reported of it, newest first."""
    kinds = [Event.ACCESS_ALLOWED.value, Event.ACCESS_DENIED.value]
    return _told(AuditEvent.objects.filter(grant_id=grant_id, type__in=kinds).order_by("-id")[:most])


def history_of(grant_id: UUID, *, most: int = 50) -> list[Told]:
    """What became of it: everything but its accesses, newest first."""
    kinds = [Event.ACCESS_ALLOWED.value, Event.ACCESS_DENIED.value]
    return _told(AuditEvent.objects.filter(grant_id=grant_id).exclude(type__in=kinds).order_by("-id")[:most])


def _told(events: Iterable[AuditEvent]) -> list[Told]:
    return [Told(event.at, event.type, event.data) for event in events]
