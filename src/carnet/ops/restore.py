"""`carnet restore DIR`: a backup brought back into an empty database, closed to everybody until it obeys the ledgers.

Needed beside the folder: the keys (CARNET_KEY_BACKUPS), the ledgers (`$CARNET_HOME/ledger`) and the secrets.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from carnet.kernel import key_backups, keys, ledger, master_key
from carnet.ops import archive, dumps, prepare, serve, standing
from carnet.ops.backup import LEDGERS, fail, journal_name, say
from carnet.ops.housekeeping import HOUSEKEEPER
from carnet.record.documents import api as documents
from carnet.record.life import api as life
from carnet.record.terminology import api as terminology


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The backup, and what its operator knows to be lost."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder that `carnet backup` made")
    parser.add_argument(
        "--without-ledgers",
        action="store_true",
        help="the ledgers are lost: oppositions since the backup are forgotten (destroyed keys tell the erasures)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Restores. 0: done and verified; 1: refused or failed; 3: no database."""
    began = time.monotonic()
    folder: Path = arguments.folder.resolve()
    problem = serve.make_folders(settings.CARNET_HOME, settings.CARNET_RUN)
    if problem:
        return fail(problem, 1)
    lock = serve.lock_home(settings.CARNET_HOME)
    if lock is None:
        return fail(f"Carnet serves {settings.CARNET_HOME}: stop it first.", 1)
    try:
        manifest = archive.read(folder)
        key_file = _check(manifest, without_ledgers=arguments.without_ledgers)
        with standing.database(say, create=True):
            _check_empty()
            # `carnet serve` refuses a restoration that did not come to its end.
            prepare.unfinished().touch()
            again = _restore(folder, manifest, key_file)
            prepare.unfinished().unlink()
    except (standing.NotStandingError, OperationalError) as error:
        reason = str(error) if isinstance(error, standing.NotStandingError) else "the database does not answer."
        return fail(reason, 3)
    except (archive.ArchiveError, dumps.DumpError, key_backups.KeysDamagedError, ledger.LedgerDamagedError) as error:
        return fail(str(error), 1)
    except OSError as error:
        return fail(f"{error.filename or folder}: {error.strerror or type(error).__name__}.", 1)
    finally:
        lock.close()
    rows = sum(manifest.tables.values())
    print(
        f"{folder} of {manifest.made_at[:16]}: {rows} rows, {manifest.files} files, in {time.monotonic() - began:.1f} s"
    )
    print(f"erased since, and erased again: {again}; start `carnet serve`")
    return 0


def _check(manifest: archive.Manifest, *, without_ledgers: bool) -> Path:
    """What must be there beside the backup; the file of its keys. Raises ArchiveError."""
    unknown = {(app, name) for app, name in manifest.migrations} - prepare.known_migrations()
    if unknown:
        raise archive.ArchiveError(f"it was made by a later version ({manifest.version}): restore it with that one.")
    if manifest.journal != journal_name():
        raise archive.ArchiveError(
            "its journal was written with another key: set the CARNET_JOURNAL_KEY it was made with."
        )
    for one in () if without_ledgers else LEDGERS:
        path = ledger.path(one)
        if one not in manifest.ledgers:
            # A backup of a version that kept no such ledger.
            continue
        if not path.exists() or sum(1 for _ in ledger.lines(one)) < manifest.ledgers[one]:
            raise archive.ArchiveError(
                f"{path} is missing or cut: without it, what was erased or refused since the backup would come back. "
                "Bring its last copy there; if there is none, --without-ledgers says that you know."
            )
    for backup in key_backups.known():
        if backup.name == manifest.name:
            if set(key_backups.masters(backup.path)) - {key.name for key in master_key.ring()}:
                raise archive.ArchiveError(
                    "its keys are wrapped by another master key: CARNET_MASTER_KEY must hold that one too."
                )
            return backup.path
    raise archive.ArchiveError(
        f"the keys of this backup ({manifest.name}) are not in {key_backups.folder()}: no document could be read. "
        "Bring the file there, or set CARNET_KEY_BACKUPS."
    )


def _check_empty() -> None:
    if any(dumps.counts()):
        where = f"{settings.CARNET_HOME}/postgres" if settings.CARNET_EMBEDDED_DATABASE else "the one of DATABASE_URL"
        raise archive.ArchiveError(
            f"the database is not empty ({where}): move it away or give an empty one; a backup is not mixed with rows."
        )


def _forget_sessions() -> None:
    """Whoever signed out since the backup stays out."""
    # A Django model, which exists once Django is set up.
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


def _restore(folder: Path, manifest: archive.Manifest, key_file: Path) -> int:
    say("database")
    dumps.restore(folder / archive.DUMP)
    # pg_restore is another session: this one may have looked at an empty catalogue.
    connection.close()
    _compare(manifest)
    if prepare.missing_migrations():
        say("schema of this version")
        call_command("migrate", interactive=False, verbosity=0)
    say("files")
    with transaction.atomic():
        names = documents.every_file(actor=HOUSEKEEPER)
        source, target = folder / archive.BLOBS, settings.CARNET_BLOBS
        _, missing = archive.copy_files(names, source=source, target=target, total=manifest.files)
    if archive.copy_lists(folder / archive.LISTS, terminology.imported_folder()) < manifest.lists:
        raise archive.ArchiveError(f"code lists are missing: the backup had {manifest.lists} of them.")
    say("keys")
    with transaction.atomic():
        destroyed: list[int] = []
        left = keys.put_wrapped(_kept(key_file, manifest, destroyed))
        _forget_sessions()
    say("ledgers")
    again = life.replay(actor=HOUSEKEEPER, destroyed=destroyed)
    with transaction.atomic():
        # The backup may lack files of a record that was erased while it was made.
        lost = set(documents.every_file(actor=HOUSEKEEPER)) & set(missing)
    if lost:
        raise archive.ArchiveError(f"{len(lost)} files that rows name are not in the backup, {min(lost)} first.")
    say(f"{left} of {manifest.keys} keys; the others were destroyed")
    return again


def _compare(manifest: archive.Manifest) -> None:
    """Every table has the rows that the backup counted."""
    found = dumps.counts() | {dumps.WITHOUT_ROWS: manifest.keys}
    wrong = [name for name in manifest.tables.keys() | found.keys() if manifest.tables.get(name) != found.get(name)]
    if wrong:
        raise archive.ArchiveError(f"the rows of {', '.join(sorted(wrong))} are not as many as the backup counted.")


def _kept(key_file: Path, manifest: archive.Manifest, destroyed: list[int]) -> Iterator[tuple[int, str, bytes]]:
    """The keys that were not destroyed; the records of the others are added to `destroyed`."""
    count = 0
    for record_id, master, wrapped in key_backups.read(key_file):
        count += 1
        if wrapped is None:
            destroyed.append(record_id)
        else:
            yield record_id, master, wrapped
    if count != manifest.keys:
        raise archive.ArchiveError(f"{key_file} has {count} keys; the backup had {manifest.keys}.")
