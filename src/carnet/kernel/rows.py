"""Rows of a record as values that another database of the same schema takes back, whatever their columns are.

A row is a mapping from column to JSON value (PostgreSQL's `to_jsonb`: bytes in hexadecimal, instants in ISO 8601).
Names of tables are the catalogue's own (`carnet.kernel.erasure.tables`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from carnet.kernel import database

Row = dict[str, Any]


def of(table: str, record_id: int, *, without: Sequence[str] = ()) -> list[Row]:
    """Every row of a record in a table, but some columns."""
    statement = f'SELECT (to_jsonb(t) - %s::text[])::text FROM "{table}" t WHERE record_id = %s'  # noqa: S608
    return [json.loads(text) for (text,) in database.rows(statement, (list(without), record_id))]


def put(table: str, rows: Sequence[Row]) -> int:
    """Write rows inside the caller's transaction; how many. Columns that the table has not are left out."""
    if not rows:
        return 0
    statement = f'INSERT INTO "{table}" SELECT * FROM jsonb_populate_recordset(NULL::"{table}", %s::jsonb)'  # noqa: S608
    return database.execute(statement, (json.dumps(rows),))
