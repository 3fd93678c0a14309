"""Where a client may have its answers sent, and whether this is the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clients import redirect_uri

CURSOR = "cursor://anysphere.cursor-mcp/oauth/callback"


@pytest.mark.parametrize(
    "uri",
    [
        "https://claude.ai/api/mcp/auth_callback",
        "https://www.cursor.com/agents/mcp/oauth/callback",
        "https://client.example",
        "https://client.example:8443/cb?a=1&b=2",
        "https://198.51.100.7/cb",
        "https://[2001:db8::1]/cb",
        "https://xn--bcher-kva.example/cb",
        "https://client.example/~me/.well-known/cb%20x",
    ],
)
def test_web_client_may_have(uri):
    redirect_uri.check(uri, application_type="web")
    assert redirect_uri.application_type_of([uri]) == "web"


@pytest.mark.spec("RFC 8252", "7")
@pytest.mark.parametrize(
    "uri",
    [
        CURSOR,
        "http://localhost:8787/callback",
        "http://127.0.0.1/",
        "http://127.0.0.1:33418/",
        "http://[::1]:9999/oauth_callback",
        "http://localhost",
        "https://localhost:8443/cb",
        "vscode://anthropic.claude/cb",
        "com.example.app:/cb",
        "com.example.app://oauth/cb",
        "com.Example.App:/cb",
        "msauth.com.example.app://auth",
    ],
    ids=lambda uri: f"RG-007-{uri}",
)
def test_native_client_may_have(uri):
    redirect_uri.check(uri, application_type="native")
    assert redirect_uri.application_type_of(["https://client.example/cb", uri]) == "native"
    # OpenID Connect Registration §2: a web client may not.
    with pytest.raises(redirect_uri.InvalidRedirectURI):
        redirect_uri.check(uri, application_type="web")


FORBIDDEN = [
    *[
        f"RG-002 {scheme}:alert(1)"
        for scheme in ("javascript", "data", "vbscript", "file", "blob", "about", "mailto")
    ],
    *[f"RG-002 {scheme}://client.example/cb" for scheme in ("file", "ftp", "ws", "wss", "data", "about")],
    "RG-002 javascript:/alert(1)",
    "RG-003 http://evil.example/cb",
    "RG-003 http://localhost.evil.example/cb",
    "RG-003 http://127.0.0.1.evil.example/cb",
    "RG-003 http://127.0.0.2/cb",
    "RG-003 http://127.1/cb",
    "RG-003 http://2130706433/cb",
    "RG-003 http://0.0.0.0/cb",
    "RG-003 http://[::ffff:127.0.0.1]/cb",
    "RG-003 http://[::1%25eth0]/cb",
    "RG-004 https://client.example/cb#part",
    "RG-004 https://client.example/cb#",
    "RG-004 com.example.app:/cb#",
    "RG-004 https://evil@client.example/cb",
    "RG-004 https://client.example@evil.example/cb",
    "RG-004 http://localhost:1@evil.example/cb",
    "RG-004 http://127.0.0.1:1@evil.example/cb",
    "RG-004 cursor://alice@host/cb",
    "RG-004 https://*.client.example/cb",
    "RG-004 https://client.example/*",
    "RG-004 http://localhost:*/cb",
    "RG-004 /cb",
    "RG-004 //client.example/cb",
    "RG-004 client.example/cb",
    "RG-004 client.example:8443/cb",
    "RG-004 https:client.example/cb",
    "RG-004 https:/client.example/cb",
    "RG-004 https:///cb",
    "RG-004 https://",
    "RG-004 cursor:",
    "RG-004 ",
    "RG-005 JaVaScRiPt:alert(1)",
    "RG-005 JaVaScRiPt://client.example/%0aalert(1)",
    "RG-005  javascript:alert(1)",
    "RG-005 java\tscript:alert(1)",
    "RG-005 java\nscript://x/",
    "RG-005 \x01javascript:alert(1)",
    "RG-005 javascript://client.example/%0aalert(1)",
    "RG-005 javascript://client.example/",
    "RG-005 view-source:https://client.example/",
    "RG-005 view-source://client.example/",
    "RG-005 intent://client.example/#Intent;end",
    "RG-005 intent://client.example/",
    "RG-005 ms-word:ofe|u|https://client.example/",
    "RG-005 ms-word://client.example/",
    "RG-007 myapp://cb",
    "RG-007 com..app:/cb",
    "RG-007 .app:/cb",
    "RG-007 urn:ietf:wg:oauth:2.0:oob",
    "AZ-016 https://client.example/cb/../evil",
    "AZ-016 https://client.example/cb/%2e%2e/evil",
    "AZ-016 https://client.example/cb/.%2E/evil",
    "AZ-016 https://client.example/cb/..%2fevil",
    "AZ-016 https://client.example/cb/..%5cevil",
    "AZ-016 https://client.example/cb/..;x/evil",
    "AZ-016 https://client.example/cb/./evil",
    "AZ-016 https://client.example/..",
    "AZ-017 https://client.example./cb",
    "AZ-017 https://client..example/cb",
    "AZ-017 https://-client.example/cb",
    "AZ-017 https://client.example:0/cb",
    "AZ-017 https://client.example:65536/cb",
    "AZ-017 https://client.example:0443/cb",
    "AZ-017 https://client.example:/cb",
    "AZ-017 https://client.example:443:1/cb",
    "AZ-017 https://2130706433/cb",
    "AZ-017 https://0x7f.1/cb",
    "AZ-017 https://127.1/cb",
    "AZ-017 https://[::1/cb",
    "AZ-017 https://[zz]/cb",
    "AZ-017 https://[]/cb",
    "AZ-017 https://client.example\\@evil.example/cb",
    "AZ-017 https://client.example/c b",
    "AZ-017 https://client.example/cb\r\nX: y",
    "AZ-017 https://client.example/cb%0d%0aX:y",
    "AZ-017 https://client.example/cb\0",
    "AZ-017 https://client.example/%zz",
    'AZ-017 https://client.example/"><script>',
    "AZ-017 https://cliеnt.example/cb",
    "AZ-017 https://client.example/\u202ecb",
    "AZ-017 https://client.example/" + "a" * 2000,
]


@pytest.mark.parametrize("case", FORBIDDEN, ids=lambda case: ascii(case[:60]))
def test_nobody_may_have(case):
    uri = case.split(" ", 1)[1]
    with pytest.raises(redirect_uri.InvalidRedirectURI):
        redirect_uri.check(uri, application_type="native")


@pytest.mark.parametrize("scheme", sorted(redirect_uri.FORBIDDEN_SCHEMES))
def test_list_of_a_tenant_cannot_allow_what_is_forbidden(scheme):
    with pytest.raises(redirect_uri.InvalidRedirectURI):
        redirect_uri.check(f"{scheme}://host/cb", application_type="native", schemes={scheme})


def test_list_of_a_tenant_decides_on_schemes_without_a_dot():
    redirect_uri.check("myapp://cb", application_type="native", schemes={"myapp"})
    with pytest.raises(redirect_uri.InvalidRedirectURI, match="scheme cursor"):
        redirect_uri.check(CURSOR, application_type="native", schemes=frozenset())


@pytest.mark.spec("RFC 9700", "2.1")
@pytest.mark.parametrize(
    ("registered", "presented"),
    [
        ("https://client.example/cb", "https://client.example/cb"),
        (CURSOR, CURSOR),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb"),
        ("http://localhost:8787/callback", "http://localhost:3118/callback"),
        ("http://localhost:8787/callback", "http://localhost/callback"),
        ("http://[::1]/cb?a=1", "http://[::1]:1/cb?a=1"),
        ("http://127.0.0.1", "http://127.0.0.1:65535"),
    ],
    ids=lambda uri: f"AZ-019-{uri}",
)
def test_matches(registered, presented):
    assert redirect_uri.matches(registered, presented)


@pytest.mark.spec("RFC 8252", "7.3")
@pytest.mark.parametrize(
    ("row", "registered", "presented"),
    [
        ("AZ-007", "https://client.example/cb", "https://client.example/other"),
        ("AZ-008", "https://client.example/cb", "https://client.example/cb?x=1"),
        ("AZ-009", "https://client.example/cb?a=1&b=2", "https://client.example/cb?b=2&a=1"),
        ("AZ-009", "https://client.example/cb?a=1&b=2", "https://client.example/cb?a=1"),
        ("AZ-010", "https://client.example/cb", "https://client.example/cb#frag"),
        ("AZ-012", "https://client.example/cb", "https://client.example/cb;evil=1"),
        ("AZ-013", "https://client.example/cb", "https://evil@client.example/cb"),
        ("AZ-016", "https://client.example/cb", "https://client.example/cb/../evil"),
        ("AZ-016", "https://client.example/cb", "https://client.example/cb/%2e%2e/evil"),
        ("AZ-016", "https://client.example/cb", "https://client.example/cb//"),
        ("AZ-016", "https://client.example/cb", "https://client.example/cb/"),
        ("AZ-017", "https://client.example/cb", "https://CLIENT.example/cb"),
        ("AZ-017", "https://client.example/cb", "https://client.example./cb"),
        ("AZ-017", "https://client.example/cb", "https://client.example:443/cb"),
        ("AZ-017", "https://client.example/cb", "HTTPS://client.example/cb"),
        ("AZ-017", "https://client.example/cb", " https://client.example/cb"),
        ("AZ-017", "https://client.example/cb", "https://client.example/cb\n"),
        ("AZ-020", "http://127.0.0.1/cb", "http://127.0.0.1:51234/other"),
        ("AZ-020", "http://127.0.0.1/cb", "http://127.0.0.1:51234/cb?x=1"),
        ("AZ-020", "http://127.0.0.1/cb", "http://127.0.0.1:51234/cb#"),
        ("AZ-020", "http://127.0.0.1", "http://127.0.0.1:51234/"),
        ("AZ-020", "http://127.0.0.1/cb", "https://127.0.0.1:51234/cb"),
        ("AZ-020", "https://localhost/cb", "https://localhost:8443/cb"),
        ("AZ-020", "http://localhost/cb", "http://127.0.0.1:1/cb"),
        ("AZ-020", "http://localhost/cb", "http://LOCALHOST:1/cb"),
        ("AZ-020", "http://localhost/cb", "HTTP://localhost:1/cb"),
        ("AZ-020", "http://localhost/cb", "http://localhost:0/cb"),
        ("AZ-020", "http://localhost/cb", "http://localhost:65536/cb"),
        ("AZ-020", "http://localhost/cb", "http://localhost:01/cb"),
        ("AZ-020", "http://localhost/cb", "http://localhost:/cb"),
        ("AZ-020", "http://localhost/cb", "http://localhost:\u0661/cb"),
        ("AZ-020", "http://localhost/cb", "http://localhost.:1/cb"),
        ("AZ-021", "http://127.0.0.1/cb", "http://127.0.0.1.evil.example:1/cb"),
        ("AZ-021", "http://localhost/cb", "http://localhost.evil.example/cb"),
        ("AZ-021", "http://127.0.0.1/cb", "http://127.1:1/cb"),
        ("AZ-021", "http://127.0.0.1/cb", "http://2130706433:1/cb"),
        ("AZ-021", "http://[::1]/cb", "http://[::ffff:127.0.0.1]:1/cb"),
        ("AZ-021", "http://127.0.0.1/cb", "http://0.0.0.0:1/cb"),
        ("AZ-021", "http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb"),
        ("AZ-021", "http://127.0.0.1/cb", "http://evil.example/http://127.0.0.1:1/cb"),
        ("AZ-021", "cursor://localhost/cb", "cursor://localhost:1/cb"),
    ],
)
def test_does_not_match(row, registered, presented):
    assert not redirect_uri.matches(registered, presented)
    assert redirect_uri.find_match([registered], presented) is None


def test_finds_the_equal_one_before_one_with_another_port():
    registered = ["http://localhost:1/cb", "http://localhost:2/cb", "https://client.example/cb"]
    assert redirect_uri.find_match(registered, "http://localhost:2/cb") == "http://localhost:2/cb"
    assert redirect_uri.find_match(registered, "http://localhost:3/cb") == "http://localhost:1/cb"
    assert redirect_uri.find_match([], "https://client.example/cb") is None


@pytest.mark.parametrize(
    ("uri", "kind", "host"),
    [
        ("https://Client.example/cb", "website", "client.example"),
        ("https://client.example:443/cb", "website", "client.example"),
        ("https://client.example:8443/cb", "website", "client.example:8443"),
        ("http://localhost:8787/callback", "this computer", "localhost"),
        ("http://[::1]:1/", "this computer", "::1"),
        (CURSOR, "app", "cursor"),
        ("com.example.app:/cb", "app", "com.example.app"),
    ],
)
def test_says_where_the_answer_goes(uri, kind, host):
    assert redirect_uri.destination_of(uri) == redirect_uri.Destination(kind, host)
    assert redirect_uri.host_of(uri) == host
    assert redirect_uri.is_loopback(uri) == (kind == "this computer")


host = st.sampled_from(
    ["127.0.0.1", "localhost", "[::1]", "client.example", "evil.example", "127.0.0.1.evil.example"]
)
port = st.none() | st.integers(0, 70000)
tail = st.sampled_from(["", "/", "/cb", "/cb?a=1", "/cb/", "/CB", "?a=1"])
address = st.tuples(st.sampled_from(["http", "https", "cursor"]), host, port, tail)


def write(parts):
    scheme, host, port, tail = parts
    return f"{scheme}://{host}{'' if port is None else f':{port}'}{tail}"


@given(address, address)
def test_matches_exactly_if_equal_or_loopback_but_for_the_port(ours, theirs):
    loopback = ours[0] == "http" and ours[1] in redirect_uri.LOOPBACK_HOSTS
    same_but_port = ours[:2] == theirs[:2] and ours[3] == theirs[3]
    valid = all(port is None or 0 < port <= 65535 for port in (ours[2], theirs[2]))
    expected = ours == theirs or (loopback and same_but_port and valid)
    assert redirect_uri.matches(write(ours), write(theirs)) == expected


@given(address, st.text(max_size=8))
def test_nothing_can_be_added(parts, addition):
    uri = write(parts)
    assert redirect_uri.matches(uri, uri + addition) == (uri == uri + addition) or parts[3] == ""


@given(
    st.text() | st.from_regex(r"[a-z.]{1,10}:/{0,3}[a-z0-9.:@\[\]%]{0,10}(?:[/?#;].{0,10})?", fullmatch=True)
)
def test_what_is_accepted_is_plain_ascii_with_one_reading(uri):
    try:
        redirect_uri.check(uri, application_type="native")
    except redirect_uri.InvalidRedirectURI:
        return
    assert uri.isascii()
    assert uri.isprintable()
    assert not set(' "<>\\^`{|}#*').intersection(uri)
    assert redirect_uri.destination_of(uri).host
