"""The one GET of a stranger's URL: what it reaches, what it takes, and when it gives up."""

import socket
import ssl
import threading
import time
from dataclasses import replace

import pytest

from portal.clients.fetch import MAX_BYTES, Network, fetch, is_public
from portal.clients.locate import NoDocument, is_url, locate
from tests.publisher import ADDRESS, NETWORK, Publisher, answer

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
URL = "https://www.publisher.example/client.json"


@pytest.fixture(scope="module")
def publisher():
    return Publisher()


def get(url: str = URL, *, network: Network = NETWORK, seconds: float = 5):
    return fetch(locate(url), network=network, seconds=seconds)


@pytest.mark.parametrize(
    "url",
    [
        "https://claude.ai/oauth/client", "https://a.example/c?tenant=1", "https://a.example:8443/c",
        "https://a.example:443/c", "https://xn--bcher-kva.example/c", "https://a.example/c/",
    ],
)  # fmt: skip
def test_takes_urls_that_name_one_place(url):
    assert locate(url).target == "/" + url.split("/", 3)[3]


def test_names_the_host_as_it_is():
    assert locate("https://a.example:8443/c").authority == "a.example:8443"
    assert locate("https://A.example:443/c").authority == "a.example"


@pytest.mark.parametrize(
    ("client_id", "meant"),
    [
        ("https://a.example/c", True),
        ("HTTP://a", True),
        (" https://a", True),
        ("c_0123", False),
        ("httpsx", False),
    ],
)
def test_tells_urls_from_names(client_id, meant):
    assert is_url(client_id) is meant


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "255.255.255.255", "224.0.0.1", "233.252.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fc00::1",
        "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:169.254.169.254", "::ffff:8.8.8.8",
        "::8.8.8.8", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:a9fe:a9fe::", "2002:808:808::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2a00:1450::1%eth0", "nonsense", "",
    ],
)  # fmt: skip
def test_ci_008_refuses_addresses_that_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "160.79.104.10", "2a00:1450:4001::1", "64:ff9b::808:808", ADDRESS]
)
def test_reaches_public_addresses(address):
    assert is_public(address)


def test_brings_the_document_and_asks_for_it_plainly(publisher):
    publisher.pages[URL] = answer(b'{"a": 1}', Cache_Control="max-age=120")
    fetched = get()
    assert fetched.body == b'{"a": 1}'
    assert fetched.headers["Cache-Control"] == "max-age=120"
    head = publisher.heads[-1].lower()
    assert "accept-encoding: identity" in head
    assert "cookie" not in head
    assert "authorization" not in head


def test_reads_chunks_and_bodies_without_length(publisher):
    publisher.pages[URL] = CHUNKED + b"3\r\n{ \n\r\n1\r\n}\r\n0\r\n\r\n"
    assert get().body == b"{ \n}"
    publisher.pages[URL] = answer(b"{}", Content_Length="-")
    assert get().body == b"{}"


def test_takes_no_notice_of_a_proxy_in_the_environment(publisher, monkeypatch):
    publisher.pages[URL] = answer(b"{}")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert get().body == b"{}"


@pytest.mark.parametrize(
    ("found", "word"),
    [
        pytest.param(["127.0.0.1"], "not public", id="CI-008"),
        pytest.param(["::ffff:10.0.0.1"], "not public", id="CI-009"),
        pytest.param([ADDRESS, "10.0.0.1"], "not public", id="CI-010"),
        pytest.param(["10.0.0.1", ADDRESS], "not public", id="CI-010-first"),
        pytest.param([], "resolved", id="no-address"),
    ],
)
def test_opens_no_socket_to_a_host_with_a_private_address(publisher, found, word):
    before, opened = publisher.accepted, []
    network = replace(
        NETWORK,
        look_up=lambda *_: found,
        connect=lambda *given: opened.append(given) or NETWORK.connect(*given),
    )
    with pytest.raises(NoDocument, match=word) as refused:
        get(network=network)
    assert (opened, publisher.accepted) == ([], before)
    # Strangers don't learn which names exist in our network.
    assert refused.value.shown == "The host could not be reached."


def test_ci_011_connects_to_the_address_that_was_checked(publisher):
    publisher.pages[URL] = answer(b"{}")
    answers, reached = [[ADDRESS], ["127.0.0.1"]], []
    network = replace(
        NETWORK,
        look_up=lambda *_: answers.pop(0),
        connect=lambda *given: reached.append(given[0]) or NETWORK.connect(*given),
    )
    get(network=network)
    assert (reached, len(answers)) == ([ADDRESS], 1)


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_ci_012_follows_no_redirect(publisher, status):
    publisher.pages[URL] = answer(b"", status=status, Location="https://www.publisher.example/other")
    with pytest.raises(NoDocument, match="not 200"):
        get()
    assert "https://www.publisher.example/other" not in publisher.asked


