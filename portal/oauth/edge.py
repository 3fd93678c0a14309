"""The edge filter (decision 11): what is repeated, unreadable or over-long is refused before anything looks at it."""

import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenants.refusal import Refusal

LONGEST_BODY = 64 * 1024
LONGEST_QUERY = 16 * 1024
MOST_PARAMETERS = 100

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ENCODED_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def read_parameters(encoded: str, *, keep_blank: bool = False) -> dict[str, str]:
    """Form or query parameters, each at most once. Raises Refusal invalid_request.

    RFC 6749 §3.1: a parameter without a value counts as left out.
    """
    parts = encoded.split("&") if encoded else []
    if len(parts) > MOST_PARAMETERS:
        raise Refusal("invalid_request", f"Send at most {MOST_PARAMETERS} parameters.")
    parameters: dict[str, str] = {}
    for part in parts:
        if not part:
            continue
        name, _, value = part.partition("=")
        name, value = _decode(name), _decode(value)
        if name in parameters:
            # OAuth 2.1 §3.1: request parameters MUST NOT be included more than once.
            raise Refusal("invalid_request", "A parameter is there more than once. Send each one time.")
        parameters[name] = value
    return parameters if keep_blank else {name: value for name, value in parameters.items() if value}


def _decode(text: str) -> str:
    if "%" not in text and "+" not in text:
        decoded = text
    else:
        if _BAD_ESCAPE.search(text):
            raise Refusal("invalid_request", "A parameter has a percent sign that begins no escape.")
        try:
            decoded = unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refusal("invalid_request", "The parameters are not UTF-8.") from error
    if _CONTROL.search(decoded):
        raise Refusal("invalid_request", "A parameter holds NUL or another control character.")
    return decoded


def read_form(request: HttpRequest, *, keep_blank: bool = False) -> dict[str, str]:
    """The form of a machine endpoint: in the body, URL-encoded, never in the query. Raises Refusal invalid_request."""
    content_type = request.META.get("CONTENT_TYPE", "").lower().replace(" ", "")
    if content_type not in {
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded;charset=utf-8",
        'application/x-www-form-urlencoded;charset="utf-8"',
    }:
        raise Refusal(
            "invalid_request", "Send the parameters as application/x-www-form-urlencoded.", status=400
        )
    if request.META.get("QUERY_STRING"):
        # RFC 6749 §3.2: parameters of the token endpoint never stand in the URI.
        raise Refusal("invalid_request", "Send the parameters in the body, not in the URL.")
    try:
        return read_parameters(read_body(request).decode("ascii"), keep_blank=keep_blank)
    except UnicodeDecodeError as error:
        raise Refusal("invalid_request", "The body is not URL-encoded.") from error


def read_body(request: HttpRequest, *, most: int = LONGEST_BODY) -> bytes:
    """The body of a machine endpoint, of known length or chunked (RFC 9112 §7.1), as some HTTP clients send it."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    if declared and not (declared.isascii() and declared.isdigit()):
        raise Refusal("invalid_request", "The Content-Length is no number.")
    chunked = not declared and "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    length = int(declared[:20] or 0)
    if length <= most:
        body = bytes(request.META["wsgi.input"].read(most + 1 if chunked else length))
        if len(body) <= most:
            return body
    raise Refusal("invalid_request", f"The body is over {most // 1024} KiB.", status=413)


class EdgeMiddleware:
    """For pages: a URL that holds control characters or is over-long goes no further."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        raw = unquote_to_bytes(query)
        if len(query) > LONGEST_QUERY or _ENCODED_CONTROL.search(raw) or _CONTROL.search(request.path_info):
            response = render(request, "400.html", status=400)
            response["Cache-Control"] = "no-store"
            return response
        return self.get_response(request)
