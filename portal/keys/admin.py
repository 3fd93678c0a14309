"""Signing keys, to look at; and tenants, which are opened with their keys."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminBigIntegerFieldWidget
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.audit.events import Event
from portal.audit.origin import origin_of
from portal.audit.record import record
from portal.audit.record_edit import RecordedAdmin, actor_of
from portal.keys.models import SigningKey
from portal.keys.open_tenant import check_place, open_tenant
from portal.users.invite import invite_user
from portal.users.models import User
from tenants.admin import ReadOnlyAdmin, site
from tenants.cache import forget
from tenants.current import current_tenant, transaction_of
from tenants.forms import LinesField
from tenants.models import Tenant, mount_of


@admin.register(SigningKey, site=site)
class SigningKeyAdmin(ReadOnlyAdmin):
    list_display = ("kid", "alg", "status", "created", "retired_at")
    list_filter = ("status", "alg")
    ordering = ("-created",)
    # The private half is not among them, encrypted as it is.
    fields = readonly_fields = ("kid", "alg", "status", "created", "retired_at")


SETTINGS = (
    ("What people see", ("website_uri", "terms_uri", "privacy_uri", "support_email", "accent", "band")),
    (
        "Who may come in",
        (
            "signup_open",
            "registration",
            "documents_open",
            "registrations_per_hour",
            "unapproved_ceiling",
            "private_use_schemes",
        ),
    ),
    (
        "How long it lasts",
        (
            "code_seconds",
            "access_token_seconds",
            "refresh_idle_seconds",
            "refresh_grace_seconds",
            "grant_days",
        ),
    ),
    ("Signing", ("signing_algorithm",)),
)


def link(label: str) -> forms.URLField:
    """Shown to people as a link, so it leads to a web page and nowhere else."""
    return forms.URLField(
        label=label,
        required=False,
        max_length=200,
        assume_scheme="https",
        validators=[URLValidator(schemes=["https"], message="Write an https address.")],
    )


class TenantForm(forms.ModelForm):  # type: ignore[type-arg] # generic for type checkers only
    website_uri = link("Website")
    terms_uri = link("Terms")
    privacy_uri = link("Privacy")
    unapproved_ceiling = LinesField(
        required=False,
        help_text="Scopes that a client nobody approved may ask for, one a line; empty: every scope but destructive ones.",
    )
    private_use_schemes = LinesField(
        required=False, help_text="Schemes without a dot that redirect URIs of programs may have, one a line."
    )

    class Meta:
        model = Tenant
        fields = ("slug", "name", "issuer", "status", *(name for _, names in SETTINGS for name in names))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        idle, days = cleaned.get("refresh_idle_seconds"), cleaned.get("grant_days")
        if idle and days and idle > days * 86_400:
            self.add_error(
                "refresh_idle_seconds", "No refresh token outlives its grant: write at most grant_days."
            )
        return cleaned


class OpenTenantForm(TenantForm):
    admin_email = forms.EmailField(
        label="First admin", help_text="Gets a mail with a link to choose a password."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "slug" in cleaned and "issuer" in cleaned:
            check_place(Tenant(slug=cleaned["slug"], issuer=cleaned["issuer"]))
            if Tenant.objects.filter(mount=mount_of(cleaned["issuer"])).exists():
                raise ValidationError({"issuer": "Another tenant stands there."})
        return cleaned


@admin.register(Tenant, site=site)
class TenantAdmin(RecordedAdmin):
    """At a tenant's own mount: its settings. At the root's: all tenants, which only the operator opens or suspends."""

    form = TenantForm
    when_added = Event.TENANT_CREATED
    when_changed = Event.TENANT_CHANGED
    list_display = ("name", "slug", "issuer", "status", "created")
    list_filter = ("status",)
    search_fields = ("name", "slug", "issuer")
    ordering = ("slug",)
    actions = ("suspend", "activate")
    # Seconds have more digits than Django's box for a number shows.
    formfield_overrides = {models.PositiveIntegerField: {"widget": AdminBigIntegerFieldWidget}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        found = super().get_queryset(request)
        return found if current_tenant().is_root else found.filter(id=current_tenant().id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and current_tenant().is_root

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:  # noqa: ARG002
        return False

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def get_form(
        self,
        request: HttpRequest,
        obj: Tenant | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 (Django's signature)
        **kwargs: Any,
    ) -> Any:
        if obj is None:
            kwargs["form"] = OpenTenantForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Tenant | None = None) -> Any:  # noqa: ARG002
        first = ("name", "slug", "issuer", "status" if obj else "admin_email")
        return [(None, {"fields": first}), *((title, {"fields": names}) for title, names in SETTINGS)]

    def get_readonly_fields(self, request: HttpRequest, obj: Tenant | None = None) -> tuple[str, ...]:  # noqa: ARG002
        # Every token and every client's configuration names the issuer; suspending is an action.
        return ("slug", "issuer", "status") if obj else ()

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:  # noqa: FBT001
        if change:
            super().save_model(request, obj, form, change)
            transaction.on_commit(partial(forget, obj))
            return
        settings = {name: getattr(obj, name) for name in form.cleaned_data if name != "admin_email"}
        open_tenant(id=obj.id, actor_id=actor_of(request), origin=origin_of(request.META), **settings)
        with transaction_of(obj):
            person = User(email=form.cleaned_data["admin_email"], role=User.Role.ADMIN)
            invite_user(request, person)
            record(Event.USER_CREATED, user_id=person.id, reason="first admin", data={"role": person.role})

    def record_edit(self, request: HttpRequest, event: Event, obj: Tenant, changes: Any) -> None:
        if event is Event.TENANT_CREATED:
            return  # `open_tenant` has recorded it
        super().record_edit(request, event, obj, changes)
        if obj.id != current_tenant().id:
            with transaction_of(obj):
                # The operator is nobody in this tenant, so its own trail names no user.
                record(event, reason="the portal's operator", data={"changes": changes})

    @admin.action(description="Suspend: its whole mount answers as unknown", permissions=["suspend"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        self._set_status(request, queryset, Tenant.Status.SUSPENDED)

    @admin.action(description="Activate", permissions=["suspend"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        self._set_status(request, queryset, Tenant.Status.ACTIVE)

    def _set_status(self, request: HttpRequest, queryset: QuerySet[Tenant], status: Tenant.Status) -> None:
        for tenant in queryset.exclude(status=status):
            if tenant.is_root:
                self.message_user(request, "The root tenant is where you are: it stays active.", "ERROR")
                continue
            tenant.status = status
            tenant.save(update_fields=["status"])
            transaction.on_commit(partial(forget, tenant))
            self.log_change(request, tenant, [{"changed": {"fields": [f"status: {status}"]}}])
            self.message_user(request, f"{tenant}: {status.label.lower()}.")
