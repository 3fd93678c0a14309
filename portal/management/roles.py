"""Makes the roles and databases: an owner for migrations, an application role that owns nothing, and the broker's own.

Row security does not bind superusers and owners that are not forced, so neither web nor worker is ever one of them.
"""

from collections.abc import Mapping

import psycopg
from pgmq.install import install_pgmq_from_sql
from psycopg import sql

OWNER, APP, BROKER = "portico_owner", "portico_app", "portico_broker"


def set_roles(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Make the three roles, or give those that exist today's passwords and nothing more."""
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    for role, password in passwords.items():
        # Hashed on our side, so that no password stands in the server's log of a failed statement.
        digest = connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        ).decode()
        connection.execute(
            sql.SQL(
                "{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {password}"
            ).format(
                verb=sql.SQL("ALTER" if role in known else "CREATE"),
                role=sql.Identifier(role),
                password=sql.Literal(digest),
            )
        )
    for database in ("postgres", "template1"):
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))


def make_database(
    connection: psycopg.Connection,
    *,
    name: str,
    owner: str,
    guest: str | None = None,
    template: str = "template0",
) -> None:
    """Make a database that its owner and the guest can enter and nobody else; one that exists is kept."""
    names = {
        "name": sql.Identifier(name),
        "owner": sql.Identifier(owner),
        "template": sql.Identifier(template),
    }
    exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not exists:
        connection.execute(
            sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}").format(**names)
        )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {name} FROM PUBLIC").format(**names))
    if guest:
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {name} TO {guest}").format(
                guest=sql.Identifier(guest), **names
            )
        )


def drop_database(connection: psycopg.Connection, *, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def close_schema(owner_url: str) -> None:
    """The public schema is the owner's; the application may use what it is granted there, and create nothing."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(APP)))


def install_queue(broker_url: str) -> None:
    """Install pgmq as plain SQL, owned by the broker's role: no extension, and no superuser, is needed."""
    with psycopg.connect(broker_url) as connection:
        if connection.execute("SELECT to_regnamespace('pgmq')").fetchone() == (None,):
            install_pgmq_from_sql(conn=connection)
