"""RFC 6749 §4.1.3: Access Token Request, with RFC 7636 and RFC 8707."""

from portal.clients.models import Client
from portal.grants.answer import Tokens
from portal.grants.redeem import Redemption, redeem_code
from portal.oauth.machine import MachineRequest
from tenants.refusal import Refusal


def issue(request: MachineRequest, client: Client, form: dict[str, str]) -> Tokens:
    if "code" not in form:
        raise Refusal("invalid_request", "Send code.")
    if "code_verifier" not in form:
        # RFC 9700 §4.8: without a verifier the code stays as it was, and so does whoever sent this.
        raise Refusal("invalid_grant", "Send code_verifier: PKCE is required for every client.")
    redemption = Redemption(
        code=form["code"],
        redirect_uri=form.get("redirect_uri", ""),
        code_verifier=form["code_verifier"],
        resource=form.get("resource"),
    )
    return redeem_code(request.tenant, client, redemption, origin=request.origin)
