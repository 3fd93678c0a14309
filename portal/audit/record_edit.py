"""Whatever is changed in Django's admin joins the audit trail, in the same transaction: which fields, never their values."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest

from portal.audit.events import Event
from portal.audit.origin import origin_of
from portal.audit.record import record
from tenants.admin import TenantModelAdmin, refused


def actor_of(request: HttpRequest) -> UUID:
    """Whoever is signed in; Django's admin lets nobody else in."""
    actor = request.user.pk
    if not isinstance(actor, UUID):
        raise TypeError("Nobody is signed in.")
    return actor


@receiver(refused)
def record_refusal(request: HttpRequest, **_: Any) -> None:
    record(Event.ADMIN_DENIED, user_id=actor_of(request), origin=origin_of(request.META), reason=request.path)


class RecordedAdmin(TenantModelAdmin):
    """Django tells its own log of each edit, inlines included; from there the audit trail learns of it."""

    when_added: ClassVar[Event]
    when_changed: ClassVar[Event]

    def about(self, obj: Any) -> dict[str, Any]:  # noqa: ARG002 (for subclasses)
        """What the event is about, as arguments of `record`."""
        return {}

    def record_edit(self, request: HttpRequest, event: Event, obj: Any, changes: Any) -> None:
        actor = actor_of(request)
        data = {"actor": str(actor), "object": str(obj.pk), "name": str(obj), "changes": changes}
        about = {"user_id": actor, **self.about(obj)}
        record(event, **about, origin=origin_of(request.META), reason="Django admin", data=data)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        self.record_edit(request, self.when_added, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        if message:
            self.record_edit(request, self.when_changed, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any] | Iterable[Any]) -> Any:
        for obj in queryset:
            self.record_edit(request, self.when_changed, obj, [{"deleted": {}}])
        return super().log_deletions(request, queryset)  # type: ignore[arg-type] # Django hands a list of one
