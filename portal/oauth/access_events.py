"""What tokens were used for, told by resource servers in batches: the tenant's audit trail, and people's connected apps.

Portico's own: no standard has it yet. `{"events": [{"id", "at", "outcome", "tool", "scope", "grant_id", "family_id",
"jti", "client_id", "sub", "reason"}]}`, answered 202 `{"accepted": n}`. A batch may be sent again: `id` is kept once.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from portal.audit.record import legible
from portal.clients import document
from portal.oauth.client import read_server
from portal.oauth.edge import read_body
from portal.oauth.machine import Endpoint, MachineRequest, json_answer
from tenants.refusal import Refusal
from tenants.statement import call_function

MOST_EVENTS = 500
LONGEST = MOST_EVENTS * 1024
OUTCOMES = ["allowed", "denied"]  # a list: what is looked up in it need not be hashable
OLDEST = timedelta(days=7)
TEXTS = ("tool", "scope", "jti", "client_id", "sub", "reason")
IDENTIFIERS = ("grant_id", "family_id")


def answer(request: MachineRequest) -> HttpResponse:
    server = read_server(request, {})
    try:
        events = document.load(read_body(request, most=LONGEST), most=LONGEST).get("events")
    except document.InvalidMetadata as error:
        raise Refusal("invalid_request", error.description) from error
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise Refusal("invalid_request", f"Send events: a list of at most {MOST_EVENTS}.")
    accepted = call_function(
        "SELECT report_accesses(%s, %s, %s::text::inet, %s::text::jsonb) AS events",
        [request.tenant.id, server.id, request.origin.ip, json.dumps([_read(event) for event in events])],
    ).events
    return json_answer({"accepted": accepted}, status=202)


def _read(event: Any) -> dict[str, Any]:
    """One event, with members that are what they should be. Raises Refusal for the first that is not."""
    if not isinstance(event, dict) or event.get("outcome") not in OUTCOMES:
        raise Refusal("invalid_request", "Each event needs outcome: allowed or denied.")
    try:
        read: dict[str, Any] = {
            "id": str(UUID(event["id"])),
            "outcome": event["outcome"],
            "at": _time(event["at"]),
        }
        read |= {name: str(UUID(event[name])) for name in IDENTIFIERS if event.get(name)}
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        raise Refusal(
            "invalid_request", "Each event needs id (a UUID) and at (RFC 3339); grant_id is a UUID."
        ) from None
    return read | {name: legible(str(event[name]))[:200] for name in TEXTS if event.get(name)}


def _time(text: str) -> str:
    """Between a week ago and now: neither a clock that is off nor a hostile server may set any other time."""
    at = datetime.fromisoformat(text)
    now = datetime.now(UTC)
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return max(min(at, now), now - OLDEST).isoformat()


endpoint = Endpoint(answer)
