"""Django's own connection, spoken to directly: one connection, one transaction.

Hot statements go through a plain psycopg cursor with server-side parameters and prepared statements; Django's cursor
binds on the client, which costs a plan at every call. Parameters are written `%(name)s` (a mapping) or `%s` (a
sequence) and turned once into the server's own `$1`: psycopg would read the longer statements again at every call.
"""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from django.db import connection
from psycopg.types.array import ListBinaryDumper

Parameters = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]
Answer = TypeVar("Answer")


class BinaryArray(list[Any]):
    """A list sent in PostgreSQL's binary form: bytes in it are neither doubled to hexadecimal nor escaped."""


psycopg.adapters.register_dumper(BinaryArray, ListBinaryDumper)

_PLACE = re.compile(r"%(?:\((\w+)\))?s")


@lru_cache(maxsize=512)
def _compiled(statement: str) -> tuple[str, tuple[str, ...]]:
    """A statement with `$n` places, and the names they stand for (none for a sequence)."""
    names: dict[str, int] = {}
    count = 0

    def number(match: re.Match[str]) -> str:
        nonlocal count
        name = match.group(1)
        if name is None:
            count += 1
            return f"${count}"
        return f"${names.setdefault(name, len(names) + 1)}"

    return _PLACE.sub(number, statement), tuple(names)


def _run(statement: str, parameters: Parameters, answer: Callable[[psycopg.Cursor[Row]], Answer]) -> Answer:
    text, names = _compiled(statement)
    values = [parameters[name] for name in names] if isinstance(parameters, Mapping) else parameters
    connection.ensure_connection()
    inner: psycopg.Connection[Row] = connection.connection
    try:
        with psycopg.RawCursor(inner) as cursor:
            cursor.execute(text, values, prepare=True)
            return answer(cursor)
    except psycopg.OperationalError:
        if inner.closed:
            # The server went away: Django learns it here, and the next request opens another connection.
            connection.close()
        raise


def forget_dead_connection(**_: object) -> None:
    """Close the kept connection if the server has gone.

    Looks at the socket, which costs no exchange: between two requests, or jobs, a server that lives sends nothing.
    """
    inner = connection.connection
    if inner is None or connection.in_atomic_block:
        return
    if not inner.closed:
        look = select.poll()
        look.register(inner.fileno(), select.POLLIN)
        if not look.poll(0):
            return
    connection.close()


def rows(statement: str, parameters: Parameters = ()) -> list[Row]:
    """Run one statement and return all its rows."""
    return _run(statement, parameters, lambda cursor: cursor.fetchall())


def row(statement: str, parameters: Parameters = ()) -> Row | None:
    """Run one statement and return its first row, None when there is none."""
    return _run(statement, parameters, lambda cursor: cursor.fetchone())


def stream(statement: str) -> Iterator[Row]:
    """Run one statement inside the caller's transaction and give its rows as they come, however many."""
    connection.ensure_connection()
    inner: psycopg.Connection[Row] = connection.connection
    with inner.cursor(name="carnet_stream") as cursor:
        cursor.itersize = 5000
        cursor.execute(statement)
        yield from cursor


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run one statement and return the number of rows it touched."""
    return _run(statement, parameters, lambda cursor: cursor.rowcount)
