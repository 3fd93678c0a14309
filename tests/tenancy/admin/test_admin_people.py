"""People, grants, the trail and the tenant itself in the admin; and what only the operator sees."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from portal.keys.models import SigningKey
from portal.users.models import User
from tenants.current import transaction_of
from tenants.models import Tenant
from tests.tenancy.admin.visitor import Visitor, join, mails_to, make_grant, text_of


def again(person: Visitor, row: Any) -> Any:
    with transaction_of(person.tenant):
        return type(row).objects.get(pk=row.pk)


def test_invites_a_person_who_then_chooses_a_password(ann: Visitor) -> None:
    answer = ann.post("users/user/add/", {"email": "New@People.example", "name": "New", "role": "admin"})
    assert answer.status_code == 302
    with transaction_of(ann.tenant):
        person = User.objects.get(email="new@people.example")
        assert not person.has_usable_password()
        assert person.role == "admin"
    (mail,) = mails_to("new@people.example")
    link = re.search(r"https?://\S+", mail)
    assert link
    assert link[0].startswith(f"{ann.tenant.issuer}/account/password/reset/key/")
    (event,) = ann.events("user.created")
    assert event.user_id == person.pk
    assert event.data["actor"] == str(ann.user.pk)
    assert link[0].rsplit("/", 2)[-2] not in str(event.data)


def test_refuses_an_address_that_is_taken(ann: Visitor, bob: Visitor) -> None:
    again_here = {"email": ann.user.email.upper(), "name": "", "role": "member"}
    assert ann.post("users/user/add/", again_here).status_code == 200
    # The same person elsewhere has nothing to do with this tenant.
    elsewhere = {"email": bob.user.email, "name": "", "role": "member"}
    assert ann.post("users/user/add/", elsewhere).status_code == 302


def test_elevation_by_posted_fields_is_ignored(ann: Visitor, bob: Visitor) -> None:
    """AD-006."""
    member = join(ann.tenant)
    form = {
        "name": "M", "role": "member", "is_superuser": "on", "is_staff": "on", "groups": "1", "user_permissions": "1",
        "tenant": str(bob.tenant.id), "email": "taken@over.example", "password": "x", "is_active": "", "sub": "u_x",
    }  # fmt: skip
    assert ann.post(f"users/user/{member.user.pk}/change/", form).status_code == 302
    after = again(ann, member.user)
    assert (after.email, after.sub, after.password) == (
        member.user.email,
        member.user.sub,
        member.user.password,
    )
    assert (after.role, after.is_active, after.is_staff, after.is_superuser) == ("member", True, False, False)
    assert after.tenant_id == ann.tenant.id


def test_nobody_takes_their_own_role_or_account_away(ann: Visitor) -> None:
    ann.post(f"users/user/{ann.user.pk}/change/", {"name": "Ann", "role": "member"})
    ann.act("users/user/", "deactivate", ann.user)
    after = again(ann, ann.user)
    assert (after.name, after.role, after.is_active) == ("Ann", "admin", True)


def test_deactivating_ends_sessions_and_grants(ann: Visitor) -> None:
    member = join(ann.tenant, role=User.Role.ADMIN).sign_in()
    grant = make_grant(member)
    page = text_of(ann.act("users/user/", "deactivate", member.user)).lower()
    assert f"{member.user.email}: deactivated." in page
    assert again(ann, grant).revoked_reason == "by an admin"
    assert member.get().status_code == 302
    ann.act("users/user/", "activate", member.user)
    assert member.get().status_code == 302, "the old session came back"
    assert again(ann, grant).revoked_at is not None
    assert [event.user_id for event in ann.events("user.changed")] == [member.user.pk] * 2


def test_mails_a_link_instead_of_setting_a_password(ann: Visitor) -> None:
    member = join(ann.tenant)
    ann.act("users/user/", "mail_password_link", member.user)
    assert len(mails_to(member.user.email)) == 1
    page = ann.get(f"users/user/{member.user.pk}/change/").content.decode()
    assert "password" not in page.lower().replace("/account/password", "")
    assert ann.get(f"users/user/{member.user.pk}/password/").status_code in {302, 404}


def test_nobody_is_deleted(ann: Visitor) -> None:
    member = join(ann.tenant)
    assert ann.post(f"users/user/{member.user.pk}/delete/", {"post": "yes"}).status_code == 403
    ann.act("users/user/", "delete_selected", member.user)
    assert again(ann, member.user)


def test_revokes_a_grant(ann: Visitor) -> None:
    grant = make_grant(join(ann.tenant))
    assert "Desk" in text_of(ann.get("grants/grant/", state="live"))
    assert ann.get(f"grants/grant/{grant.pk}/change/").status_code == 200
    assert ann.post(f"grants/grant/{grant.pk}/change/", {"scope": "mcp:*"}).status_code == 403
    ann.act("grants/grant/", "revoke", grant)
    ann.act("grants/grant/", "revoke", grant)
    after = again(ann, grant)
    assert after.revoked_at
    assert after.scope == "mcp:tools:weather"
    (event,) = ann.events("grant.revoked")
    assert (event.grant_id, event.data["actor"]) == (grant.pk, str(ann.user.pk))
    assert ann.get(f"clients/client/{grant.client_id}/delete/").status_code == 403
    assert ann.get(f"resources/resourceserver/{grant.resource_server_id}/delete/").status_code == 403


def test_keys_show_their_public_half_alone(ann: Visitor) -> None:
    """AD-008."""
    with transaction_of(ann.tenant):
        key = SigningKey.objects.get(alg="ES256")
    page = ann.get(f"keys/signingkey/{key.pk}/change/").content.decode()
    assert key.kid in page
    assert "sealed" not in page.lower()
    assert bytes(key.sealed_private_key).hex()[:16] not in page
    assert ann.get("keys/signingkey/add/").status_code == 403


def test_trail_is_read_and_searched_and_never_written(ann: Visitor) -> None:
    (created,) = ann.events("tenant.created")
    ann.post("clients/client/add/", {"client_name": ""})
    page = text_of(ann.get("audit/auditevent/", q="tenant.created"))
    assert "tenant.created" in page
    assert "key.created" not in page
    assert "tenant.created" not in text_of(ann.get("audit/auditevent/", what="key"))
    assert ann.get("audit/auditevent/", q=str(uuid4())).status_code == 200
    assert ann.get("audit/auditevent/", q="%\"'\\ ünknown").status_code == 200
    assert "The tenant was made." in text_of(ann.get(f"audit/auditevent/{created.pk}/change/"))
    assert ann.post(f"audit/auditevent/{created.pk}/change/", {"reason": "x"}).status_code == 403
    assert ann.post(f"audit/auditevent/{created.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ann.get("audit/auditevent/add/").status_code == 403


def tenant_form(tenant: Tenant, **changes: str) -> dict[str, str]:
    form = {
        "name": tenant.name, "website_uri": "", "terms_uri": "", "privacy_uri": "", "support_email": "",
        "accent": "#112233", "band": "#112233", "signup_open": "on", "registration": "off", "unapproved_ceiling": "",
        "private_use_schemes": "cursor\nzed", "code_seconds": "60", "access_token_seconds": "600",
        "refresh_idle_seconds": "86400", "refresh_grace_seconds": "60", "grant_days": "90", "signing_algorithm": "ES256",
        "registrations_per_hour": "1000",
    }  # fmt: skip
    return {**form, **changes}


def test_org_admin_settles_the_tenants_ways_but_not_its_place(ann: Visitor) -> None:
    form = tenant_form(
        ann.tenant, name="Renamed", slug="other", issuer="https://evil.example", status="suspended"
    )
    assert ann.post(f"tenants/tenant/{ann.tenant.id}/change/", form).status_code == 302
    with transaction_of(ann.tenant):
        after = Tenant.objects.get(id=ann.tenant.id)
    assert (after.name, after.accent, after.private_use_schemes) == ("Renamed", "#112233", ["cursor", "zed"])
    assert (after.slug, after.issuer, after.status) == (ann.tenant.slug, ann.tenant.issuer, "active")
    assert "accent" in str(ann.events("tenant.changed")[0].data).lower()
    ann.act("tenants/tenant/", "suspend", ann.tenant)
    assert ann.get("tenants/tenant/").status_code == 200
    assert ann.get("tenants/tenant/add/").status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token_seconds": "999999999"},
        {"access_token_seconds": "0"},
        {"code_seconds": "3600"},
        {"refresh_grace_seconds": "601"},
        {"refresh_idle_seconds": "999999999"},
        {"grant_days": "100000"},
        {"accent": "red"},
        {"website_uri": "javascript:alert(1)"},
        {"website_uri": "http://plain.example"},
    ],
)
def test_settings_stay_within_the_policys_bounds(changes: dict[str, str], ann: Visitor) -> None:
    """AD-007."""
    answer = ann.post(f"tenants/tenant/{ann.tenant.id}/change/", tenant_form(ann.tenant, **changes))
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()


def test_operator_opens_a_tenant_with_its_first_admin(operator: Visitor, ann: Visitor) -> None:
    slug = f"n{uuid4().hex[:12]}"
    place = {"slug": slug, "issuer": f"{settings.PORTAL_URL}/t/{slug}", "admin_email": "first@people.example"}
    assert operator.post("tenants/tenant/add/", tenant_form(ann.tenant, **place)).status_code == 302
    with transaction_of(operator.tenant):
        opened = Tenant.objects.get(slug=slug)
    with transaction_of(opened):
        assert {key.alg for key in SigningKey.objects.all()} == {"ES256", "RS256"}
        assert User.objects.get().role == "admin"
    assert f"{opened.issuer}/account/password/reset/key/" in mails_to("first@people.example")[0]
    created = [event for event in operator.events("tenant.created") if event.data["slug"] == slug]
    assert [event.user_id for event in created] == [operator.user.pk]
    assert len(Visitor(opened, operator.user).events("tenant.created")) == 1
    assert operator.post("tenants/tenant/add/", tenant_form(ann.tenant, **place)).status_code == 200


@pytest.mark.parametrize("path", ["/elsewhere", "/t/other", "/t/", "/"])
def test_refuses_a_place_where_nobody_would_find_the_tenant(
    path: str, operator: Visitor, ann: Visitor
) -> None:
    place = {"slug": "lost", "issuer": f"https://lost.example{path}", "admin_email": "first@people.example"}
    assert operator.post("tenants/tenant/add/", tenant_form(ann.tenant, **place)).status_code == 200


def test_operator_suspends_and_activates(operator: Visitor, ann: Visitor) -> None:
    page = text_of(operator.act("tenants/tenant/", "suspend", ann.tenant, operator.tenant))
    assert "it stays active" in page
    assert ann.get().status_code == 404
    operator.act("tenants/tenant/", "activate", ann.tenant)
    assert ann.get().status_code == 200
    assert len(ann.events("tenant.changed")) == 2
    assert all(event.user_id is None for event in ann.events("tenant.changed"))


def test_operator_sees_all_tenants_and_nothing_in_them(operator: Visitor, ann: Visitor) -> None:
    grant = make_grant(ann)
    assert ann.tenant.slug in text_of(operator.get("tenants/tenant/", q=ann.tenant.slug))
    assert ann.user.email not in text_of(operator.get("users/user/", q=ann.user.email)).replace(
        f"q={ann.user.email}", ""
    )
    for path in (
        f"users/user/{ann.user.pk}",
        f"clients/client/{grant.client_id}",
        f"grants/grant/{grant.pk}",
    ):
        assert operator.get(f"{path}/change/").status_code == 404
