"""pg_dump and pg_restore on the configured database, by the programs of its version; passwords by the environment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection

from carnet.ops import postgres

# Its rows are the wrapped keys: they are backed up apart, where an erasure reaches them.
WITHOUT_ROWS = "kernel_record_key"
# An unlogged table holds what may be lost: the exchanges of a demonstration, which an erasure could not reach there.
_LEFT_OUT = "--no-unlogged-table-data"
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'p' ORDER BY relname
"""


class DumpError(Exception):
    """A program of PostgreSQL is missing or failed; the message says why."""


def dump(file: Path, *, snapshot: str) -> None:
    """Write the database as one exported snapshot sees it, in pg_dump's custom format, without the records' keys."""
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}"]
    _run("pg_dump", [*options, _LEFT_OUT, f"--exclude-table-data=public.{WITHOUT_ROWS}"])


def dump_whole(file: Path) -> None:
    """Write the whole database, the records' keys included, while nobody else is connected."""
    _run("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", _LEFT_OUT, f"--file={file}"])


def restore(file: Path) -> None:
    """Bring a dump back, whole or not at all."""
    _run("pg_restore", ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(file)])


def counts() -> dict[str, int]:
    """The rows of every table that a dump keeps, as the caller's transaction sees them."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        names = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608 the catalogue's names
            found[name] = cursor.fetchone()[0]
    return found


def server_major() -> int:
    """The major version of the server."""
    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10000


def _run(program: str, options: list[str]) -> None:
    major = server_major()
    candidates = [one for one in postgres.programs("auto") if one.major >= major and (one.folder / program).exists()]
    if not candidates:
        raise DumpError(
            f"no {program} of PostgreSQL {major} or later was found. Install the client programs of that version "
            f"(Debian: apt install postgresql-client-{major})."
        )
    chosen = min(candidates, key=lambda one: one.major)
    database = settings.DATABASES["default"]
    # What Django's driver is told, and PostgreSQL's programs do not know.
    ours = ("pool", "options", "prepare_threshold")
    more = {name: value for name, value in database["OPTIONS"].items() if name not in ours}
    address = psycopg.conninfo.make_conninfo(
        host=database["HOST"], port=database["PORT"], user=database["USER"], dbname=database["NAME"], **more
    )
    result = subprocess.run(
        [str(chosen.folder / program), f"--dbname={address}", "--no-password", *options],
        env=postgres.environment() | {"PGPASSWORD": database["PASSWORD"]},
        stdin=subprocess.DEVNULL,
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        # Its complaint names tables and columns; the rows that a failing COPY quotes come after the first line.
        first = next(iter(result.stderr.strip().splitlines()), "no message")
        raise DumpError(f"{program} failed: {first}")
