"""The same software at the same places is one, whoever runs it."""

import pytest

from portal.clients.limit_registrations import platform_of
from portal.clients.metadata import Policy, read
from portal.clients.software import redirect_places, software_of
from tests.programs import register

POLICY = Policy(narrow_scope=lambda scope: scope)
LOOPBACK = "http://127.0.0.1:33418/cb"


def software(name="Fetcher", *uris, **members):
    return software_of(
        read({"client_name": name, "redirect_uris": list(uris) or [LOOPBACK], **members}, policy=POLICY)
    )


@pytest.mark.parametrize("name", ["fetcher", " FETCHER ", "Ｆetcher"])
def test_a_name_is_one_however_it_is_written(name):
    assert software(name) == software()


@pytest.mark.parametrize("uri", ["http://localhost/", "http://[::1]:9/cb", "http://127.0.0.1:1/other"])
def test_loopback_is_one_place(uri):
    assert software("Fetcher", uri) == software("Fetcher", uri, LOOPBACK) == software()


def test_another_place_or_name_is_another_software():
    one = "https://a.example/cb"
    found = [software(), software("Other"), software("Fetcher", one), software("Fetcher", one, LOOPBACK)]
    assert len(set(found)) == len(found)


def test_a_software_id_goes_before_the_name():
    assert software("A", software_id="x") == software("B", software_id="x")
    assert software("A", software_id="x") != software("A")
    assert software("A", software_id="a") != software("a")


def test_an_app_is_no_host():
    assert redirect_places(["cursor://callback", "https://cursor/cb", LOOPBACK]) == (
        "cursor",
        "cursor:",
        "localhost",
    )


@pytest.mark.parametrize(
    ("uris", "platform"),
    [
        (["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"], "Claude"),
        (["https://vscode.dev/redirect", "http://127.0.0.1/", LOOPBACK], "Visual Studio Code"),
        (["cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/x", LOOPBACK], "Cursor"),
        (["https://claude.ai/x", "https://evil.example/"], None),
        (["https://claude.ai/x", "https://chatgpt.com/x"], None),
        (["https://claude.ai:8443/x"], None),
        (["https://claude.ai.evil.example/x"], None),
        ([LOOPBACK], None),
    ],
)
def test_platforms_are_known_by_where_all_answers_go(uris, platform):
    assert platform_of(redirect_places(uris)) == platform


def test_the_page_says_how_often_such_a_program_came_before(tenant, person):
    """A namesake that sends its answers elsewhere is another program."""
    for uri in ("http://localhost:1/cb", "http://localhost:2/cb", "https://elsewhere.example/cb"):
        register(tenant, client_name="Fetcher", redirect_uris=[uri])
    page = person.sign_in(register(tenant, client_name="FETCHER", redirect_uris=[LOOPBACK]).ask())
    assert "Programs like it: 2 times, first on" in page.text
    alone = person.follow(person.browser.get(register(tenant, client_name="Another").ask()))
    assert "Programs like it" not in alone.text
