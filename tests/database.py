"""PostgreSQL without Django between: as the web's role, and as the owner."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tenants.models import Tenant


@contextmanager
def as_web(tenant: Tenant | None = None) -> Iterator[psycopg.Connection]:
    """A transaction of the role that web and workers connect as, with the tenant set or none; rolled back."""
    with _transaction("DATABASE_URL", tenant) as connection:
        yield connection


@contextmanager
def as_owner(tenant: Tenant | None = None) -> Iterator[psycopg.Connection]:
    """A transaction of the owner, who may do all that row security lets rows be; committed."""
    with _transaction("DATABASE_OWNER_URL", tenant) as connection:
        yield connection
        connection.commit()


@contextmanager
def _transaction(url: str, tenant: Tenant | None) -> Iterator[psycopg.Connection]:
    connection = psycopg.connect(os.environ[url])
    try:
        if tenant is not None:
            connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant.id)])
        yield connection
    finally:
        connection.close()


def column(connection: psycopg.Connection, sql: str, *params: object) -> list[object]:
    """The first column of what a query returns."""
    return [row[0] for row in connection.execute(sql, params).fetchall()]


def tables(connection: psycopg.Connection) -> list[str]:
    return [
        str(name)
        for name in column(
            connection,
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1",
        )
    ]


def dump(tenant: Tenant) -> dict[str, list[str]]:
    """All that the database holds of a tenant, and all that belongs to none: every row of every table, as text."""
    with as_owner(tenant) as connection:
        return {
            table: sorted(str(row) for row in column(connection, f"SELECT t::text FROM {table} t"))
            for table in tables(connection)
        }
