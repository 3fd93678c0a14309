"""Somebody in a browser of their own, at a tenant's admin."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from portal.audit.models import AuditEvent
from portal.clients.models import Client
from portal.grants.models import Grant
from portal.resources.models import ResourceServer
from portal.users.models import User
from tenants.current import transaction_of
from tenants.models import Tenant

PASSWORD = "correct horse battery staple"


@dataclass
class Visitor:
    """Somebody signed in at a tenant, with what they can do in its admin."""

    tenant: Tenant
    user: User
    browser: Browser = field(default_factory=Browser)

    def _path(self, path: str) -> str:
        return f"{self.tenant.prefix}/admin/{path}"

    def get(self, path: str = "", **query: str) -> HttpResponse:
        return self.browser.get(self._path(path), query, HTTP_HOST=urlsplit(self.tenant.issuer).netloc)

    def post(self, path: str, form: dict[str, Any], *, follow: bool = False) -> HttpResponse:
        return self.browser.post(
            self._path(path), form, follow=follow, HTTP_HOST=urlsplit(self.tenant.issuer).netloc
        )

    def act(self, path: str, action: str, *objects: Any) -> HttpResponse:
        """One of the actions of a list."""
        chosen = [str(each.pk) for each in objects]
        return self.post(path, {"action": action, "_selected_action": chosen}, follow=True)

    def sign_in(self) -> "Visitor":
        form = {"login": self.user.email, "password": PASSWORD}
        answer = self.browser.post(
            f"{self.tenant.prefix}/account/login/", form, HTTP_HOST=urlsplit(self.tenant.issuer).netloc
        )
        assert answer.status_code == 302, answer.content
        return self

    def events(self, type_: str) -> list[AuditEvent]:
        with transaction_of(self.tenant):
            return list(AuditEvent.objects.filter(type=type_).order_by("id"))


def join(tenant: Tenant, *, role: str = User.Role.MEMBER) -> Visitor:
    with transaction_of(tenant):
        user = User.objects.create_user(email=f"{uuid4().hex}@people.example", password=PASSWORD, role=role)
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return Visitor(tenant, user)


def make_grant(person: Visitor) -> Grant:
    unique, now = uuid4().hex, timezone.now()
    with transaction_of(person.tenant):
        return Grant.objects.create(
            user=person.user, scope="mcp:tools:weather", confirmed_at=now, expires_at=now + timedelta(days=1),
            client=Client.objects.create(client_name="Desk", grant_types=["authorization_code"]),
            resource_server=ResourceServer.objects.create(
                slug=unique, name="Weather", resource=f"https://{unique}.example/mcp", client_id=f"rs_{unique}"
            ),
        )  # fmt: skip


def mails_to(address: str) -> list[str]:
    """What was mailed there so far, headers and all."""
    sent = Path(settings.EMAIL_FILE_PATH).read_text(encoding="utf-8").split(f"\n{'-' * 79}\n")
    return [mail for mail in sent if f"To: {address}\n" in mail]


def text_of(answer: HttpResponse) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
