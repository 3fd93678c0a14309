"""A new secret, shown once: on the page that follows the one that made it.

On the way it waits in the session, which is a row of the database: so it is sealed, and bound to that session.
"""

import base64

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html

from tenants.current import current_tenant
from tenants.seal import seal, unseal

_WAITING = "new_secrets"


def keep(request: HttpRequest, secret: str, *, title: str, client_id: str) -> None:
    """Hold a secret until the next page."""
    sealed = base64.b64encode(seal(secret.encode(), bound_to=_place(client_id))).decode()
    waiting = request.session.get(_WAITING, [])
    request.session[_WAITING] = [*waiting, [title, client_id, sealed]]


def reveal(request: HttpRequest) -> None:
    """Put what waits on this page; the page that is being answered shows it, and nothing keeps it."""
    if request.method != "GET":
        return
    for title, client_id, sealed in request.session.pop(_WAITING, []):
        secret = unseal(base64.b64decode(sealed), bound_to=_place(client_id)).decode()
        messages.warning(
            request,
            format_html(
                "The secret of {} is shown this once. Copy it now: client_id <code>{}</code>, client_secret <code>{}</code>",
                title,
                client_id,
                secret,
            ),
        )


def _place(client_id: str) -> str:
    return f"{current_tenant().id}:new secret:{client_id}"
