"""RFC 6749 §2.3.1: how a client or resource server names itself and proves it, in one way a request."""

import base64
from typing import NamedTuple
from urllib.parse import unquote

from django.http import HttpRequest

from tenants.refusal import Refusal


class Credentials(NamedTuple):
    client_id: str
    secret: str | None
    method: str


def read_credentials(request: HttpRequest, form: dict[str, str]) -> Credentials:
    """Raises Refusal: invalid_request for two methods at once, invalid_client for what can't be read."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header:
        if "client_id" not in form:
            raise Refusal("invalid_client", "Send client_id, or authenticate with HTTP Basic.", status=401)
        secret = form.get("client_secret")
        return Credentials(form["client_id"], secret, "client_secret_post" if secret else "none")
    if "client_secret" in form or "client_assertion" in form:
        # RFC 6749 §2.3: not more than one method in each request.
        raise Refusal("invalid_request", "Authenticate once: in the header or in the body, not both.")
    client_id, secret = read_basic(header)
    if form.get("client_id", client_id) != client_id:
        raise Refusal("invalid_request", "client_id differs between header and body.")
    return Credentials(client_id, secret, "client_secret_basic")


def read_basic(header: str) -> tuple[str, str]:
    """RFC 7617, each part also URL-encoded or not: our identifiers and secrets read the same in both."""
    scheme, _, encoded = header.partition(" ")
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except ValueError:  # of base64 (binascii.Error) and of UTF-8 alike
        plain = ""
    client_id, colon, secret = plain.partition(":")
    if scheme.lower() != "basic" or not colon or not plain.isprintable():
        raise Refusal("invalid_client", "The Authorization header is no readable HTTP Basic.", status=401)
    return unquote(client_id), unquote(secret)
