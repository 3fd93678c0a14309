"""RFC 6749 §3.2: Token Endpoint. https://www.rfc-editor.org/rfc/rfc6749#section-3.2

Read the form, authenticate the client, hand over to the grant type's file in `grant_types/`.
"""

from django.http import HttpResponse

from portal.oauth.client import read_client
from portal.oauth.edge import read_form
from portal.oauth.grant_types import authorization_code, client_credentials, refresh_token
from portal.oauth.machine import Endpoint, MachineRequest, json_answer
from tenants.refusal import Refusal

GRANT_TYPES = {
    "authorization_code": authorization_code.issue,
    "refresh_token": refresh_token.issue,
    "client_credentials": client_credentials.issue,
}


def answer(request: MachineRequest) -> HttpResponse:
    form = read_form(request)
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise Refusal("invalid_request", "Send grant_type.")
    issue = GRANT_TYPES.get(grant_type)
    if issue is None:
        # OAuth 2.1 §10: password and implicit don't exist here at all.
        raise Refusal("unsupported_grant_type", f"Use one of {', '.join(GRANT_TYPES)}.")
    client = read_client(request, form)
    if grant_type not in client.grant_types:
        # RFC 6749 §5.2
        raise Refusal("unauthorized_client", f"This client is not registered for {grant_type}.")
    return json_answer(issue(request, client, form).as_response())


endpoint = Endpoint(answer)
