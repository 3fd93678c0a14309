"""The wall, read from the database's own description of itself: each table, each key, each policy."""

import pytest
from django.apps import apps
from django.conf import settings

from tenants.models import TenantOwned
from tests.database import as_owner, as_web, column, tables
from tests.tenancy.rows import SHARED, foreign_keys, owned_tables

TENANT = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)"
THIRD_PARTY = {"account", "usersessions", "admin", "sessions", "auth", "contenttypes"}

# Other people's apps add a plain key to users when they are installed, which needs this to point at. Row security's
# migration then makes that key composite. Ids are random, so a collision across tenants tells nobody anything.
NOT_LED_BY_TENANT = {"users_user_id"}
# Below a grant the rows are proved by the grant's own key; an event points at nothing, so that it outlives all of it.
WITHOUT_KEY_TO_TENANT = {
    "grants_tokenfamily",
    "grants_authorizationcode",
    "grants_refreshtoken",
    "audit_auditevent",
}


@pytest.fixture(params=owned_tables())
def table(request):
    return request.param


def test_every_model_of_ours_is_owned_by_a_tenant():
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in THIRD_PARTY and model._meta.db_table != "tenants_tenant":
            assert issubclass(model, TenantOwned), model


def test_every_table_is_owned_or_shared_on_purpose():
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with as_owner() as connection:
        found = set(tables(connection))
        owned = column(
            connection,
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id'",
        )
    assert known <= found
    assert found - set(owned) == {*SHARED, "tenants_tenant"}


def test_row_names_its_tenant_by_itself(table):
    with as_owner() as connection:
        nullable, default = connection.execute(
            "SELECT is_nullable, column_default FROM information_schema.columns WHERE table_name = %s AND column_name = 'tenant_id'",
            [table],
        ).fetchone()
    assert nullable == "NO"
    assert default == TENANT.removeprefix("(tenant_id = ").removesuffix(")")


def test_table_is_forced_behind_one_policy_for_reading_and_writing(table):
    with as_owner() as connection:
        enabled, forced = connection.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table]
        ).fetchone()
        policies = connection.execute(
            "SELECT permissive, roles::text[], cmd, qual, with_check FROM pg_policies WHERE tablename = %s",
            [table],
        ).fetchall()
    assert (enabled, forced) == (True, True)
    assert policies == [("PERMISSIVE", ["public"], "ALL", TENANT, TENANT)]


def test_tenants_are_behind_policies_of_their_own():
    with as_owner() as connection:
        enabled, forced = connection.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'tenants_tenant'"
        ).fetchone()
        policies = connection.execute(
            "SELECT policyname, cmd, roles::text[] FROM pg_policies WHERE tablename = 'tenants_tenant' ORDER BY 1"
        ).fetchall()
        owner = connection.info.user
    assert (enabled, forced) == (True, True)
    assert policies == [
        ("itself", "SELECT", ["public"]),
        ("itself_change", "UPDATE", ["public"]),
        ("owner", "ALL", [owner]),
        ("root", "ALL", ["public"]),
    ]


def test_every_key_and_index_begins_with_the_tenant(table):
    with as_owner() as connection:
        indexes = connection.execute(
            """SELECT c.relname, (SELECT attname FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[0])
               FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = %s::regclass""",
            [table],
        ).fetchall()
    assert indexes
    assert {name for name, first in indexes if first != "tenant_id"} <= NOT_LED_BY_TENANT


def test_every_foreign_key_stays_inside_the_tenant(table):
    for name, of, to, columns, targets in foreign_keys():
        if of == table and to not in SHARED:
            assert columns[0] == "tenant_id", name
            assert targets[0] == ("id" if to == "tenants_tenant" else "tenant_id"), name


def test_every_relation_of_a_model_is_a_foreign_key_of_the_database():
    held = {(of, name) for _, of, _, columns, _ in foreign_keys() for name in columns}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        for field in model._meta.concrete_fields:
            if field.is_relation and not (field.name == "tenant" and table in WITHOUT_KEY_TO_TENANT):
                assert (table, field.column) in held, field


def test_the_webs_role_is_nobody_special():
    with as_web() as connection:
        role = connection.info.user
        powers = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = %s",
            [role],
        ).fetchone()
        assert role == settings.DATABASE_APP_ROLE
        assert powers == (False,) * 5
        owned = column(
            connection, "SELECT objid FROM pg_shdepend WHERE refobjid = %s::regrole AND deptype = 'o'", role
        )
        assert owned == []
        member_of = column(
            connection, "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", role
        )
        assert member_of == []
        assert (
            column(connection, "SELECT nspname FROM pg_namespace WHERE has_schema_privilege(oid, 'CREATE')")
            == []
        )
        rights = connection.execute(
            "SELECT has_database_privilege(current_database(), 'CREATE'), has_database_privilege(current_database(), 'TEMPORARY')"
        ).fetchone()
        assert rights == (False, False)


def test_shared_tables_can_only_be_read():
    with as_web() as connection:
        for table in SHARED:
            rights = column(
                connection,
                "SELECT p FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']) p WHERE has_table_privilege(%s, p)",
                table,
            )
            assert rights == ["SELECT"], table


def test_owned_tables_can_be_read_and_written_and_nothing_more(table):
    append_only = {"audit_auditevent"}
    with as_web() as connection:
        rights = column(
            connection,
            "SELECT p FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']) p WHERE has_table_privilege(%s, p)",
            table,
        )
    assert rights == (
        ["SELECT", "INSERT"] if table in append_only else ["SELECT", "INSERT", "UPDATE", "DELETE"]
    )


def test_one_function_alone_passes_over_the_wall():
    """Whatever runs as the owner must not look up names where the web's role could put some."""
    with as_owner() as connection:
        definers = connection.execute(
            "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        ).fetchall()
        views = column(
            connection,
            "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace",
        )
    assert definers == [("tenant_at", ["search_path=public, pg_temp"])]
    assert views == []
