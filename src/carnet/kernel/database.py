"""Django's own connection, spoken to directly: one connection, one transaction.

Hot statements go through a plain psycopg cursor with server-side parameters and prepared statements;
Django's cursor binds on the client, which costs a plan at every call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import tuple_row

Parameters = Sequence[Any] | dict[str, Any]


def _cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    connection.ensure_connection()
    inner: psycopg.Connection[tuple[Any, ...]] = connection.connection
    if inner.prepare_threshold is None:
        inner.prepare_threshold = 2
    return psycopg.Cursor(inner, row_factory=tuple_row)


def rows(statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Run one statement and return all its rows."""
    with _cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def row(statement: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
    """Run one statement and return its first row, None when there is none."""
    with _cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run one statement and return the number of rows it touched."""
    with _cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount
