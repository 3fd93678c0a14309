"""Who may enter a tenant's admin, and what of other tenants can be reached from there: nothing."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import models

from portal.clients.models import Client
from portal.resources.models import ResourceServer, Scope
from portal.users.models import User
from tenants.admin import site
from tenants.current import transaction_of
from tenants.models import Tenant, TenantOwned
from tests.tenancy.admin.visitor import Visitor, join, make_grant, text_of


def make_client(tenant: Tenant, **fields: Any) -> Client:
    with transaction_of(tenant):
        return Client.objects.create(
            client_name=fields.pop("client_name", f"App {uuid4().hex}"),
            grant_types=["authorization_code"],
            **fields,
        )


def make_server(tenant: Tenant) -> ResourceServer:
    unique = uuid4().hex
    with transaction_of(tenant):
        server = ResourceServer.objects.create(
            slug=unique,
            name=f"Server {unique}",
            resource=f"https://{unique}.example/mcp",
            client_id=f"rs_{unique}",
        )
        Scope.objects.create(resource_server=server, name="mcp:tools:weather", title="Read the weather")
    return server


def test_sends_a_stranger_to_the_tenants_sign_in(ann: Visitor) -> None:
    stranger = Visitor(ann.tenant, ann.user)
    answer = stranger.get("clients/client/")
    assert answer.status_code == 302
    assert (
        answer["Location"]
        == f"{ann.tenant.prefix}/account/login/?next={ann.tenant.prefix}/admin/clients/client/"
    )
    assert stranger.get("login/")["Location"].startswith(f"{ann.tenant.prefix}/account/login/")


def test_takes_no_password_itself(ann: Visitor) -> None:
    stranger = Visitor(ann.tenant, ann.user)
    answer = stranger.post("login/", {"username": ann.user.email, "password": "correct horse battery staple"})
    assert answer.status_code == 302
    assert stranger.get().status_code == 302


def test_refuses_a_form_without_its_token(ann: Visitor) -> None:
    ann.browser.handler.enforce_csrf_checks = True
    assert ann.post(f"users/user/{ann.user.pk}/change/", {"name": "Changed"}).status_code == 403
    with transaction_of(ann.tenant):
        assert User.objects.get(pk=ann.user.pk).name == ""


def test_refuses_a_member(ann: Visitor) -> None:
    member = join(ann.tenant).sign_in()
    for path in ("", "login/", "clients/client/", "jsi18n/"):
        answer = member.get(path)
        assert answer.status_code == 403
        assert "Your account may not see this page" in text_of(answer)


def test_refuses_an_admin_demoted_meanwhile(ann: Visitor) -> None:
    """AD-011."""
    other = join(ann.tenant, role=User.Role.ADMIN).sign_in()
    assert other.get().status_code == 200
    saved = ann.post(f"users/user/{other.user.pk}/change/", {"name": "", "role": "member"})
    assert saved.status_code == 302
    assert other.get().status_code == 403
    assert other.post("clients/client/add/", {}).status_code == 403
    denied = ann.events("admin.denied")
    assert [event.user_id for event in denied] == [other.user.pk] * 2
    assert denied[1].reason.endswith("/admin/clients/client/add/")


def test_admin_of_one_tenant_is_nobody_at_another(ann: Visitor, bob: Visitor) -> None:
    ann.tenant, home = bob.tenant, ann.tenant
    assert ann.get().status_code == 302
    ann.tenant = home
    assert ann.get().status_code == 200


@pytest.mark.parametrize("model", sorted(site._registry, key=lambda model: model._meta.label))
def test_foreign_objects_are_unknown_ones(model: type[models.Model], ann: Visitor, bob: Visitor) -> None:
    """AD-001: every page of every model, by the primary key of another tenant's object."""
    make_grant(bob)
    with transaction_of(bob.tenant):
        foreign = model._default_manager.values_list("pk", flat=True)[0]
    place = f"{model._meta.app_label}/{model._meta.model_name}"
    for pk in (foreign, uuid4()):
        for page in ("change", "history", "delete"):
            for query in ({}, {"_popup": "1"}, {"_to_field": "id"}):
                assert ann.get(f"{place}/{pk}/{page}/", **query).status_code in {403, 404}, (page, query)
        content_type = ContentType.objects.get_for_model(model)
        assert ann.get(f"r/{content_type.pk}/{pk}/").status_code == 404
    assert ann.get(f"{place}/").status_code == 200


