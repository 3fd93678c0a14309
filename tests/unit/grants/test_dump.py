"""Whoever reads the whole database, and has none of our keys, can act as nobody."""

import base64
import re

import pytest
from django.contrib.sessions.models import Session

from tenants.current import transaction_of
from tests.database import as_owner, column, dump
from tests.people import PASSWORD
from tests.tenancy.things import Household, settle


@pytest.fixture(scope="module")
def busy() -> Household:
    """A tenant after a busy day: every kind of secret was given out, used, replaced and given back."""
    house = settle()
    used = house.program.connect(house.person)
    house.tokens |= {"second_" + name: str(value) for name, value in used.items()}
    renewed = house.program.refresh(used["refresh_token"]).json()
    house.tokens |= {"renewed_" + name: str(value) for name, value in renewed.items()}
    house.program.refresh(used["refresh_token"])
    house.program.revoke(renewed["access_token"])
    house.program.redeem("ac_wrong", code_verifier=house.program.verifier)
    house.desk.token(grant_type="refresh_token", refresh_token="rt_wrong")
    house.person.browser.get(f"{house.place.issuer}/account/login/")
    return house


def secrets_of(house: Household) -> dict[str, str]:
    things = {thing.name: thing.value for thing in house.things()}
    credentials = (
        "code",
        "session cookie",
        "password reset link",
        "email confirmation link",
        "client secret",
    )
    return {
        **{name: things[name] for name in credentials},
        **{name: value for name, value in house.tokens.items() if name.endswith("_token")},
        "password": PASSWORD,
        "resource server's secret": house.place.server_secret,
        "client's verifier": house.program.verifier,
    }


def written(value: str) -> set[str]:
    """The ways in which a column could hold it."""
    raw = value.encode()
    forms = {
        value,
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }
    unprefixed = re.sub(r"^(ac|rt)_", "", value)
    if re.fullmatch(r"[\w-]{43}", unprefixed):
        forms |= {unprefixed, base64.urlsafe_b64decode(unprefixed + "=").hex()}
    return forms


def whole(house: Household) -> str:
    """All of it, and sessions as far as anybody can read them."""
    rows = dump(house.place.tenant)
    with transaction_of(house.place.tenant):
        sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join([*(row for table in rows.values() for row in table), *sessions])


def test_dump_sees_what_it_looks_through(busy):
    """It has rows of all that was done, and would find what is there."""
    rows = dump(busy.place.tenant)
    filled = {table for table, found in rows.items() if found}
    assert {
        "grants_grant", "grants_tokenfamily", "grants_refreshtoken", "grants_authorizationcode", "grants_deniedtoken",
        "django_session", "users_user", "keys_signingkey", "clients_client", "audit_auditevent",
    } <= filled  # fmt: skip
    text = whole(busy)
    assert busy.person.user.email in text


def test_dump_holds_no_usable_secret(busy):
    text = whole(busy)
    for name, value in secrets_of(busy).items():
        for form in written(value):
            assert form not in text, name
        for part in value.split(".")[1:]:
            assert part not in text, (name, "a part of a token")


def test_dump_holds_no_private_key(busy):
    text = whole(busy)
    assert "PRIVATE KEY" not in text
    assert b"PRIVATE KEY".hex() not in text
    from portal.keys.sign import keyring

    for _, key in keyring(busy.place.tenant).private.values():
        numbers = key.private_numbers()
        secret = numbers.private_value if hasattr(numbers, "private_value") else numbers.d
        for form in (
            str(secret),
            f"{secret:x}",
            base64.urlsafe_b64encode(secret.to_bytes((secret.bit_length() + 7) // 8)).decode().rstrip("="),
        ):
            assert form not in text
        assert '"d":' not in text


def test_signed_values_need_our_key(busy):
    """The links that were mailed, and sessions, are proved with SECRET_KEY, which is not in the database."""
    from django.conf import settings

    text = whole(busy)
    for key in (settings.SECRET_KEY, *settings.PORTICO_KEYS):
        assert key not in text


def test_passwords_are_kept_as_slow_digests():
    from portal.settings import base

    assert base.PASSWORD_HASHERS == ["django.contrib.auth.hashers.ScryptPasswordHasher"]


def test_digests_are_as_long_as_they_should_be(busy):
    with as_owner(busy.place.tenant) as connection:
        for table in ("grants_refreshtoken", "grants_authorizationcode"):
            assert set(column(connection, f"SELECT length(digest) FROM {table}")) == {32}
        (digest,) = column(
            connection, "SELECT secret_digests[1] FROM clients_client WHERE secret_digests <> '{}'"
        )
        assert re.fullmatch(r"[0-9a-f]{64}", str(digest))
