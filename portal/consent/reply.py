"""RFC 6749 §4.1.2: the way back to the client, with `iss` on success and error alike (RFC 9207)."""

from urllib.parse import urlencode

from django.http import HttpResponse

from tenants.models import Tenant


class BackToClient(HttpResponse):
    """303, so that a form's body is not sent on (RFC 9700 §4.12). Private-use schemes are as good as https: the URI
    was compared with a registered one."""

    status_code = 303

    def __init__(self, location: str) -> None:
        super().__init__()
        self["Location"] = location
        self["Cache-Control"] = "no-store"


def back_uri(tenant: Tenant, redirect_uri: str, state: str, **members: str) -> str:
    """The redirect URI with the answer's members added to its query."""
    answer = {**members, **({"state": state} if state else {}), "iss": tenant.issuer}
    # RFC 6749 §3.1.2: a query component of the registered URI is kept.
    before, _, query = redirect_uri.partition("?")
    joint = f"?{query}&" if query else "?"
    return before + joint + urlencode(answer)


def send_back(tenant: Tenant, redirect_uri: str, state: str, **members: str) -> BackToClient:
    return BackToClient(back_uri(tenant, redirect_uri, state, **members))
