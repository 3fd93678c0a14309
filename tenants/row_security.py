"""The wall, as a migration operation: `operations = [protect("clients_client", {"owner_id": Reference("users_user")})]`.

`protect` gives a table all that DESIGN asks of a tenant-owned one: the column, forced row security with one policy for
reading and writing, `tenant_id` at the head of every key and index, and composite foreign keys. It works on our own
tables and on those of Django and allauth alike.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

TENANT = "nullif(current_setting('app.tenant', true), '')::uuid"


class Reference(NamedTuple):
    """What a column points at. Columns in `along` must be the same in both rows: one look-up proves them too."""

    table: str
    on_delete: str = "CASCADE"
    along: tuple[str, ...] = ()


def protect(
    table: str, references: Mapping[str, Reference] | None = None, *, tenant_key: bool = True
) -> RunPython:
    """`references` maps a column to what it points at.

    `tenant_key=False` leaves out the key to `tenants_tenant`: on hot tables its check would take a lock on the one
    row that every request of the tenant shares, and the other composite keys prove the tenant already.
    """
    return RunPython(
        partial(_protect, table=table, references=references or {}, tenant_key=tenant_key), RunPython.noop
    )


def _protect(
    apps: Any,  # noqa: ARG001 (RunPython's signature)
    schema_editor: BaseDatabaseSchemaEditor,
    *,
    table: str,
    references: Mapping[str, Reference],
    tenant_key: bool,
) -> None:
    run = schema_editor.execute
    rows = partial(_rows, schema_editor)
    run(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS tenant_id uuid NOT NULL DEFAULT {TENANT}")
    _lead_with_tenant(run, rows, table)
    if tenant_key:
        run(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_tenant FOREIGN KEY (tenant_id) REFERENCES tenants_tenant (id)"
        )
    for column, target in references.items():
        for (name,) in rows(_FOREIGN_KEYS, [table, column]):
            run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        run(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_in_tenant "
            f"FOREIGN KEY ({', '.join(('tenant_id', column, *target.along))}) "
            f"REFERENCES {target.table} ({', '.join(('tenant_id', 'id', *target.along))}) ON DELETE {target.on_delete}"
        )
    run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    run(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    run(f"CREATE POLICY in_tenant ON {table} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")


def _lead_with_tenant(run: Any, rows: Any, table: str) -> None:
    """Remake every key and index of the table that does not begin with `tenant_id`, under its old name."""
    for name, definition in rows(_KEYS, [table]):
        # CASCADE drops plain foreign keys to this table; `protect` of the referring table adds the composite ones.
        run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
        run(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition.replace("(", "(tenant_id, ", 1)}')
    for name, definition in rows(_INDEXES, [table]):
        run(f'DROP INDEX "{name}"')
        run(definition.replace("(", "(tenant_id, ", 1))


def _rows(schema_editor: BaseDatabaseSchemaEditor, sql: str, params: list[str]) -> list[tuple[Any, ...]]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


_FIRST = "(SELECT attname FROM pg_attribute WHERE attrelid = {relation} AND attnum = {column})"
_KEYS = f"""
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype IN ('p', 'u')
      AND {_FIRST.format(relation="conrelid", column="conkey[1]")} <> 'tenant_id'"""
_INDEXES = f"""
    SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = %s::regclass
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
      AND coalesce({_FIRST.format(relation="i.indrelid", column="i.indkey[0]")}, '') <> 'tenant_id'"""
_FOREIGN_KEYS = """
    SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f' AND conkey = ARRAY[
      (SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = %s)]"""
