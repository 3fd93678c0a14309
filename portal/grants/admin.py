"""Grants; and people, who stand here and not with `users` because shutting an account ends what it had granted."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.audit.events import Event
from portal.audit.origin import origin_of
from portal.audit.record import record
from portal.audit.record_edit import RecordedAdmin, actor_of
from portal.grants.deactivate import deactivate_user
from portal.grants.models import Grant
from portal.grants.revoke import revoke_grant
from portal.users.invite import invite_user, is_taken, mail_password_link
from portal.users.models import User
from tenants.admin import ReadOnlyAdmin, site
from tenants.forms import TenantOwnedForm

BY_ADMIN = "by an admin"


class LiveFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("live", "Live"), ("ended", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Grant]) -> QuerySet[Grant]:  # noqa: ARG002
        live = {"revoked_at": None, "expires_at__gt": timezone.now()}
        if self.value() == "live":
            return queryset.filter(**live)
        return queryset.exclude(**live) if self.value() == "ended" else queryset


@admin.register(Grant, site=site)
class GrantAdmin(ReadOnlyAdmin):
    list_display = (
        "user",
        "client",
        "resource_server",
        "created",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = (LiveFilter,)
    list_select_related = ("user", "client", "resource_server")
    search_fields = ("user__email", "client__client_name", "client__client_id")
    ordering = ("-created",)
    fields = readonly_fields = (
        "user", "client", "resource_server", "scope", "redirect_host", "created", "confirmed_at", "expires_at",
        "revoked_at", "revoked_reason", "last_used_at", "last_tool", "uses",
    )  # fmt: skip
    actions = ("revoke",)

    @admin.action(description="Revoke: it ends now, with all that was issued on it", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Grant]) -> None:
        actor, origin = actor_of(request), origin_of(request.META)
        for grant in queryset.order_by("id"):
            if revoke_grant(grant, actor_id=actor, reason=BY_ADMIN, origin=origin):
                self.message_user(request, f"{grant}: revoked.", messages.SUCCESS)
            else:
                self.message_user(request, f"{grant}: had ended before.", messages.INFO)


class UserForm(TenantOwnedForm):
    class Meta:
        model = User
        fields = ("email", "name", "role")

    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"]).lower()
        if is_taken(email):
            raise forms.ValidationError("Somebody here has this address.")
        return email


@admin.register(User, site=site)
class UserAdmin(RecordedAdmin):
    """Admins invite people, give them their role, and shut accounts. Passwords and addresses stay the person's own."""

    form = UserForm
    when_added = Event.USER_CREATED
    when_changed = Event.USER_CHANGED
    list_display = ("email", "name", "role", "is_active", "last_login", "date_joined")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name", "sub")
    ordering = ("email",)
    actions = ("deactivate", "activate", "mail_password_link")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:  # noqa: ARG002
        fields = UserForm.Meta.fields
        return (*fields, "sub", "is_active", "last_login", "date_joined") if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        # Whoever could change another's address could take the account by a password link.
        fixed = ("email", "sub", "is_active", "last_login", "date_joined")
        # Nobody takes their own role away, so a tenant always keeps an admin.
        return (*fixed, "role") if obj.pk == request.user.pk else fixed

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:  # noqa: ARG002
        return False

    def about(self, obj: User) -> dict[str, Any]:
        return {"user_id": obj.id}

    def record_edit(self, request: HttpRequest, event: Event, obj: User, changes: Any) -> None:
        super().record_edit(request, event, obj, {"role": obj.role, "edit": changes})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        if change:
            super().save_model(request, obj, form, change)
            return
        invite_user(request, obj)
        self.message_user(request, f"A mail with a link to choose a password goes to {obj.email}.")

    @admin.action(description="Deactivate: no sign-in, no session, no app", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        actor, origin = actor_of(request), origin_of(request.META)
        for user in queryset:
            if user.pk == actor:
                self.message_user(request, "Another admin must do that to you.", messages.ERROR)
            elif deactivate_user(user, actor_id=actor, reason=BY_ADMIN, origin=origin):
                self.message_user(request, f"{user}: deactivated.", messages.SUCCESS)

    @admin.action(
        description="Activate: they may sign in again; apps stay disconnected", permissions=["change"]
    )
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.filter(is_active=False):
            user.is_active = True
            user.save(update_fields=["is_active"])
            self.log_change(request, user, [{"changed": {"fields": ["is_active"]}}])
            self.message_user(request, f"{user}: active.", messages.SUCCESS)

    @admin.action(description="Mail a link to choose a new password", permissions=["change"])
    def mail_password_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.filter(is_active=True):
            mail_password_link(request, user)
            actor = str(actor_of(request))
            record(
                Event.USER_CHANGED, user_id=user.id, origin=origin_of(request.META), reason="password link mailed",
                data={"actor": actor},
            )  # fmt: skip
            self.message_user(request, f"A mail goes to {user}.", messages.SUCCESS)
