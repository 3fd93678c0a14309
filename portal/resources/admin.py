"""Resource servers and their catalogs."""

import secrets
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from portal.audit.events import Event
from portal.audit.record_edit import RecordedAdmin
from portal.resources import indicate
from portal.resources.models import ResourceServer, Scope
from tenants.admin import site
from tenants.forms import LinesField, TenantOwnedForm
from tenants.renew_secret import SecretAdmin


class ResourceServerForm(TenantOwnedForm):
    aliases = LinesField(
        required=False,
        help_text="Other spellings that clients send, one a line; `aud` is always the URI above.",
    )

    class Meta:
        model = ResourceServer
        fields = ("name", "slug", "resource", "aliases", "is_default", "is_active")

    def clean_aliases(self) -> list[str]:
        try:
            # As `indicate.find` compares them; two spellings of one alias become one.
            return list(dict.fromkeys(indicate.canonical(alias) for alias in self.cleaned_data["aliases"]))
        except indicate.InvalidTarget as error:
            raise ValidationError(str(error)) from error

    def clean_is_default(self) -> bool:
        wanted: bool = self.cleaned_data["is_default"]
        other = ResourceServer.objects.filter(is_default=True).exclude(id=self.instance.id).first()
        if wanted and other:
            raise ValidationError(f"{other} is the default already.")
        return wanted

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        others = ResourceServer.objects.exclude(id=self.instance.id)
        taken = {uri for server in others for uri in (server.resource, *server.aliases)}
        for field, uris in (("resource", [cleaned.get("resource")]), ("aliases", cleaned.get("aliases", []))):
            for uri in taken.intersection(uris):
                # A name that two servers claim names neither.
                self.add_error(field, f"Another resource server has {uri}.")
        return cleaned


class ScopeFormSet(BaseInlineFormSet):  # type: ignore[type-arg] # generic for type checkers only
    """Names are unique in a catalog, those typed on one page included."""

    def clean(self) -> None:
        super().clean()
        names: set[str] = set()
        for form in self.forms:
            name = form.cleaned_data.get("name") if form.is_valid() else None
            if not name or form.cleaned_data.get("DELETE"):
                continue
            if name in names:
                form.add_error("name", "This catalog has it already.")
            names.add(name)


class ScopeForm(TenantOwnedForm):
    class Meta:
        model = Scope
        fields = ("name", "title", "description", "tier", "writes", "is_default", "is_required", "position")
        widgets = {
            "name": forms.TextInput(attrs={"size": 36, "spellcheck": "false"}),
            "title": forms.TextInput(attrs={"size": 28}),
            "description": forms.TextInput(attrs={"size": 60}),
        }


class ScopeInline(admin.StackedInline):  # type: ignore[type-arg] # generic for type checkers only
    model = Scope
    form = ScopeForm
    formset = ScopeFormSet
    fields = (("name", "title"), "description", ("tier", "position"), ("writes", "is_default", "is_required"))
    extra = 0


def new_server_id() -> str:
    return f"rs_{secrets.token_hex(12)}"


@admin.register(ResourceServer, site=site)
class ResourceServerAdmin(SecretAdmin, RecordedAdmin):
    form = ResourceServerForm
    inlines = (ScopeInline,)
    when_added = when_changed = Event.RESOURCE_SERVER_CHANGED
    list_display = ("name", "resource", "client_id", "is_default", "is_active")
    search_fields = ("name", "slug", "resource")
    ordering = ("name",)
    prepopulated_fields = {"slug": ("name",)}

    def get_fields(self, request: HttpRequest, obj: ResourceServer | None = None) -> tuple[str, ...]:  # noqa: ARG002 (Django's signature)
        fields = ResourceServerForm.Meta.fields
        return (*fields, "client_id", "secrets", "created") if obj else fields

    @admin.display(description="Secrets")
    def secrets(self, obj: ResourceServer) -> str:
        return f"{len(obj.secret_digests)}, kept as digests. A new one is made with an action of the list."

    def get_readonly_fields(self, request: HttpRequest, obj: ResourceServer | None = None) -> tuple[str, ...]:  # noqa: ARG002
        # Tokens and grants name the server by this URI: another URI is another server.
        return ("client_id", "secrets", "created", *(("resource",) if obj else ()))

    def save_model(self, request: HttpRequest, obj: ResourceServer, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        if not change:
            obj.client_id = new_server_id()
            self.give_secret(request, obj)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: ResourceServer | None = None) -> bool:
        # With its grants would go what people allowed: such a server is set inactive instead.
        return super().has_delete_permission(request, obj) and obj is not None and not obj.grants.exists()
