"""Rows TK of the hostile corpus about refresh tokens: replaced at each use, and dead with whatever they rest on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.grants.models import Grant, RefreshToken, TokenFamily
from portal.resources.models import Scope
from tenants.cache import forget
from tenants.current import transaction_of
from tests.people import PASSWORD, make_person
from tests.programs import introspect
from tests.registry import change, enrol
from tests.trail import denied, events

KINDS = ["public", "approved"]


@pytest.fixture(params=KINDS)
def program(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def tokens(regular, program):
    return program.connect(regular)


def assert_invalid(response, error="invalid_grant"):
    assert response.status_code == 400, response.text
    assert response.json()["error"] == error


def assert_dead(place, program, tokens):
    assert introspect(place, tokens["access_token"]) == {"active": False}
    assert_invalid(program.refresh(tokens["refresh_token"]))


def age(place, **fields):
    """Set times in the past on the newest family, and on what belongs to it."""
    with transaction_of(place.tenant):
        family = TokenFamily.objects.order_by("-created").first()
        tokens = RefreshToken.objects.filter(family=family)
        for name, seconds in fields.items():
            when = timezone.now() - timedelta(seconds=seconds)
            if name == "superseded_at":
                tokens.exclude(superseded_at=None).update(superseded_at=when)
            if name == "idle":
                tokens.update(expires_at=when)
            if name == "family":
                TokenFamily.objects.filter(id=family.id).update(expires_at=when)
            if name == "grant":
                Grant.objects.filter(id=family.grant_id).update(expires_at=when)


@pytest.mark.parametrize("how", ["deactivated", "removed"])
def test_tk_024_user_deactivated_or_gone(place, program, how):
    person = make_person(place)
    tokens = program.connect(person)
    with transaction_of(place.tenant):
        if how == "removed":
            person.user.delete()
        else:
            type(person.user).objects.filter(id=person.user.id).update(is_active=False)
    with denied(place, "token.denied"):
        assert_invalid(program.refresh(tokens["refresh_token"]))
    assert introspect(place, tokens["access_token"]) == {"active": False}


def test_tk_024_password_reset_after_a_theft_warning(place, program):
    person = make_person(place)
    stolen, others = program.connect(person), enrol(place).connect(person)
    successor = program.refresh(stolen["refresh_token"]).json()
    program.refresh(successor["refresh_token"])
    assert_invalid(program.refresh(stolen["refresh_token"]))
    assert introspect(place, others["access_token"])["active"] is True
    reset_password(person)
    assert introspect(place, others["access_token"]) == {"active": False}


def reset_password(person):
    import os
    import re
    from pathlib import Path

    issuer = person.place.issuer
    page = person.browser.get(f"{issuer}/account/password/reset/")
    person.submit(page, email=person.user.email)
    mail = Path(os.environ["MAIL_FILE"]).read_text(encoding="utf-8").rpartition(f"To: {person.user.email}")[2]
    link = re.search(rf"{re.escape(issuer)}/account/password/reset/key/\S+", mail)
    form = person.follow(person.browser.get(link[0]))
    done = person.submit(form, password1=PASSWORD + " 2", password2=PASSWORD + " 2")
    assert done.status_code == 200
    assert 'name="password1"' not in done.text, done.text[-3000:]


def test_tk_030_resource_narrows_this_token_alone(place, program, tokens):
    named = program.refresh(tokens["refresh_token"], resource=place.resource)
    assert introspect(place, named.json()["access_token"])["aud"] == place.resource
    unnamed = program.refresh(named.json()["refresh_token"])
    assert unnamed.status_code == 200


@pytest.mark.parametrize("resource", ["https://unknown.example/mcp", "urn:x", "elsewhere"])
def test_tk_030_another_resource_replaces_nothing(place, elsewhere, program, tokens, resource):
    uri = elsewhere.resource if resource == "elsewhere" else resource
    with denied(place, "token.denied"):
        assert_invalid(program.refresh(tokens["refresh_token"], resource=uri), "invalid_target")
    assert program.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    "scope",
    [
        "mcp:tools:write",
        "mcp:tools:score mcp:tools:delete",
        "mcp:tools:*",
        "mcp:*",
        "*",
        "openid",
        "nothing",
        'a"b',
    ],
)
def test_tk_032_a_wider_scope_replaces_nothing(place, program, tokens, scope):
    with denied(place, "token.denied", "invalid_scope"):
        assert_invalid(program.refresh(tokens["refresh_token"], scope=scope), "invalid_scope")
    assert program.refresh(tokens["refresh_token"]).status_code == 200


def test_a_narrower_scope_is_this_tokens_alone(program, tokens):
    narrow = program.refresh(tokens["refresh_token"], scope="mcp:tools:weather").json()
    assert narrow["scope"] == "mcp:tools:weather"
    again = program.refresh(narrow["refresh_token"]).json()
    assert again["scope"] == "mcp:tools:score mcp:tools:weather"


def test_tk_035_a_scope_that_left_the_catalog_is_not_issued_again(place, program):
    person = make_person(place)
    with transaction_of(place.tenant):
        gone = Scope.objects.create(resource_server=place.server, name="mcp:tools:brief", title="Brief")
    forget(place.tenant)
    tokens = program.connect(person, scope="mcp:tools:score mcp:tools:brief")
    assert "mcp:tools:brief" in tokens["scope"].split()
    with transaction_of(place.tenant):
        gone.delete()
    forget(place.tenant)
    assert program.refresh(tokens["refresh_token"]).json()["scope"] == "mcp:tools:score"


def test_tk_035_a_client_that_may_not_refresh_any_more(place, regular):
    program = enrol(place)
    tokens = program.connect(regular)
    change(program, grant_types=["authorization_code"])
    with denied(place, "token.denied", "unauthorized_client"):
        assert_invalid(program.refresh(tokens["refresh_token"]), "unauthorized_client")


def test_tk_036_another_clients_refresh_token(place, program, tokens):
    thief = enrol(place)
    with denied(place, "token.denied", "refresh_token foreign"):
        assert_invalid(thief.refresh(tokens["refresh_token"]))
    successor = program.refresh(tokens["refresh_token"]).json()
    for spent in (tokens, successor):
        with denied(place, "token.denied", "refresh_token foreign"):
            assert_invalid(thief.refresh(spent["refresh_token"]))
    assert introspect(place, successor["access_token"])["active"] is True
    assert program.refresh(successor["refresh_token"]).status_code == 200


def test_tk_038_a_replaced_token_after_the_grace_ends_the_family(place, program, tokens):
    successor = program.refresh(tokens["refresh_token"]).json()
    age(place, superseded_at=61)
    with denied(place, "token.reused"):
        assert_invalid(program.refresh(tokens["refresh_token"]))
    assert_dead(place, program, successor)


def test_tk_039_two_generations_old_within_the_grace_ends_the_family(place, program, tokens):
    second = program.refresh(tokens["refresh_token"]).json()
    third = program.refresh(second["refresh_token"]).json()
    with denied(place, "token.reused"):
        assert_invalid(program.refresh(tokens["refresh_token"]))
    assert_dead(place, program, third)


def test_decision_2_within_the_grace_the_same_pair(place, program, tokens):
    first = program.refresh(tokens["refresh_token"]).json()
    with denied(place, "token.raced"):
        again = program.refresh(tokens["refresh_token"]).json()
    assert first["access_token"] == again["access_token"]
    assert first["refresh_token"] == again["refresh_token"]
    assert program.refresh(first["refresh_token"]).status_code == 200


def test_tk_041_a_revoked_token_within_the_grace(place, program, tokens):
    successor = program.refresh(tokens["refresh_token"]).json()
    assert program.revoke(successor["refresh_token"]).status_code == 200
    for dead in (tokens, successor):
        with denied(place, "token.denied", "refresh_token revoked"):
            assert_invalid(program.refresh(dead["refresh_token"]))
    assert introspect(place, successor["access_token"]) == {"active": False}


@pytest.mark.parametrize("what", ["idle", "family", "grant"])
def test_tk_042_past_its_end_but_not_swept_yet(place, program, what):
    person = make_person(place)
    tokens = program.connect(person)
    age(place, **{what: 1})
    with denied(place, "token.denied", "refresh_token expired"):
        assert_invalid(program.refresh(tokens["refresh_token"]))
    assert events(place)[-1].user_id == person.user.id


@pytest.mark.parametrize("value", ["rt_", "x", "rt_" + "A" * 43, "ac_x", "😀", "a.b.c", "x" * 10_000])
def test_no_refresh_token_at_all(place, program, value):
    with denied(place, "token.denied", "refresh_token unknown"):
        assert_invalid(program.refresh(value))


def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(place, program, tokens):
    assert_invalid(program.refresh(tokens["access_token"]))
    assert introspect(place, tokens["refresh_token"]) == {"active": False}