def test_lists_show_the_tenants_own_and_nothing_else(ann: Visitor, bob: Visitor) -> None:
    ours, theirs = make_client(ann.tenant), make_client(bob.tenant)
    for query in ({}, {"q": "App"}, {"q": theirs.client_id}):
        page = text_of(ann.get("clients/client/", **query))
        assert theirs.client_name not in page
    assert ours.client_name in text_of(ann.get("clients/client/"))
    assert bob.user.email not in text_of(ann.get("users/user/"))
    assert bob.tenant.name not in text_of(ann.get("tenants/tenant/"))


@pytest.mark.parametrize("action", ["renew_secret", "end_earlier_secrets"])
def test_actions_do_not_reach_foreign_objects(action: str, ann: Visitor, bob: Visitor) -> None:
    theirs = make_client(
        bob.tenant, token_endpoint_auth_method="client_secret_basic", secret_digests=["1", "2"]
    )
    ann.act("clients/client/", action, theirs)
    with transaction_of(bob.tenant):
        assert Client.objects.get(pk=theirs.pk).secret_digests == ["1", "2"]


def test_foreign_scope_can_not_be_pulled_into_a_catalog(ann: Visitor, bob: Visitor) -> None:
    """AD-002: a formset that names another tenant's scope, and another tenant's server."""
    ours, theirs = make_server(ann.tenant), make_server(bob.tenant)
    with transaction_of(bob.tenant):
        scope = theirs.scopes.get()
    form = {
        "name": ours.name, "slug": ours.slug, "is_active": "on", "aliases": "", "tenant": str(bob.tenant.id),
        "scopes-TOTAL_FORMS": "1", "scopes-INITIAL_FORMS": "1", "scopes-0-id": str(scope.pk),
        "scopes-0-resource_server": str(theirs.pk), "scopes-0-name": "mcp:stolen", "scopes-0-title": "Stolen",
        "scopes-0-tier": "ordinary", "scopes-0-position": "0",
    }  # fmt: skip
    answer = ann.post(f"resources/resourceserver/{ours.pk}/change/", form)
    assert answer.status_code == 200  # the form again, with its error
    assert ann.post(f"resources/resourceserver/{theirs.pk}/change/", form).status_code == 404
    with transaction_of(bob.tenant):
        scope.refresh_from_db()
        assert (scope.name, scope.tenant_id, scope.resource_server_id) == (
            "mcp:tools:weather", bob.tenant.id, theirs.pk,
        )  # fmt: skip


def test_autocomplete_says_nothing(ann: Visitor, bob: Visitor) -> None:
    """AD-003."""
    make_server(bob.tenant)
    for label, model, name in (
        ("resources", "scope", "resource_server"),
        ("grants", "grant", "client"),
        ("grants", "grant", "user"),
        ("clients", "client", "tenant"),
        ("admin", "logentry", "user"),
    ):
        answer = ann.get("autocomplete/", app_label=label, model_name=model, field_name=name, term="")
        found = answer.json()["results"] if answer.status_code == 200 else []
        assert str(bob.tenant.id) not in str(found)
        assert bob.user.email not in str(found)
        assert "Server" not in str(found)


def test_only_our_own_models_are_there(ann: Visitor) -> None:
    assert {model._meta.label for model in site._registry} == {
        "audit.AuditEvent", "clients.Client", "grants.Grant", "keys.SigningKey", "resources.ResourceServer",
        "tenants.Tenant", "users.User",
    }  # fmt: skip
    assert all(issubclass(model, TenantOwned | Tenant) for model in site._registry)


@pytest.mark.parametrize(
    "path", ["", "clients/client/add/", "users/user/", "tenants/tenant/", "audit/auditevent/"]
)
def test_pages_obey_the_content_security_policy(path: str, ann: Visitor) -> None:
    answer = ann.get(path)
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    page = answer.content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_passwords_and_sessions_are_allauths(ann: Visitor) -> None:
    assert ann.get("password_change/")["Location"].endswith("/account/password/change/")
    assert ann.get("logout/")["Location"].endswith("/account/logout/")
