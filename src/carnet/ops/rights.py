"""Which account of the database a process uses, and what that account may do.

The owner of the tables migrates them, and runs the operator's commands. What serves people and machines reads and
writes rows, but may neither change what the journal holds nor forge its seals; the sealer reads the journal and writes
its seals, and sees nothing else. A server elsewhere may know the owner alone: then everybody is the owner.
"""

from __future__ import annotations

from django.conf import settings
from django.db import connection, connections, transaction
from psycopg import sql

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
    """Whether the service and the sealer have accounts of their own."""
    return str(settings.DATABASES["default"]["USER"]) not in (_account("service"), _account("sealer"))


def grant() -> None:
    """Gives both accounts their rights on the tables of this version, all of them anew; the owner does it."""
    if not separate():
        return
    service, sealer = _account("service"), _account("sealer")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TABLES)
        tables = {name for (name,) in cursor.fetchall()}
        cursor.execute(_PARTITIONS)
        partitions = [name for (name,) in cursor.fetchall()]
        for name in (service, sealer):
            cursor.execute(_statement("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", name))
            cursor.execute(_statement("GRANT USAGE ON SCHEMA public TO {role}", name))
        for table in sorted(tables):
            verbs = _of_service(table)
            cursor.execute(_statement(f"GRANT {verbs} ON {{table}} TO {{role}}", service, table))
        for table in partitions:
            cursor.execute(_statement("REVOKE ALL ON {table} FROM {role}", service, table))
        cursor.execute(_statement("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}", service))
        for function in journal.FUNCTIONS_OF_SERVICE:
            cursor.execute(_statement(f"GRANT EXECUTE ON FUNCTION {function} TO {{role}}", service))
        for table in journal.APPENDED + journal.SEALED:
            verbs = "SELECT, INSERT" if table in journal.SEALED else "SELECT"
            cursor.execute(_statement(f"GRANT {verbs} ON {{table}} TO {{role}}", sealer, table))


def _of_service(table: str) -> str:
    if table in journal.APPENDED:
        return "SELECT, INSERT"
    if table in journal.SEALED + journal.BROUGHT + _OWNERS:
        return "SELECT"
    return "SELECT, INSERT, UPDATE, DELETE"


def _account(use: str) -> str:
    return str(settings.CARNET_DATABASE_USES[use]["USER"])


def _statement(text: str, role: str, table: str = "") -> sql.Composed:
    return sql.SQL(text).format(role=sql.Identifier(role), table=sql.Identifier("public", table))
