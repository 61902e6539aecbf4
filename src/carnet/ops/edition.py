"""Which edition of the code prepared this database: lets a start that changes nothing skip the preparation.

The mark is a comment on the database itself, so it cannot tell of another one; a dump does not carry it.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import sql

import carnet

# Their migrations are part of our schema.
_LIBRARIES = ("django", "django-allauth", "procrastinate")
_FOLDERS = ("**/migrations", "ops/demo", "record/terminology/lists")
_RIGHTS = ("ops/rights.py", "record/journal/rules.py")


def mark() -> str:
    """A digest of what the preparation depends on: migrations, demonstration, code lists, rights, home, mode."""
    digest = hashlib.sha256(f"{settings.CARNET_HOME}\n{settings.CARNET_MODE}\n".encode())
    digest.update("\n".join(str(use["USER"]) for use in settings.CARNET_DATABASE_USES.values()).encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    root = Path(carnet.__file__).parent
    files = {file for pattern in _FOLDERS for file in root.glob(f"{pattern}/**/*") if file.suffix in (".py", ".csv")}
    files |= {root / one for one in _RIGHTS}
    for file in sorted(files):
        state = file.stat()
        digest.update(f"{file.relative_to(root)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def is_prepared() -> bool:
    """Whether the database carries the mark of this code, and the home what the preparation leaves there."""
    if settings.CARNET_MODE == "demo" and not (settings.CARNET_HOME / "demo" / "identities.json").exists():
        return False
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    try:
        with _connect() as connection:
            row = connection.execute(query).fetchone()
    except psycopg.Error:
        return False  # the preparation meets the same trouble and says so
    return row is not None and row[0] == mark()


def set_prepared() -> None:
    """Leaves the mark; a role that may not comment prepares at each start."""
    try:
        with _connect() as connection:
            name = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(mark())))
    except psycopg.errors.InsufficientPrivilege:
        return


def _connect() -> psycopg.Connection:
    database = settings.DATABASES["default"]
    options = {name: value for name, value in database["OPTIONS"].items() if name not in ("pool", "options")}
    return psycopg.connect(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        port=database["PORT"],
        connect_timeout=5,
        autocommit=True,
        **options,
    )
