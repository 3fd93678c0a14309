"""XT-007: many requests of two tenants at once, on few threads: each sees its own tenant and leaves nothing behind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import jwt
import pytest
from django.db import connection

from tenants.current import current_tenant_or_none
from tests.programs import introspect, open_web
from tests.tenancy.things import Household, settle

THREADS = 8
REQUESTS = 200


@pytest.fixture(scope="module")
def households() -> list[Household]:
    return [settle(), settle()]


@pytest.fixture(scope="module")
def threads():
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool
        together = threading.Barrier(THREADS)
        for _ in range(THREADS):
            pool.submit(lambda: (together.wait(10), connection.close()))


def left_behind() -> tuple[object, str]:
    """What a thread still holds of a tenant after its request: in Python, and in its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.tenant', true), '')")
        return current_tenant_or_none(), cursor.fetchone()[0]


def page(house: Household) -> None:
    answer = house.person.browser.get(f"{house.place.issuer}/account/email/")
    assert house.person.user.email in answer.text
    assert f'href="{house.place.tenant.prefix}/apps/"' in answer.text


def apps(house: Household) -> None:
    answer = house.person.browser.get(f"{house.place.issuer}/apps/{house.grant.id}/")
    assert answer.status_code == 200
    assert house.place.tenant.name in answer.text


def admin(house: Household) -> None:
    answer = house.person.browser.get(f"{house.place.issuer}/admin/clients/client/")
    assert house.desk.client_id in answer.text or str(house.grant.client_id) in answer.text


def failing_page(house: Household) -> None:
    answer = house.person.browser.get(f"{house.place.issuer}/apps/00000000-0000-4000-8000-000000000000/")
    assert answer.status_code == 404


def refresh(house: Household) -> None:
    answer = house.program.refresh(house.tokens["refresh_token"])
    assert answer.status_code == 200, answer.text
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert (claims["iss"], claims["sub"]) == (house.place.issuer, house.person.user.sub)


def introspection(house: Household) -> None:
    assert introspect(house.place, house.tokens["access_token"])["iss"] == house.place.issuer


def userinfo(house: Household) -> None:
    header = {"Authorization": f"Bearer {house.tokens['access_token']}"}
    assert (
        open_web().get(f"{house.place.issuer}/userinfo", headers=header).json()["sub"]
        == house.person.user.sub
    )


def refused(house: Household) -> None:
    assert house.program.redeem("ac_unknown").status_code == 400


def metadata(house: Household) -> None:
    document = open_web().get(f"{house.place.issuer}/.well-known/openid-configuration").json()
    assert document["issuer"] == house.place.issuer


VISITS = [page, refresh, apps, introspection, failing_page, userinfo, refused, admin, metadata]


def test_requests_of_two_tenants_never_mix(households, threads):
    visits = islice(zip(cycle(VISITS), cycle(households)), REQUESTS)

    def visit(pair) -> tuple[object, str]:
        what, house = pair
        what(house)
        return left_behind()

    left = list(threads.map(visit, visits))
    assert len(left) == REQUESTS
    assert set(left) == {(None, "")}


def test_trail_of_each_names_its_own_people_and_programs(households):
    """What all those requests wrote stands with whom it is about."""
    from tests.database import as_owner

    foreign = """SELECT count(*) FROM audit_auditevent e WHERE
        (user_id IS NOT NULL AND NOT EXISTS (SELECT FROM users_user u WHERE u.id = e.user_id))
        OR (grant_id IS NOT NULL AND NOT EXISTS (SELECT FROM grants_grant g WHERE g.id = e.grant_id))
        OR (client <> '' AND NOT EXISTS (SELECT FROM clients_client c WHERE c.client_id = e.client))"""
    for house in households:
        with as_owner(house.place.tenant) as raw:
            assert raw.execute("SELECT count(*) FROM audit_auditevent").fetchone()[0] > 5
            assert raw.execute(foreign).fetchone() == (0,)
