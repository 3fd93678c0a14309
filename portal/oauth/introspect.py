"""RFC 7662: OAuth 2.0 Token Introspection. https://www.rfc-editor.org/rfc/rfc7662

Resource servers only, about tokens with their own `aud` (decision 12).
"""

from django.http import HttpResponse

from portal.grants.inspect import live_claims
from portal.keys.sign import InvalidToken
from portal.oauth.client import read_server
from portal.oauth.edge import read_form
from portal.oauth.machine import Endpoint, MachineRequest, json_answer
from tenants.refusal import Refusal

# RFC 7662 §2.2: nothing else is said about a token that is not active.
INACTIVE = {"active": False}


def answer(request: MachineRequest) -> HttpResponse:
    form = read_form(request, keep_blank=True)
    server = read_server(request, form)
    if "token" not in form:
        # RFC 7662 §2.1
        raise Refusal("invalid_request", "Send token.")
    try:
        claims = live_claims(request.tenant, form["token"], server=server)
    except InvalidToken:
        return json_answer(INACTIVE)
    return json_answer({"active": True, "token_type": "Bearer", **claims} if claims else INACTIVE)


endpoint = Endpoint(answer)
