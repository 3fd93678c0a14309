"""Clients, as a tenant's admins make and keep them."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest

from portal.audit.events import Event
from portal.audit.record_edit import RecordedAdmin
from portal.clients import metadata, redirect_uri
from portal.clients.models import Client
from tenants.admin import site
from tenants.current import current_tenant
from tenants.forms import LinesField, TenantOwnedForm
from tenants.renew_secret import SecretAdmin

GRANT_TYPES = [
    ("authorization_code", "authorization_code: acts for people who allow it"),
    ("refresh_token", "refresh_token: stays connected"),
    ("client_credentials", "client_credentials: acts for itself"),
]


class ClientForm(TenantOwnedForm):
    redirect_uris = LinesField(
        required=False, help_text="One a line. Compared exactly; only a loopback port may differ."
    )
    scope = LinesField(
        required=False, help_text="The scopes it may ask for, one a line; empty: the tenant's ceiling."
    )
    grant_types = forms.MultipleChoiceField(
        choices=GRANT_TYPES, widget=CheckboxSelectMultiple, initial=["authorization_code", "refresh_token"]
    )

    class Meta:
        model = Client
        fields = (
            "client_name", "status", "is_approved", "application_type", "token_endpoint_auth_method",
            "grant_types", "redirect_uris", "scope",
        )  # fmt: skip

    def clean_scope(self) -> str:
        return " ".join(self.cleaned_data["scope"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self._check_grant_types(cleaned)
            self._check_redirects(cleaned)
            self._check_document()
        if "redirect_uris" in cleaned:
            cleaned["redirect_uris"] = " ".join(cleaned["redirect_uris"])
        return cleaned

    def _check_document(self) -> None:
        if self.instance.origin == Client.Origin.DOCUMENT:
            for name in set(self.changed_data) - {"status", "is_approved", "scope"}:
                self.add_error(name, "Its document says this, and would say it again: change it there.")

    def _check_grant_types(self, cleaned: dict[str, Any]) -> None:
        grant_types = set(cleaned["grant_types"])
        if "client_credentials" in grant_types and cleaned["token_endpoint_auth_method"] == "none":  # noqa: S105 (a method's name)
            # OAuth 2.1 §4.2: client_credentials MUST only be used by confidential clients.
            self.add_error(
                "token_endpoint_auth_method",
                "A client that acts for itself needs a secret to prove who it is.",
            )
        if "client_credentials" in grant_types and not cleaned["is_approved"]:
            self.add_error("is_approved", "Only an approved client may act for itself.")
        if grant_types == {"refresh_token"}:
            self.add_error("grant_types", "refresh_token goes with authorization_code.")
        if "authorization_code" in grant_types and not cleaned["redirect_uris"]:
            self.add_error("redirect_uris", "A client that acts for people needs a redirect URI.")

    def _check_redirects(self, cleaned: dict[str, Any]) -> None:
        for uri in cleaned.get("redirect_uris", []):
            try:
                redirect_uri.check(
                    uri,
                    application_type=cast("redirect_uri.ApplicationType", cleaned["application_type"]),
                    schemes=current_tenant().private_use_schemes,
                )
            except redirect_uri.InvalidRedirectURI as reason:
                self.add_error("redirect_uris", f"{uri[:100]} {reason}")


@admin.register(Client, site=site)
class ClientAdmin(SecretAdmin, RecordedAdmin):
    form = ClientForm
    when_added = Event.CLIENT_REGISTERED
    when_changed = Event.CLIENT_CHANGED
    list_display = ("client_name", "client_id", "origin", "is_approved", "status", "created")
    list_filter = ("status", "is_approved", "origin", "token_endpoint_auth_method")
    search_fields = ("client_name", "client_id")
    ordering = ("-created",)
    readonly_fields = ("client_id", "origin", "secrets", "created")

    def get_fields(self, request: HttpRequest, obj: Client | None = None) -> tuple[str, ...]:  # noqa: ARG002 (Django's signature)
        fields = ClientForm.Meta.fields
        return ("client_id", *fields, "secrets", "origin", "created") if obj else fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        # An admin who makes a client knows whose it is.
        return {"is_approved": True, **super().get_changeform_initial_data(request)}

    @admin.display(description="Secrets")
    def secrets(self, obj: Client) -> str:
        if obj.is_public:
            return "None: a public client."
        return f"{len(obj.secret_digests)}, kept as digests. A new one is made with an action of the list."

    def about(self, obj: Client) -> dict[str, Any]:
        return {"client": obj.client_id}

    def needs_secret(self, obj: Client) -> bool:
        return not obj.is_public

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        if obj.is_public:
            obj.secret_digests = []
        elif not obj.secret_digests:
            self.give_secret(request, obj)
        rest = obj.metadata
        # Decision 6: what people recognise it by has changed, so their consent is asked again.
        obj.metadata_digest = metadata.digest(
            client_name=obj.client_name,
            redirect_uris=obj.redirect_uris.split(),
            logo_uri=rest.get("logo_uri", ""),
            jwks=rest.get("jwks"),
            jwks_uri=rest.get("jwks_uri", ""),
        )
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        # With its grants would go what people allowed and when it ended: such a client is suspended instead.
        return super().has_delete_permission(request, obj) and obj is not None and not obj.grants.exists()
