"""OpenID Connect Core §5.3: UserInfo Endpoint. https://openid.net/specs/openid-connect-core-1_0.html#UserInfo"""

from django.http import HttpResponse

from portal.grants.answer import user_claims
from portal.grants.inspect import live_claims
from portal.keys.sign import InvalidToken
from portal.oauth.machine import Endpoint, MachineRequest, json_answer
from portal.users.models import User
from tenants.current import transaction_of
from tenants.refusal import Refusal


def answer(request: MachineRequest) -> HttpResponse:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    try:
        # RFC 6750 §2.1: the token stands in the header; never in the URL.
        claims = live_claims(request.tenant, token.strip()) if scheme.lower() == "bearer" else None
    except InvalidToken:
        claims = None
    if claims is None:
        raise Refusal("invalid_token", "Send a live access token as Authorization: Bearer.", status=401)
    scope = claims["scope"].split()
    if "openid" not in scope or "grant_id" not in claims:
        raise Refusal("insufficient_scope", "The token needs the scope openid.", status=403)
    with transaction_of(request.tenant):
        user = User.objects.get(sub=claims["sub"])
    return json_answer({"sub": user.sub, **user_claims(request.tenant, user.id, scope)})


endpoint = Endpoint(answer, methods=("GET", "POST"), any_origin=True)
