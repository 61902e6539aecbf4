"""`carnet backup DIR`: everything but the secrets, beside a running server or without one.

One snapshot of the database says what is in it: rows (without the records' keys), the keys in a file of their own under
CARNET_KEY_BACKUPS, and the documents' files. A record that is erased while it runs is erased from its keys too.
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection, transaction
from rich.console import Console

from carnet.kernel import clock, key_backups, keys, ledger
from carnet.ops import archive, dumps, prepare, standing
from carnet.ops.housekeeping import HOUSEKEEPER
from carnet.record.documents import api as documents
from carnet.record.life import api as life
from carnet.record.terminology import api as terminology

LEDGERS = ("erasures", "oppositions", "domains")
_console = Console(stderr=True, highlight=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder to make."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="folder of the backup, empty or not there yet; without it, a dated one in CARNET_BACKUPS",
    )


def run(arguments: argparse.Namespace) -> int:
    """Makes the backup. 0: whole; 1: failed, and nothing is left; 2: wrong use; 3: no database."""
    began = time.monotonic()
    if arguments.folder is None and settings.CARNET_BACKUPS is None:
        return fail("say where: `carnet backup DIR`, or set CARNET_BACKUPS.", 2)
    folder: Path = (arguments.folder or settings.CARNET_BACKUPS / clock.now().strftime("%Y%m%dT%H%M%SZ")).resolve()
    try:
        archive.begin(folder)
    except archive.ArchiveError as error:
        return fail(str(error), 2)
    except OSError as error:
        return fail(f"{folder} cannot be made: {error.strerror}.", 2)
    try:
        with standing.database(say):
            manifest = _make(folder)
    except (standing.NotStandingError, OperationalError) as error:
        archive.abandon(folder)
        reason = str(error) if isinstance(error, standing.NotStandingError) else "the database does not answer."
        return fail(reason, 3)
    except (archive.ArchiveError, dumps.DumpError, key_backups.KeysDamagedError, OSError) as error:
        archive.abandon(folder)
        return fail(str(error), 1)
    rows = sum(manifest.tables.values())
    print(f"{folder}: {rows} rows, {manifest.files} files, {manifest.keys} keys, in {time.monotonic() - began:.1f} s")
    print(f"keys   {key_backups.folder()}: keep them apart; erasures destroy keys there")
    print(f"ledgers {ledger.path('erasures').parent}: copy them elsewhere every day; a restoration needs them")
    print("secrets (CARNET_MASTER_KEY, CARNET_JOURNAL_KEY) are not in the backup: keep them elsewhere")
    return 0


def _make(folder: Path) -> archive.Manifest:
    if prepare.missing_migrations():
        raise archive.ArchiveError("the database has not the schema of this version: start `carnet serve` once.")
    name, made_at = secrets.token_hex(4), clock.now()
    for one in LEDGERS:
        ledger.begin(one)
    told = {one: sum(1 for _ in ledger.lines(one)) for one in LEDGERS}
    masters: set[str] = set()
    key_file: Path | None = None
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("SELECT pg_export_snapshot()")
                (snapshot,) = cursor.fetchone()
            say("counting")
            tables = dumps.counts()
            say("database")
            dumps.dump(folder / archive.DUMP, snapshot=snapshot)
            say("keys")
            key_file = key_backups.write(name, made_at, _noting(masters))
            # Whoever erased while the file was being written did not find it: its keys are destroyed here.
            key_backups.destroy(life.erased(actor=HOUSEKEEPER))
            count, missing = archive.copy_files(
                documents.every_file(actor=HOUSEKEEPER),
                source=settings.CARNET_BLOBS,
                target=folder / archive.BLOBS,
                total=None,
            )
        if missing:
            _check_missing(missing)
        lists = archive.copy_lists(terminology.imported_folder(), folder / archive.LISTS)
        manifest = archive.Manifest(
            format=archive.FORMAT,
            name=name,
            made_at=made_at.isoformat(),
            version=version("carnet"),
            migrations=sorted([app, migration] for app, migration in prepare.applied_migrations()),
            keys=tables[dumps.WITHOUT_ROWS],
            masters=sorted(masters),
            journal=journal_name(),
            tables=tables,
            files=count,
            dump_sha256=archive.digest(folder / archive.DUMP),
            ledgers=told,
            lists=lists,
        )
        archive.finish(folder, manifest)
    except BaseException:
        if key_file is not None:
            key_file.unlink(missing_ok=True)
        raise
    return manifest


def _noting(masters: set[str]) -> Iterator[tuple[int, str, bytes]]:
    """Every wrapped key, the names of the master keys noted on the way."""
    for record_id, master, wrapped in keys.every_wrapped():
        masters.add(master)
        yield record_id, master, wrapped


def _check_missing(missing: list[str]) -> None:
    """A file that is missing belongs to a record that was erased meanwhile, or something is broken."""
    with transaction.atomic():
        named = set(documents.every_file(actor=HOUSEKEEPER)) & set(missing)
    if named:
        raise archive.ArchiveError(
            f"{len(named)} files that rows name are missing, {min(named)} first: see `carnet check`."
        )


def journal_name() -> str:
    """A short public name of the journal's key."""
    return hashlib.sha256(b"carnet journal key " + settings.CARNET_JOURNAL_KEY).hexdigest()[:16]


def say(text: str) -> None:
    """A step, for who waits."""
    _console.print(f"carnet: {text}")


def fail(text: str, code: int) -> int:
    """Say why not."""
    print(f"carnet: {text}", file=sys.stderr)
    return code
