"""Which account of the database a process uses, and what that account may do.

The owner of the tables migrates them, and runs the operator's commands. What serves people and machines reads and
writes rows, but may neither change what the journal holds nor forge its seals; the sealer reads the journal and writes
its seals, and sees nothing else. A server elsewhere may know the owner alone: then everybody is the owner.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import connection, connections, transaction
from psycopg import sql

from carnet.kernel import database
from carnet.record.journal import api as journal

_TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
# Rows reach a partition by its parent, whose rights are those that count.
_PARTITIONS = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relispartition
"""
# Written by the owner only.
_OWNERS = ("django_migrations",)


def take(use: str) -> None:
    """Uses the database as one of `CARNET_DATABASE_USES` does: before the first connection, which each thread makes."""
    connections.settings["default"].update(settings.CARNET_DATABASE_USES[use])


def separate() -> bool:
    """Whether the service and the sealer both have accounts of their own."""
    return _account("service") != _owner() != _account("sealer")


def grant() -> None:
    """Gives each account that is not the owner its rights on the tables of this version, all of them anew.

    The owner does it.
    """
    rights = {"service": _service_rights, "sealer": _sealer_rights}
    with transaction.atomic(), connection.cursor() as cursor:
        for use, statements in rights.items():
            role = _account(use)
            if role == _owner():
                continue
            cursor.execute(_statement("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", role))
            cursor.execute(_statement("GRANT USAGE ON SCHEMA public TO {role}", role))
            for statement in statements(role):
                cursor.execute(statement)


def _service_rights(role: str) -> Iterator[sql.Composed]:
    for (table,) in database.rows(_TABLES):
        yield _statement(f"GRANT {_of_service(table)} ON {{table}} TO {{role}}", role, table)
    for (table,) in database.rows(_PARTITIONS):
        yield _statement("REVOKE ALL ON {table} FROM {role}", role, table)
    yield _statement("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}", role)
    for function in journal.FUNCTIONS_OF_SERVICE:
        yield _statement(f"GRANT EXECUTE ON FUNCTION {function} TO {{role}}", role)


def _sealer_rights(role: str) -> Iterator[sql.Composed]:
    for table in journal.APPENDED + journal.SEALED:
        verbs = "SELECT, INSERT" if table in journal.SEALED else "SELECT"
        yield _statement(f"GRANT {verbs} ON {{table}} TO {{role}}", role, table)


def _of_service(table: str) -> str:
    if table in journal.APPENDED:
        return "SELECT, INSERT"
    if table in journal.SEALED + journal.BROUGHT + _OWNERS:
        return "SELECT"
    return "SELECT, INSERT, UPDATE, DELETE"


def _account(use: str) -> str:
    return str(settings.CARNET_DATABASE_USES[use]["USER"])


def _owner() -> str:
    return str(settings.DATABASES["default"]["USER"])


def _statement(text: str, role: str, table: str = "") -> sql.Composed:
    return sql.SQL(text).format(role=sql.Identifier(role), table=sql.Identifier("public", table))
