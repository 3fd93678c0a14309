"""Which resource server `resource` names."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.resources import indicate


@dataclass
class Server:
    resource: str
    aliases: list[str] = field(default_factory=list)


@pytest.mark.parametrize(
    ("presented", "canonical"),
    [
        ("https://mcp.example/mcp", "https://mcp.example/mcp"),
        ("HTTPS://MCP.Example/Mcp", "https://mcp.example/Mcp"),
        ("https://mcp.example:443/mcp", "https://mcp.example/mcp"),
        ("https://mcp.example:8443/mcp", "https://mcp.example:8443/mcp"),
        ("https://mcp.example/", "https://mcp.example"),
        ("https://mcp.example", "https://mcp.example"),
        ("https://mcp.example/mcp/", "https://mcp.example/mcp/"),
        ("https://mcp.example/mcp?tenant=a", "https://mcp.example/mcp?tenant=a"),
        ("https://mcp.example/?", "https://mcp.example/?"),
        ("http://localhost:8001/mcp", "http://localhost:8001/mcp"),
        ("http://LOCALHOST:80/", "http://localhost"),
        ("http://127.0.0.1:8001/mcp", "http://127.0.0.1:8001/mcp"),
        ("http://[::1]:8001/mcp", "http://[::1]:8001/mcp"),
        ("https://mcp.example/a%20b/.well-known", "https://mcp.example/a%20b/.well-known"),
    ],
)
def test_has_one_canonical_form(presented, canonical):
    assert indicate.canonical(presented) == canonical
    assert indicate.canonical(canonical) == canonical


@pytest.mark.spec("RFC 8707", "2")
@pytest.mark.parametrize(
    "presented",
    [
        "",
        "mcp",
        "/mcp",
        "//mcp.example/mcp",
        "urn:x",
        "http://",
        "https://",
        "https:///mcp",
        "https:mcp.example",
        "http://mcp.example/mcp",
        "http://localhost.evil.example/mcp",
        "http://127.1/mcp",
        "http://0.0.0.0/mcp",
        "http://[::ffff:127.0.0.1]/mcp",
        "ftp://mcp.example/mcp",
        "https://mcp.example/mcp#part",
        "https://mcp.example/mcp#",
        "https://alice@mcp.example/mcp",
        "https://mcp.example@evil.example/mcp",
        "https://mcp.example:@evil.example/mcp",
        "https://mcp.example:0/mcp",
        "https://mcp.example:65536/mcp",
        "https://mcp.example:/mcp",
        "https://mcp.example:0443/mcp",
        "https://mcp.example./mcp",
        "https://.mcp.example/mcp",
        "https://mcp..example/mcp",
        "https://mcp.example/a/../mcp",
        "https://mcp.example/./mcp",
        "https://mcp.example/a/..",
        "https://mcp.example/a/%2e%2E/mcp",
        "https://mcp.example/a/.%2e",
        "https://mcp.example\\mcp",
        "https://mcp.example/mcp\0",
        "https://mcp.example/mcp\n",
        "https://mcp.exa\tmple/mcp",
        " https://mcp.example/mcp",
        "https://mcp.example/m cp",
        "https://mcp.example/%zz",
        "https://mcp.example/ü",
        "https://mcp.exаmple/mcp",
        "https://mcp.example/" + "a" * 500,
    ],
    ids=lambda value: f"AZ-042-{value[:40]!a}",
)
def test_refuses_what_can_be_no_resource(presented):
    with pytest.raises(indicate.InvalidTarget, match=r"^[\x20-\x7e]+$"):
        indicate.canonical(presented)


MCP = Server("https://mcp.example/mcp", ["https://mcp.example", "https://mcp.example/mcp/"])
OTHER = Server("https://other.example/mcp", ["https://shared.example"])
THIRD = Server("https://third.example/mcp", ["https://shared.example", "https://other.example/mcp"])
SERVERS = [THIRD, MCP, OTHER]


@pytest.mark.parametrize(
    "presented",
    [
        "https://mcp.example/mcp",
        "HTTPS://MCP.EXAMPLE:443/mcp",
        "https://mcp.example/mcp/",
        "https://mcp.example",
        "https://mcp.example/",
    ],
)
def test_finds_a_server_by_its_uri_or_an_alias(presented):
    assert indicate.find(presented, SERVERS) is MCP


def test_own_uri_goes_before_the_alias_of_another():
    assert indicate.find("https://other.example/mcp", SERVERS) is OTHER


@pytest.mark.parametrize(
    "presented",
    [
        "https://unknown.example/mcp",
        "https://mcp.example/mc",
        "https://mcp.example/mcp/x",
        "https://mcp.example/MCP",
        "https://mcp.example/mcp?x=1",
        "https://other.example",
        "https://shared.example",
    ],
    ids=lambda value: f"AZ-041-{value}",
)
def test_finds_no_server_by_anything_else(presented):
    with pytest.raises(indicate.InvalidTarget):
        indicate.find(presented, SERVERS)


@given(st.text() | st.from_regex(r"https?://[A-Za-z0-9.\[\]:@-]{1,12}(?:[/?#].{0,12})?", fullmatch=True))
def test_canonical_form_is_stable_or_refused(presented):
    try:
        once = indicate.canonical(presented)
    except indicate.InvalidTarget:
        return
    assert indicate.canonical(once) == once
    assert once.isascii()
    assert "#" not in once
