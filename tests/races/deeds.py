"""What a caller of the crowd can do. Run in a process of its own, which has read the settings as the web does."""

import os
import threading
from typing import Any, NamedTuple
from uuid import UUID

import httpx

from portal.wsgi import application
from tenants.current import acting_as, transaction_of
from tenants.models import ROOT_ID, Tenant

_own = threading.local()


class Answer(NamedTuple):
    status: int
    body: Any
    location: str = ""


def post(
    *,
    url: str,
    form: dict[str, str] | None = None,
    document: Any = None,
    basic: tuple[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    if not hasattr(_own, "web"):
        _own.web = httpx.Client(transport=httpx.WSGITransport(app=application))
    answer: httpx.Response = _own.web.post(url, data=form, json=document, auth=basic, headers=headers)
    is_json = answer.headers.get("content-type") == "application/json"
    body = answer.json() if is_json else answer.text
    return Answer(answer.status_code, body, answer.headers.get("location", ""))


def visit(*, url: str, world: dict[str, str]) -> Answer:
    """Open a page as a stranger; `world` tells where the suite's websites are."""
    os.environ.update(world)
    with httpx.Client(transport=httpx.WSGITransport(app=application)) as web:
        answer = web.get(url)
    return Answer(answer.status_code, answer.text, answer.headers.get("location", ""))


def _tenant(tenant_id: UUID) -> Tenant:
    with transaction_of(Tenant(id=ROOT_ID)):
        return Tenant.objects.get(id=tenant_id)


def end_grant(*, tenant_id: UUID, grant_id: UUID) -> bool:
    from portal.grants.models import Grant
    from portal.grants.revoke import revoke_grant

    with transaction_of(_tenant(tenant_id)):
        return revoke_grant(Grant.objects.get(id=grant_id), actor_id=None, reason="a race")


def end_all_grants(*, tenant_id: UUID, user_id: UUID) -> int:
    from portal.grants.revoke import revoke_all_grants
    from portal.users.models import User

    with transaction_of(_tenant(tenant_id)):
        return revoke_all_grants(User.objects.get(id=user_id), actor_id=None, reason="a race")


def deactivate(*, tenant_id: UUID, user_id: UUID) -> bool:
    from portal.grants.deactivate import deactivate_user
    from portal.users.models import User

    with transaction_of(_tenant(tenant_id)):
        return deactivate_user(User.objects.get(id=user_id), actor_id=None, reason="a race")


def suspend_client(*, tenant_id: UUID, client_id: UUID) -> int:
    from portal.clients.models import Client

    with transaction_of(_tenant(tenant_id)):
        return Client.objects.filter(id=client_id).update(status=Client.Status.SUSPENDED)


def suspend_tenant(*, tenant_id: UUID) -> int:
    with transaction_of(Tenant(id=ROOT_ID)):
        return Tenant.objects.filter(id=tenant_id).update(status=Tenant.Status.SUSPENDED)


def clean(*, tenant_id: UUID) -> dict[str, int]:
    from portal.grants.expire import remove_expired

    with acting_as(_tenant(tenant_id)):
        return remove_expired()
