"""Bodies of machine endpoints: of known length, chunked, too long, or with a length that is none."""

import io

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from portal.oauth.edge import LONGEST_BODY, read_body
from tenants.refusal import Refusal


def request_with(body: bytes, **headers: str) -> WSGIRequest:
    environ = RequestFactory().post("/token").environ
    environ.pop("CONTENT_LENGTH", None)
    return WSGIRequest({**environ, "wsgi.input": io.BytesIO(body), **headers})


def test_reads_as_much_as_was_declared():
    assert read_body(request_with(b"a=1&b=2", CONTENT_LENGTH="3")) == b"a=1"


def test_reads_a_chunked_body():
    assert read_body(request_with(b"a=1", HTTP_TRANSFER_ENCODING="chunked")) == b"a=1"


def test_reads_nothing_where_nothing_was_announced():
    assert read_body(request_with(b"a=1")) == b""


@pytest.mark.parametrize(
    "headers",
    [
        {"CONTENT_LENGTH": str(LONGEST_BODY + 1)},
        {"CONTENT_LENGTH": "9" * 400},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
    ],
)
def test_rejects_a_body_over_the_limit(headers):
    with pytest.raises(Refusal) as refused:
        read_body(request_with(b"x" * (LONGEST_BODY + 1), **headers))
    assert refused.value.status == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "0x10"])
def test_rejects_a_length_that_is_no_number(length):
    with pytest.raises(Refusal):
        read_body(request_with(b"x", CONTENT_LENGTH=length))
