"""RFC 7009: OAuth 2.0 Token Revocation. https://www.rfc-editor.org/rfc/rfc7009"""

from django.http import HttpResponse

from portal.grants.revoke import revoke_token
from portal.oauth.client import read_client
from portal.oauth.edge import read_form
from portal.oauth.machine import Endpoint, MachineRequest
from tenants.current import transaction_of
from tenants.refusal import Refusal


def answer(request: MachineRequest) -> HttpResponse:
    form = read_form(request)
    client = read_client(request, form)
    if "token" not in form:
        # RFC 7009 §2.1
        raise Refusal("invalid_request", "Send token.")
    with transaction_of(request.tenant):
        revoke_token(request.tenant, client, form["token"], origin=request.origin)
    # RFC 7009 §2.2: an unknown token still answers 200; so does one that is not the client's own.
    response = HttpResponse(status=200)
    response["Cache-Control"] = "no-store"
    return response


endpoint = Endpoint(answer)
