"""Row security itself, with no manager and no view before it: SQL as the web's role, table by table."""

import psycopg
import pytest
from psycopg import errors

from tenants.models import Tenant
from tests.database import as_owner, as_web, column
from tests.places import open_place
from tests.tenancy.rows import foreign_keys, furnish, insert, key_of, new_row, owned_tables

APPEND_ONLY = {"audit_auditevent"}
REFUSED = (errors.InsufficientPrivilege, errors.NotNullViolation)


@pytest.fixture(scope="module")
def tenants() -> tuple[Tenant, Tenant]:
    return open_place().tenant, open_place().tenant


@pytest.fixture(scope="module")
def rows(tenants):
    """One row of each tenant in every table."""
    return [furnish(tenant) for tenant in tenants]


@pytest.fixture(params=owned_tables())
def table(request):
    return request.param


def count(connection: psycopg.Connection, table: str) -> object:
    return column(connection, f"SELECT count(*) FROM {table}")[0]


def test_sees_nothing_without_a_tenant(table, rows):
    with as_web() as connection:
        assert count(connection, table) == 0


def test_writes_nothing_without_a_tenant(table, rows, tenants):
    for extra in ({}, {"tenant_id": tenants[0].id}):
        with as_web() as connection:
            row = {**new_row(connection, table), **extra}
            with pytest.raises(REFUSED):
                insert(connection, table, row)
    touch_nothing(None, table, rows[0][table])


def test_sees_its_own_and_nothing_of_another(table, rows, tenants):
    ours, theirs = (row[table] for row in rows)
    with as_web(tenants[0]) as connection:
        assert set(column(connection, f"SELECT DISTINCT tenant_id FROM {table}")) == {tenants[0].id}
        name, value = key_of(theirs)
        assert column(connection, f"SELECT tenant_id FROM {table} WHERE {name} = %s", value) == []
        name, value = key_of(ours)
        assert column(connection, f"SELECT tenant_id FROM {table} WHERE {name} = %s", value) == [
            tenants[0].id
        ]


def test_writes_no_row_of_another(table, rows, tenants):
    theirs = rows[1][table]
    touch_nothing(tenants[0], table, theirs)
    with as_web(tenants[0]) as connection, pytest.raises(errors.InsufficientPrivilege):
        insert(connection, table, {**new_row(connection, table), "tenant_id": tenants[1].id})


def test_gives_no_row_of_its_own_away(table, rows, tenants):
    name, value = key_of(rows[0][table])
    with as_web(tenants[0]) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(f"UPDATE {table} SET tenant_id = %s WHERE {name} = %s", [tenants[1].id, value])


def touch_nothing(tenant: Tenant | None, table: str, row: dict) -> None:
    name, value = key_of(row)
    for statement in (
        f"UPDATE {table} SET {name} = {name} WHERE {name} = %s",
        f"DELETE FROM {table} WHERE {name} = %s",
    ):
        with as_web(tenant) as connection:
            if table in APPEND_ONLY:
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(statement, [value])
            else:
                assert connection.execute(statement, [value]).rowcount == 0, statement


@pytest.mark.parametrize(
    "key", [key for key in foreign_keys() if {key[1], key[2]} <= set(owned_tables())], ids=lambda key: key[0]
)
def test_database_refuses_to_point_at_a_row_of_another(key, rows, tenants):
    """A plain foreign key would accept it: referential checks pass over row security."""
    _, table, to, columns, targets = key
    pointers = {c: rows[0][table][c] for _, of, _, cs, _ in foreign_keys() if of == table for c in cs}
    foreign = dict(zip(columns, (rows[1][to][target] for target in targets), strict=True))
    for name, value in foreign.items():
        if name == "tenant_id":
            continue
        with as_web(tenants[0]) as connection:
            row = {**new_row(connection, table), **pointers}
            connection.execute(f"DELETE FROM {table}")
            insert(connection, table, row)  # with its own rows it stands
            connection.execute(f"DELETE FROM {table}")
            with pytest.raises(errors.ForeignKeyViolation):
                insert(connection, table, {**row, name: value})


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_auditevent SET reason = 'x'", "DELETE FROM audit_auditevent", "TRUNCATE audit_auditevent"],
)
def test_nobody_rewrites_the_trail(statement, rows, tenants):
    with as_web(tenants[0]) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE users_user DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE users_user NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY in_tenant ON users_user",
        "CREATE POLICY open ON users_user USING (true)",
        "TRUNCATE users_user CASCADE",
        "SET ROLE portico_owner",
        "SET SESSION AUTHORIZATION portico_owner",
        "SET session_replication_role = replica",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "SET row_security = off; SELECT * FROM users_user",
        "COPY users_user TO PROGRAM 'cat'",
        "INSERT INTO django_content_type (app_label, model) VALUES ('x', 'x')",
        "UPDATE auth_group SET name = 'x'",
        "DELETE FROM django_migrations",
    ],
)
def test_wall_cannot_be_taken_down_from_inside(statement, tenants):
    with as_web(tenants[0]) as connection, pytest.raises(psycopg.ProgrammingError) as refusal:
        connection.execute(statement)
    assert isinstance(refusal.value, errors.InsufficientPrivilege), refusal.value


