"""The audit trail, to read."""

import json
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html

from portal.audit.events import Event
from portal.audit.models import AuditEvent
from portal.users.models import User
from tenants.admin import ReadOnlyAdmin, site

MEANINGS = {event.value: event.meaning for event in Event}


class NounFilter(admin.SimpleListFilter):
    """By what the events are about: the first word of their type."""

    title = "what"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        nouns = dict.fromkeys(event.value.partition(".")[0] for event in Event)
        return [(noun, noun.replace("_", " ").capitalize()) for noun in nouns]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:  # noqa: ARG002
        return queryset.filter(type__startswith=f"{self.value()}.") if self.value() else queryset


@admin.register(AuditEvent, site=site)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("when", "type", "who", "client", "reason")
    list_filter = (NounFilter,)
    # The trail is long: it is read in the order of its key, newest first, and in no other.
    ordering = ("-id",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    # Which fields are searched, and how, is `get_search_results`; Django wants some named to show the box.
    search_fields = ("type", "client", "flow")
    search_help_text = "A type, a client_id, a flow, or the id of a user or grant, in full."
    fields = (
        "when",
        "type",
        "meaning",
        "who",
        "client",
        "user_id",
        "grant_id",
        "flow",
        "ip",
        "reason",
        "details",
    )

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[AuditEvent],
        search_term: str,
    ) -> tuple[QuerySet[AuditEvent], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(type=term) | Q(client=term) | Q(flow=term)
        with suppress(ValueError):
            found |= Q(user_id=UUID(term)) | Q(grant_id=UUID(term))
        return queryset.filter(found), False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        return self.fields

    get_readonly_fields = get_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        people = User.objects.filter(id=OuterRef("user_id")).values("email")
        events: QuerySet[AuditEvent] = super().get_queryset(request)
        return events.annotate(email=Subquery(people))

    @admin.display(description="When (UTC)")
    def when(self, obj: AuditEvent) -> str:
        return f"{obj.at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="Who")
    def who(self, obj: Any) -> str:
        return obj.email or ""

    @admin.display(description="Meaning")
    def meaning(self, obj: AuditEvent) -> str:
        return MEANINGS.get(obj.type, "")

    @admin.display(description="Details")
    def details(self, obj: AuditEvent) -> str:
        return format_html("<pre>{}</pre>", json.dumps(obj.data, indent=2, ensure_ascii=False))
