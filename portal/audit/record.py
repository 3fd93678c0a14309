"""The one way in: an event joins the transaction of what it tells of, so neither is ever kept without the other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from portal.audit.events import Event

LONGEST = 500


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a request came from."""

    ip: str | None = None
    flow: str = ""


NOWHERE = Origin()


def record(
    event: Event,
    *,
    user_id: UUID | None = None,
    client: str = "",
    grant_id: UUID | None = None,
    origin: Origin = NOWHERE,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write one event of the current tenant. Call it inside `transaction_of`; never hand it a secret."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_record(%s, %s::uuid, %s, %s::uuid, %s, %s::inet, %s, %s::jsonb)",
            [
                event.value,
                user_id,
                legible(client),
                grant_id,
                origin.flow,
                origin.ip,
                legible(reason),
                json.dumps(data or {}),
            ],
        )


def legible(text: str) -> str:
    """What came from outside, without what a database or a reader stumbles over, and not too long."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text[:LONGEST])
