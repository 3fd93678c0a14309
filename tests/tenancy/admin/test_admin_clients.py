"""Clients and resource servers in the admin: what may be saved, and secrets that are shown once."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from portal.clients.models import Client
from portal.resources.models import ResourceServer
from portal.users.sessions import SessionStore
from tenants.current import transaction_of
from tenants.seal import secret_matches
from tests.tenancy.admin.visitor import Visitor, text_of

SECRET = re.compile(r"client_secret\s+([A-Za-z0-9_-]{43})")
FORM = {
    "client_name": "Desk", "status": "active", "is_approved": "on", "application_type": "web",
    "token_endpoint_auth_method": "client_secret_basic", "grant_types": ["authorization_code", "refresh_token"],
    "redirect_uris": "https://desk.example/cb\nhttps://desk.example/other", "scope": "mcp:tools:weather\nopenid",
}  # fmt: skip


def add_client(person: Visitor, **changes: Any) -> Any:
    return person.post("clients/client/add/", {**FORM, **changes})


def only_client(person: Visitor) -> Client:
    with transaction_of(person.tenant):
        return Client.objects.get()


def test_makes_a_client_and_shows_its_secret_once(ann: Visitor) -> None:
    """AD-008."""
    assert add_client(ann).status_code == 302
    client = only_client(ann)
    assert client.redirect_uris == "https://desk.example/cb https://desk.example/other"
    assert client.scope == "mcp:tools:weather openid"
    assert client.metadata_digest
    shown = SECRET.search(text_of(ann.get("clients/client/")))
    assert shown
    assert secret_matches(shown[1], client.secret_digests)
    for path in (
        "clients/client/",
        f"clients/client/{client.pk}/change/",
        f"clients/client/{client.pk}/history/",
        "",
    ):
        page = ann.get(path).content.decode()
        assert shown[1] not in page
        assert client.secret_digests[0] not in page
    with transaction_of(ann.tenant):
        kept = [*LogEntry.objects.values_list("change_message", flat=True), *ann.events("client.registered")]
        assert all(shown[1] not in str(getattr(each, "data", each)) for each in kept)


def test_secret_on_its_way_to_the_page_is_not_in_the_database(ann: Visitor) -> None:
    add_client(ann)
    with transaction_of(ann.tenant):
        sessions = [SessionStore().decode(session.session_data) for session in Session.objects.all()]
    (waiting,) = [str(session["new_secrets"]) for session in sessions if "new_secrets" in session]
    secret = SECRET.search(text_of(ann.get()) + text_of(ann.get("clients/client/")))
    assert secret
    assert secret[1] not in waiting


def test_what_a_document_says_is_changed_in_the_document(ann: Visitor) -> None:
    """The next fetch would bring it back; what is the tenant's own (approval, status, scope) is an admin's to change."""
    given = {
        "client_name": "Published", "redirect_uris": "https://p.example/cb", "application_type": "web",
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"],
    }  # fmt: skip
    with transaction_of(ann.tenant):
        client = Client.objects.create(
            client_id="https://p.example/c.json", origin=Client.Origin.DOCUMENT, **given
        )
    form = {**given, "status": "active", "is_approved": "on", "scope": ""}
    refused = ann.post(f"clients/client/{client.pk}/change/", {**form, "client_name": "Renamed here"})
    assert refused.status_code == 200
    assert "Its document says this" in text_of(refused)
    assert ann.post(f"clients/client/{client.pk}/change/", form).status_code == 302
    assert only_client(ann).is_approved


def test_every_edit_is_on_the_audit_trail(ann: Visitor) -> None:
    add_client(ann)
    client = only_client(ann)
    ann.post(f"clients/client/{client.pk}/change/", {**FORM, "client_name": "Other", "status": "suspended"})
    (made,), (changed,) = ann.events("client.registered"), ann.events("client.changed")
    for event in (made, changed):
        assert event.client == client.client_id
        assert event.user_id == ann.user.pk
        assert event.data["actor"] == str(ann.user.pk)
        assert event.ip
    assert changed.data["changes"] == [{"changed": {"fields": ["Client name", "Status"]}}]


def test_saving_nothing_records_nothing(ann: Visitor) -> None:
    add_client(ann)
    client = only_client(ann)
    ann.post(f"clients/client/{client.pk}/change/", FORM)
    assert ann.events("client.changed") == []


def test_changed_redirects_ask_for_consent_again(ann: Visitor) -> None:
    add_client(ann)
    before = only_client(ann)
    ann.post(f"clients/client/{before.pk}/change/", {**FORM, "redirect_uris": "https://other.example/cb"})
    after = only_client(ann)
    assert after.metadata_digest != before.metadata_digest
    assert after.secret_digests == before.secret_digests


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": "http://desk.example/cb"},
        {"redirect_uris": "https://*.desk.example/cb"},
        {"redirect_uris": "javascript:alert(1)"},
        {"redirect_uris": "https://desk.example/cb#x"},
        {"redirect_uris": "https://fine.example/cb\nhttp://localhost/cb"},
        {"redirect_uris": "unknown-app://cb", "application_type": "native"},
        {"redirect_uris": ""},
        {"grant_types": ["refresh_token"]},
        {"grant_types": []},
        {"grant_types": ["password"]},
        {"grant_types": ["implicit", "authorization_code"]},
        {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"},
        {"grant_types": ["client_credentials"], "is_approved": ""},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"client_name": ""},
    ],
)
def test_refuses_what_no_client_may_have(changes: dict[str, Any], ann: Visitor) -> None:
    """AD-007."""
    answer = add_client(ann, **changes)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    with transaction_of(ann.tenant):
        assert not Client.objects.exists()


def test_native_client_may_use_the_tenants_schemes(ann: Visitor) -> None:
    uris = "cursor://anysphere.cursor-retrieval/oauth/callback\nhttp://127.0.0.1/cb"
    form = {"redirect_uris": uris, "application_type": "native", "token_endpoint_auth_method": "none"}
    assert add_client(ann, **form).status_code == 302
    assert only_client(ann).secret_digests == []
    assert not SECRET.search(text_of(ann.get("clients/client/")))


def test_posted_fields_that_are_not_in_the_form_change_nothing(ann: Visitor, bob: Visitor) -> None:
    """AD-002."""
    extra = {
        "tenant": str(bob.tenant.id),
        "client_id": "mine",
        "secret_digests": "x",
        "origin": "registered",
        "skip_authorization": "on",
    }
    add_client(ann, **extra)
    client = only_client(ann)
    assert client.client_id.startswith("c_")
    assert client.origin == "admin"
    assert client.tenant_id == ann.tenant.id


def test_new_secret_lets_the_old_one_live_until_it_is_ended(ann: Visitor) -> None:
    add_client(ann)
    first = SECRET.search(text_of(ann.get("clients/client/")))
    second = SECRET.search(text_of(ann.act("clients/client/", "renew_secret", only_client(ann))))
    assert first
    assert second
    digests = only_client(ann).secret_digests
    assert secret_matches(first[1], digests)
    assert secret_matches(second[1], digests)
    ann.act("clients/client/", "end_earlier_secrets", only_client(ann))
    digests = only_client(ann).secret_digests
    assert not secret_matches(first[1], digests)
    assert secret_matches(second[1], digests)
    assert len(ann.events("client.changed")) == 2


def test_client_without_grants_can_be_deleted(ann: Visitor) -> None:
    add_client(ann)
    client = only_client(ann)
    assert ann.post(f"clients/client/{client.pk}/delete/", {"post": "yes"}).status_code == 302
    with transaction_of(ann.tenant):
        assert not Client.objects.exists()
    assert ann.events("client.changed")[-1].data["changes"] == [{"deleted": {}}]


SERVER = {
    "name": "Weather", "slug": "weather", "resource": "https://mcp.example/mcp", "aliases": "https://mcp.example/mcp/",
    "is_active": "on", "scopes-TOTAL_FORMS": "2", "scopes-INITIAL_FORMS": "0",
    "scopes-0-name": "mcp:tools:weather", "scopes-0-title": "Read the weather", "scopes-0-tier": "ordinary",
    "scopes-0-position": "0", "scopes-1-name": "mcp:tools:*", "scopes-1-title": "Use all tools",
    "scopes-1-tier": "sensitive", "scopes-1-position": "1",
}  # fmt: skip


def test_makes_a_resource_server_with_its_catalog(ann: Visitor) -> None:
    assert ann.post("resources/resourceserver/add/", SERVER).status_code == 302
    page = text_of(ann.get("resources/resourceserver/"))
    with transaction_of(ann.tenant):
        server = ResourceServer.objects.get()
        assert [scope.name for scope in server.scopes.all()] == ["mcp:tools:weather", "mcp:tools:*"]
    assert server.client_id.startswith("rs_")
    assert server.client_id in page
    shown = SECRET.search(page)
    assert shown
    assert secret_matches(shown[1], server.secret_digests)
    assert ann.events("resource_server.changed")[0].data["name"] == "Weather"


@pytest.mark.parametrize(
    "changes",
    [
        {"resource": "http://mcp.example/mcp"},
        {"resource": "https://MCP.example/mcp"},
        {"aliases": "https://mcp.example/#x"},
        {"scopes-1-name": "mcp:tools:weather"},
        {"scopes-1-name": "mcp:*:weather"},
        {"scopes-1-tier": "harmless"},
        {"slug": "taken"},
        {"resource": "https://taken.example/mcp"},
        {"aliases": "https://taken.example/mcp"},
        {"is_default": "on"},
    ],
)
def test_refuses_a_catalog_that_would_not_work(changes: dict[str, str], ann: Visitor) -> None:
    with transaction_of(ann.tenant):
        ResourceServer.objects.create(
            slug="taken",
            name="Taken",
            resource="https://taken.example/mcp",
            client_id="rs_taken",
            is_default=True,
        )
    answer = ann.post("resources/resourceserver/add/", {**SERVER, **changes})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    with transaction_of(ann.tenant):
        assert ResourceServer.objects.count() == 1


def test_large_catalog_fits_into_one_form(ann: Visitor) -> None:
    form = {**SERVER, "scopes-TOTAL_FORMS": "60"}
    for index in range(60):
        row = {
            "name": f"mcp:tools:t{index}",
            "title": f"Tool {index}",
            "description": "",
            "tier": "ordinary",
            "position": "0",
        }
        form |= {f"scopes-{index}-{name}": value for name, value in row.items()}
    assert ann.post("resources/resourceserver/add/", form).status_code == 302
