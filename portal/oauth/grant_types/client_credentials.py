"""RFC 6749 §4.4: Client Credentials Grant, with RFC 8707."""

from portal.clients.models import Client
from portal.grants.answer import Tokens
from portal.grants.issue import issue_to_client
from portal.oauth.machine import MachineRequest
from tenants.refusal import Refusal


def issue(request: MachineRequest, client: Client, form: dict[str, str]) -> Tokens:
    if client.is_public or not client.is_approved:
        # RFC 6749 §4.4: confidential clients only; decision 9: never one that registered itself.
        raise Refusal(
            "unauthorized_client", "Only confidential clients that an admin approved may use this grant."
        )
    return issue_to_client(
        request.tenant, client, resource=form.get("resource"), scope=form.get("scope"), origin=request.origin
    )
