"""Calling one of our SQL functions: one statement, which in autocommit is its own transaction and the cheapest there is."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import namedtuple_row


def call_function(statement: str, parameters: Sequence[Any]) -> Any:
    """The one row that a function returns, by the names of its columns.

    Bound by the server and prepared, past Django's cursor (which interpolates in the client). The function sets
    `app.tenant` itself, as its first act. Raises django.db.Error.
    """
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors, psycopg.Cursor(raw, row_factory=namedtuple_row) as cursor:
        cursor.execute(statement, parameters, prepare=True)
        return cursor.fetchone()
