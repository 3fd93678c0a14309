"""RFC 6749 §6: Refreshing an Access Token."""

from portal.clients.models import Client
from portal.grants.answer import Tokens
from portal.grants.refresh import Renewal, refresh_tokens
from portal.oauth.machine import MachineRequest
from tenants.refusal import Refusal


def issue(request: MachineRequest, client: Client, form: dict[str, str]) -> Tokens:
    if "refresh_token" not in form:
        raise Refusal("invalid_request", "Send refresh_token.")
    renewal = Renewal(
        refresh_token=form["refresh_token"], resource=form.get("resource"), scope=form.get("scope")
    )
    return refresh_tokens(request.tenant, client, renewal, origin=request.origin)
