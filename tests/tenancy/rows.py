"""A row in every table of a tenant, made from the database's own description: a new table needs nothing here."""

import secrets
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tenants.models import Tenant
from tests.database import as_owner

SHARED = {
    "django_content_type": "names of models, the same for all",
    "auth_permission": "Django's, not used: roles decide",
    "auth_group": "Django's, not used: roles decide",
    "auth_group_permissions": "Django's, not used: roles decide",
    "django_migrations": "what the owner has done",
}
"""The tables that belong to no tenant: the web's role may read them, and nothing else."""

COLUMNS = """
    SELECT attname, typname, atttypmod - 4, NOT attnotnull OR atthasdef OR attidentity <> ''
    FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"""

KEYS = """
    SELECT c.conname, c.conrelid::regclass::text, c.confrelid::regclass::text,
        ARRAY(SELECT attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, i)
              JOIN pg_attribute ON attrelid = c.conrelid AND attnum = n ORDER BY i),
        ARRAY(SELECT attname::text FROM unnest(c.confkey) WITH ORDINALITY k(n, i)
              JOIN pg_attribute ON attrelid = c.confrelid AND attnum = n ORDER BY i)
    FROM pg_constraint c WHERE c.contype = 'f' ORDER BY 2, 1"""

Row = dict[str, Any]


@cache
def owned_tables() -> list[str]:
    with as_owner() as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1"
        ).fetchall()
    return [name for (name,) in found if name not in SHARED and name != "tenants_tenant"]


@cache
def foreign_keys() -> list[tuple[str, str, str, list[str], list[str]]]:
    """Name, table, table pointed at, columns, columns pointed at."""
    with as_owner() as connection:
        return connection.execute(KEYS).fetchall()


def furnish(tenant: Tenant) -> dict[str, Row]:
    """One row of the tenant in every table, each pointing at the others; by table."""
    made: dict[str, Row] = {}
    waiting = list(owned_tables())
    with as_owner(tenant) as connection:
        while waiting:
            table = next(t for t in waiting if _parents(t) <= {*made, t})
            waiting.remove(table)
            insert(connection, table, {**new_row(connection, table), **_pointers(table, made)})
            cursor = connection.execute(f"SELECT * FROM {table} ORDER BY ctid DESC LIMIT 1")
            names = [column.name for column in cursor.description or ()]
            made[table] = dict(zip(names, cursor.fetchone() or (), strict=True))
    return made


def new_row(connection: psycopg.Connection, table: str) -> Row:
    """A value for each column that must have one; keys to other rows are still missing sense."""
    return {
        name: _value(kind, length)
        for name, kind, length, optional in connection.execute(COLUMNS, [table]).fetchall()
        if not optional
    }


def insert(connection: psycopg.Connection, table: str, row: Row) -> None:
    """Plainly: RETURNING would ask the policy for reading too, and hide what the one for writing lets through."""
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join([sql.Placeholder()] * len(row)),
    )
    connection.execute(statement, list(row.values()))


def _parents(table: str) -> set[str]:
    return {to for _, of, to, _, _ in foreign_keys() if of == table} - {*SHARED, "tenants_tenant"}


def _pointers(table: str, made: dict[str, Row]) -> Row:
    pointers: Row = {}
    for _, of, to, columns, targets in foreign_keys():
        if of == table and to in made:
            pointers |= {c: made[to][t] for c, t in zip(columns, targets, strict=True) if c != "tenant_id"}
    return pointers


def _value(kind: str, length: int) -> Any:
    values: dict[str, Any] = {
        "uuid": uuid4(),
        "bool": False,
        "int2": 1,
        "int4": 1,
        "int8": secrets.randbelow(2**31),
        "timestamptz": datetime.now(UTC),
        "jsonb": Jsonb({}),
        "bytea": secrets.token_bytes(16),
        "inet": "127.0.0.1",
    }
    if kind.startswith("_"):
        return []
    if kind in values:
        return values[kind]
    text = "x" + secrets.token_hex(16)
    return text[:length] if length > 0 else text


def key_of(row: Row) -> tuple[str, UUID | int | str]:
    """The column that tells a row apart inside its tenant, and its value."""
    name = next(name for name in ("id", "session_key", "cache_key") if name in row)
    return name, row[name]