@pytest.mark.parametrize("status", ["201 Created", "204 No", "206 Part", "304 Same", "404 Not", "500 Error"])
def test_ci_013_takes_200_alone(publisher, status):
    publisher.pages[URL] = answer(b"{}", status=status)
    with pytest.raises(NoDocument, match="not 200") as refused:
        get()
    assert refused.value.passing is status.startswith("5")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(answer(b" " * (MAX_BYTES + 1)), id="CI-014-large"),
        pytest.param(answer(b"{}", Content_Length="999999999"), id="CI-014-says-large"),
        pytest.param(answer(b" " * 200_000, Content_Length="-"), id="CI-014-endless"),
        pytest.param(answer(b"{}", Content_Length="50"), id="CI-014-short"),
        pytest.param(answer(b"{}", Content_Encoding="gzip"), id="CI-015-gzip"),
        pytest.param(answer(b"{}", Content_Encoding="br"), id="CI-015-br"),
        pytest.param(answer(b"{}", Content_Type="text/html"), id="CI-020-html"),
        pytest.param(answer(b"{}", Content_Type="-"), id="CI-020-missing"),
        pytest.param(answer(b"{}", Content_Type="application/jsonp"), id="CI-020-jsonp"),
        pytest.param(answer(b"{}", Content_Type="text/x+json"), id="CI-020-text"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500, id="CI-016-headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 99_000, id="CI-016-header"),
        pytest.param(CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n", id="chunk-below-zero"),
        pytest.param(CHUNKED + b"-1\r\n{}\r\n0\r\n\r\n" + b" " * 50_000, id="chunk-of-all"),
        pytest.param(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", id="chunk-no-number"),
        pytest.param(CHUNKED + b"5\r\n{}", id="chunk-short"),
        pytest.param(CHUNKED + b"ffffffffff\r\n" + b" " * 50_000, id="chunk-huge"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", id="no-http"),
        pytest.param(b"", id="nothing"),
    ],
)  # fmt: skip
def test_refuses_answers_that_are_not_a_small_json_document(publisher, page):
    publisher.pages[URL] = page
    with pytest.raises(NoDocument):
        get()


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/cimd+json"]
)
def test_ci_020_takes_json_by_any_of_its_names(publisher, kind):
    publisher.pages[URL] = answer(b"{}", Content_Type=kind)
    assert get().body == b"{}"


def drip(connection: ssl.SSLSocket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    for _ in range(200):
        connection.sendall(b" ")
        time.sleep(0.05)


def drip_headers(connection: ssl.SSLSocket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(200):
        connection.sendall(b"A")
        time.sleep(0.05)


@pytest.mark.parametrize("page", [drip, drip_headers], ids=["CI-016-body", "CI-016-headers"])
def test_gives_up_on_who_writes_slowly(publisher, page):
    publisher.pages[URL] = page
    assert_gives_up(NETWORK)


def test_ci_016_gives_up_on_a_handshake_that_stalls():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert_gives_up(replace(NETWORK, connect=lambda *_: socket.create_connection(("127.0.0.1", port))))


def test_ci_017_gives_up_on_many_silent_addresses():
    def stall(address: str, port: int, seconds: float) -> socket.socket:
        threading.Event().wait(seconds)
        raise TimeoutError

    many = [f"93.184.{n}.1" for n in range(64)]
    assert_gives_up(replace(NETWORK, look_up=lambda *_: many, connect=stall))


def test_gives_up_on_a_look_up_that_stalls():
    done = threading.Event()
    assert_gives_up(replace(NETWORK, look_up=lambda *_: done.wait(20) or []))
    done.set()


def assert_gives_up(network: Network) -> None:
    began = time.monotonic()
    with pytest.raises(NoDocument, match="within") as refused:
        get(network=network, seconds=0.5)
    assert refused.value.passing
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("host", ["elsewhere.example", "a.b.publisher.example"])
def test_ci_019_refuses_a_certificate_of_another_host(publisher, host):
    with pytest.raises(NoDocument, match="certificate"):
        get(f"https://{host}/client.json")


def test_ci_019_refuses_a_certificate_that_nobody_vouches_for(publisher):
    with pytest.raises(NoDocument, match="certificate"):
        get(network=replace(NETWORK, tls=ssl.create_default_context))


def test_ci_019_refuses_an_expired_certificate(publisher):
    publisher.expire()
    with pytest.raises(NoDocument, match="certificate"):
        get()
