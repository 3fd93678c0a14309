"""Secrets of clients and resource servers: made by us, shown once, kept as digests; two may live while one takes over."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.admin import TenantModelAdmin
from tenants.reveal import keep
from tenants.seal import new_secret, secret_digest

LIVE = 2
"""The new secret, and the one before it until somebody ends it."""


class SecretAdmin(TenantModelAdmin):
    """For a model with `client_id` and `secret_digests`."""

    actions: Any = ["renew_secret", "end_earlier_secrets"]

    def needs_secret(self, obj: Any) -> bool:  # noqa: ARG002 (for subclasses)
        return True

    def give_secret(self, request: HttpRequest, obj: Any) -> None:
        """A new secret for an object that is about to be saved."""
        secret = new_secret()
        obj.secret_digests = [secret_digest(secret), *obj.secret_digests][:LIVE]
        keep(request, secret, title=str(obj), client_id=obj.client_id)

    @admin.action(description="Make a new secret (the one before goes on working)", permissions=["change"])
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._change(request, queryset, lambda obj: self.give_secret(request, obj), what="a new secret")

    @admin.action(description="End all secrets but the newest", permissions=["change"])
    def end_earlier_secrets(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._change(request, queryset, _end_earlier, what="earlier secrets ended")

    def _change(
        self, request: HttpRequest, queryset: QuerySet[Any], change: Callable[[Any], None], *, what: str
    ) -> None:
        for obj in queryset.select_for_update():
            if not self.needs_secret(obj):
                self.message_user(request, f"{obj} has no secret: it is a public client.", messages.ERROR)
                continue
            change(obj)
            obj.save(update_fields=["secret_digests"])
            self.log_change(request, obj, [{"changed": {"fields": [what]}}])
            self.message_user(request, f"{obj}: {what}.", messages.SUCCESS)


def _end_earlier(obj: Any) -> None:
    obj.secret_digests = obj.secret_digests[:1]