@pytest.mark.parametrize("value", ["x", "'", "00000000-0000-4000-8000-00000000000", "*", "%"])
def test_tenant_that_is_no_identifier_opens_nothing(value, rows):
    with as_web() as connection:
        connection.execute("SELECT set_config('app.tenant', %s, true)", [value])
        with pytest.raises(errors.InvalidTextRepresentation):
            count(connection, "users_user")


def test_setting_ends_with_its_transaction(tenants, rows):
    with as_web(tenants[0]) as connection:
        assert count(connection, "users_user")
        connection.commit()
        assert column(connection, "SELECT current_setting('app.tenant', true)") == [""]
        assert count(connection, "users_user") == 0


def test_tenant_sees_and_changes_itself_alone_among_tenants(tenants):
    ours, theirs = tenants
    with as_web(ours) as connection:
        assert column(connection, "SELECT id FROM tenants_tenant") == [ours.id]
        changed = connection.execute("UPDATE tenants_tenant SET accent = '#000000'").rowcount
        assert changed == 1
        assert connection.execute("DELETE FROM tenants_tenant").rowcount == 0
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("UPDATE tenants_tenant SET id = %s", [theirs.id])
    with as_web(ours) as connection, pytest.raises(errors.InsufficientPrivilege):
        insert(connection, "tenants_tenant", new_row(connection, "tenants_tenant"))
    with as_web() as connection:
        assert count(connection, "tenants_tenant") == 0
        assert connection.execute("UPDATE tenants_tenant SET accent = '#000000'").rowcount == 0


def test_tenant_cannot_take_anothers_place(tenants):
    ours, theirs = tenants
    for name in ("slug", "issuer", "mount"):
        with as_web(ours) as connection, pytest.raises(errors.UniqueViolation):
            connection.execute(f"UPDATE tenants_tenant SET {name} = %s", [getattr(theirs, name)])


def test_root_tenant_sees_all_tenants_and_no_rows_in_them(tenants, rows, table):
    from tenants.models import ROOT_ID

    with as_web(Tenant(id=ROOT_ID)) as connection:
        assert {t.id for t in tenants} <= set(column(connection, "SELECT id FROM tenants_tenant"))
        assert set(column(connection, f"SELECT tenant_id FROM {table}")) <= {ROOT_ID}


def test_mount_is_asked_exactly(tenants):
    ours, theirs = tenants
    with as_web() as connection:

        def found(mount: str | None) -> list[object]:
            return column(connection, "SELECT id FROM tenant_at(%s)", mount)

        assert found(ours.mount) == [ours.id]
        assert found(theirs.mount) == [theirs.id]
        near = (
            "",
            "%",
            "_",
            ours.mount[:-1],
            ours.mount + "/",
            ours.mount.upper(),
            "%" + ours.slug,
            " " + ours.mount,
            None,
        )
        for mount in near:
            assert found(mount) == [], mount


def test_owner_is_walled_too(tenants, rows, table):
    """FORCE: a migration that forgets the tenant changes nothing by accident."""
    with as_owner() as connection:
        assert count(connection, table) == 0
    with as_owner(tenants[0]) as connection:
        assert set(column(connection, f"SELECT tenant_id FROM {table}")) == {tenants[0].id}
