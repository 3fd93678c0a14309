"""How long a document is kept, and how long a host that failed is left alone."""

from email.utils import formatdate
from http.client import HTTPMessage
from time import time

import pytest

from portal.clients.keep import LONGEST, SHORTEST, UNSAID, lifetime, pause


def kept(**headers: str) -> float:
    message = HTTPMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return lifetime(message).total_seconds()


@pytest.mark.spec("RFC 9111", "4.2.1")
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, UNSAID, id="unsaid"),
        pytest.param({"Cache_Control": "max-age=600"}, 600, id="max-age"),
        pytest.param({"Cache_Control": "public, s-maxage=900, max-age=600"}, 900, id="s-maxage"),
        pytest.param({"Cache_Control": "max-age=600", "Age": "200"}, 400, id="age"),
        pytest.param({"Cache_Control": "max-age=600", "Age": "nonsense"}, 600, id="age-nonsense"),
        pytest.param({"Cache_Control": "max-age=0"}, SHORTEST, id="CI-031-zero"),
        pytest.param({"Cache_Control": "no-store"}, SHORTEST, id="CI-031-no-store"),
        pytest.param({"Cache_Control": "no-cache, max-age=600"}, SHORTEST, id="CI-031-no-cache"),
        pytest.param({"Cache_Control": "max-age=315360000"}, LONGEST, id="CI-031-years"),
        pytest.param({"Cache_Control": "max-age=-1"}, SHORTEST, id="negative"),
        pytest.param({"Cache_Control": "max-age=" + "9" * 40}, LONGEST, id="CI-031-ages"),
        pytest.param({"Expires": formatdate(time() + 90_000_000, usegmt=True)}, LONGEST, id="expires"),
    ],
)  # fmt: skip
def test_document_is_kept_as_http_says_within_bounds(headers, seconds):
    assert kept(**headers) == seconds


@pytest.mark.spec("RFC 9111", "5.3")
@pytest.mark.parametrize("date", ["0", "-1", "tomorrow", formatdate(0, usegmt=True), "Thu, 99 Foo 2026"])
def test_date_that_is_none_is_in_the_past(date):
    assert kept(Expires=date) == SHORTEST


def test_host_is_left_alone_twice_as_long_after_each_failure():
    assert [pause(n).total_seconds() for n in (1, 2, 3, 8, 1000)] == [30, 60, 120, 3600, 3600]
