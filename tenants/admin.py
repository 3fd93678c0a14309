"""Django's admin, one site for every mount: a tenant's admins see there the rows that row security lets them see.

Who may enter is the user's role; which rows exist is the database's business; what may be done is each ModelAdmin's.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar, cast

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.dispatch import Signal
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.module_loading import module_has_submodule

from tenants.models import TenantOwned
from tenants.reveal import reveal

refused = Signal()
"""Somebody signed in asked for an admin page that is not theirs. `portal.audit` listens."""

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


class TenantAdminSite(admin.AdminSite):
    """Signing in, signing out and passwords are allauth's alone, with its limits on attempts."""

    site_title = "Portico"
    site_header = "Portico"
    index_title = "Administration"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # No object here has a public page, and Django's view for those would ask a model of any app.
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def admin_view(self, view: V, cacheable: bool = False) -> V:  # noqa: FBT001, FBT002 (Django's signature)
        guarded = super().admin_view(view, cacheable)

        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), reverse("account_login"))
            try:
                self._check(request)
                return guarded(request, *args, **kwargs)
            except (PermissionDenied, Http404):
                refused.send(type(self), request=request)
                raise

        return cast("V", enter)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        if not request.user.is_authenticated:
            return redirect_to_login(
                request.GET.get("next") or reverse("admin:index"), reverse("account_login")
            )
        self._check(request)
        return redirect("admin:index")

    def _check(self, request: HttpRequest) -> None:
        if not self.has_permission(request):
            raise PermissionDenied

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        return redirect("account_change_password")


site = TenantAdminSite()
# Deleting many at once skips what each ModelAdmin says about deleting one.
site.disable_action("delete_selected")


def load_admins() -> None:
    """Import `admin` of every app that owns tenants' rows, and of no other: allauth's and the toolkit's stay out."""
    for config in apps.get_app_configs():
        owns = any(issubclass(model, TenantOwned) for model in config.get_models())
        if owns and config.module and module_has_submodule(config.module, "admin"):
            import_module(f"{config.name}.admin")


class TenantModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic for type checkers only
    """What is unknown, and what is another tenant's, is not found: one answer for both."""

    view_on_site = False
    show_full_result_count = False
    list_per_page = 50

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        reveal(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reveal(request)
        return super().changeform_view(request, *args, **kwargs)


class ReadOnlyAdmin(TenantModelAdmin):
    """To look at. What may be done to such rows is an action that calls a verb."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 (Django's signature)
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
