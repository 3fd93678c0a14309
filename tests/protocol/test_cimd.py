"""OAuth Client ID Metadata Document, drafts 00 to 02, as real clients use it, from discovery to a refreshed token."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.clients.models import Client, Document
from tenants.current import transaction_of
from tests.documents import come, make_due
from tests.people import make_person
from tests.programs import answer_of, introspect
from tests.publisher import Publisher
from tests.registry import change
from tests.trail import events

KEYS = "https://chatgpt.com/oauth/jwks.json"
CLAUDE_CODE = ["http://localhost/callback", "http://127.0.0.1/callback"]
CHATGPT = "https://chatgpt.com/oauth/abc123/client.json"
CHATGPT_MEMBERS = {
    "client_name": "ChatGPT",
    "redirect_uris": ["https://chatgpt.com/connector/oauth/cb1"],
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
    "token_endpoint_auth_signing_alg": "RS256",
    "jwks_uri": KEYS,
}
REAL = [
    pytest.param(
        "https://claude.ai/oauth/mcp-oauth-client-metadata",
        {"client_name": "Claude", "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"]},
        "https://claude.ai/api/mcp/auth_callback", "claude.ai", id="Claude",
    ),
    pytest.param(
        "https://claude.ai/oauth/claude-code-client-metadata",
        {"client_name": "Claude Code", "redirect_uris": CLAUDE_CODE},
        "http://localhost:3118/callback", "localhost", id="Claude-Code-localhost",
    ),
    pytest.param(
        "https://claude.ai/oauth/claude-code-client-metadata",
        {"client_name": "Claude Code", "redirect_uris": CLAUDE_CODE},
        "http://127.0.0.1:51234/callback", "127.0.0.1", id="Claude-Code-address",
    ),
    pytest.param(CHATGPT, CHATGPT_MEMBERS, "https://chatgpt.com/connector/oauth/cb1", "chatgpt.com", id="ChatGPT"),
    pytest.param(
        "https://chatgpt.com/oauth/codex/client.json",
        {"client_name": "Codex", "redirect_uris": ["http://127.0.0.1/callback"]},
        "http://127.0.0.1:40001/callback", "127.0.0.1", id="Codex",
    ),
    pytest.param(
        "https://vscode.dev/oauth/client-metadata.json",
        {
            "client_name": "Visual Studio Code", "client_uri": "https://vscode.dev/product",
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
            "redirect_uris": ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
            "application_type": "native",
        },
        "https://vscode.dev/redirect", "vscode.dev", id="VS-Code",
    ),
    pytest.param(
        "https://goose-docs.ai/oauth/client-metadata.json",
        {"client_name": "Goose", "redirect_uris": ["http://127.0.0.1/oauth_callback", "http://[::1]/oauth_callback"]},
        "http://[::1]:8123/oauth_callback", "::1", id="Goose",
    ),
    pytest.param(
        "https://opencode.ai/oauth/opencode/client.json",
        {"client_name": "opencode", "grant_types": None, "response_types": None, "token_endpoint_auth_method": None,
         "redirect_uris": ["http://127.0.0.1/callback", "http://127.0.0.1/mcp/oauth/callback"]},
        "http://127.0.0.1:19876/mcp/oauth/callback", "127.0.0.1", id="opencode",
    ),
    pytest.param(
        "https://slack.com/.well-known/oauth-client-metadata",
        {"client_name": "Slack", "redirect_uris": ["https://oauth2.slack.com/external/auth/callback"]},
        "https://oauth2.slack.com/external/auth/callback", "oauth2.slack.com", id="Slack",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def publisher():
    return Publisher()


@pytest.mark.spec("CIMD", "3")
@pytest.mark.parametrize(("url", "members", "redirect", "destination"), REAL)
def test_real_client_connects_refreshes_and_steps_up(
    tenant, person, publisher, url, members, redirect, destination
):
    publisher.publish(url, **members)
    before = publisher.visits(url)
    client = come(tenant, url, redirect)
    page = person.browser.get(client.ask())
    assert page.status_code == 302, page.text
    tokens = client.connect(person)
    assert introspect(tenant, tokens["access_token"])["client_id"] == url
    renewed = client.refresh(tokens["refresh_token"])
    assert renewed.status_code == 200, renewed.text
    wider = client.connect(
        person, tick=("mcp:tools:write",), scope="mcp:tools:score mcp:tools:weather mcp:tools:write"
    )
    assert "mcp:tools:write" in wider["scope"]
    assert publisher.visits(url) == before + 1
    assert [event.client for event in events(tenant, "cimd.fetched")] == [url]


def test_tells_clients_of_it_unless_it_is_off(tenant, web):
    path = f"/.well-known/oauth-authorization-server/t/{tenant.tenant.slug}"
    assert web.get(path).json()["client_id_metadata_document_supported"] is True
    from tests.places import open_place

    closed = open_place(documents_open=False)
    path = f"/.well-known/oauth-authorization-server/t/{closed.tenant.slug}"
    assert "client_id_metadata_document_supported" not in web.get(path).json()


def test_page_names_the_publisher_and_warns_of_another_destination(tenant, person, publisher):
    own = "https://own.publisher.example/client.json"
    publisher.publish(own, client_name="Claude", redirect_uris=["https://own.publisher.example/cb"])
    person.sign_in()
    page = person.follow(person.browser.get(come(tenant, own, "https://own.publisher.example/cb").ask())).text
    assert '<span class="host">own.publisher.example</span>' in page
    assert "Domain checked" in page
    assert "The publisher’s own address" in page
    other = publisher.publish("https://other.publisher.example/client.json")
    page = person.follow(person.browser.get(come(tenant, other).ask())).text
    assert "Domain checked" in page
    assert '<span class="host">client.example</span>' in page
    assert "Not checked" in page


def test_document_is_asked_for_again_when_it_is_due(tenant, web, publisher):
    url = publisher.publish("https://due.publisher.example/client.json")
    client = come(tenant, url)
    for _ in range(3):
        assert web.get(client.ask()).status_code == 302
    assert publisher.visits(url) == 1
    make_due(tenant, url)
    assert web.get(client.ask()).status_code == 302
    assert publisher.visits(url) == 2


def test_known_client_goes_on_while_its_host_is_silent_and_not_for_ever(tenant, web, publisher):
    url = publisher.publish("https://silent.publisher.example/client.json")
    client = come(tenant, url)
    assert web.get(client.ask()).status_code == 302
    publisher.pages[url] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    make_due(tenant, url)
    assert web.get(client.ask()).status_code == 302
    assert "503" in events(tenant, "cimd.denied")[-1].reason
    with transaction_of(tenant.tenant):
        Document.objects.filter(url=url).update(fetched_at=timezone.now() - timedelta(days=3))
    assert web.get(client.ask()).status_code == 400


def test_withdrawn_document_ends_asking_and_leaves_what_was_allowed(tenant, person, web, publisher):
    url = publisher.publish("https://gone.publisher.example/client.json")
    client = come(tenant, url)
    tokens = client.connect(person)
    del publisher.pages[url]
    make_due(tenant, url)
    assert web.get(client.ask()).status_code == 400
    assert client.refresh(tokens["refresh_token"]).status_code == 200


def test_approval_and_scope_of_an_admin_outlive_a_new_document(tenant, web, publisher):
    url = publisher.publish("https://kept.publisher.example/client.json")
    client = come(tenant, url)
    web.get(client.ask())
    change(client, is_approved=True, scope="mcp:tools:score")
    publisher.publish(url, client_name="Another name")
    make_due(tenant, url)
    web.get(client.ask())
    with transaction_of(tenant.tenant):
        kept = Client.objects.get(client_id=url)
    assert (kept.client_name, kept.is_approved, kept.scope) == ("Another name", True, "mcp:tools:score")
    assert "client_name" in events(tenant, "cimd.fetched")[-1].data["changed"]


def test_suspended_client_stays_suspended(tenant, web, publisher):
    url = publisher.publish("https://suspended.publisher.example/client.json")
    client = come(tenant, url)
    web.get(client.ask())
    change(client, status="suspended")
    make_due(tenant, url)
    assert web.get(client.ask()).status_code == 400


@pytest.mark.spec("CIMD", "4.1")
def test_answers_of_an_approved_one_are_remembered(tenant, publisher):
    url = publisher.publish("https://often.publisher.example/client.json")
    person, client = make_person(tenant), come(tenant, url)
    client.connect(person)
    back = person.follow(person.browser.get(client.ask()))
    assert answer_of(back)["code"]


def test_url_may_be_long(tenant, person, publisher):
    url = "https://long.publisher.example/" + "c" * 1969
    assert len(url) == 2000
    publisher.publish(url)
    tokens = come(tenant, url).connect(person)
    assert introspect(tenant, tokens["access_token"])["client_id"] == url
