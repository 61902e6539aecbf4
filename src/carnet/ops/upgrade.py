"""`carnet db upgrade`: the embedded database moved to the preferred PostgreSQL, when its data are of another version.

The server of the data's version dumps, the preferred one restores into a folder beside; rows of every table, counts of
the journal and each of its MACs must be the same. Then the folders change names; the former one is kept.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connections, transaction

from carnet.ops import dumps, postgres, serve
from carnet.ops.backup import fail, say
from carnet.ops.children import Leash
from carnet.ops.database import Embedded
from carnet.ops.housekeeping import HOUSEKEEPER
from carnet.record.journal import api as journal
from carnet.record.journal.api import Verified

# The folder beside, while it is filled.
_DRAFT = "postgres-draft"


class UpgradeError(Exception):
    """The database stays as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Content:
    """What must be the same on both sides."""

    tables: dict[str, int]
    journal: Verified


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one action."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("upgrade", help="dump with the data's own version, restore with the preferred one, compare")


def run(arguments: argparse.Namespace) -> int:
    """Upgrades. 0: done, or nothing to do; 1: refused or failed, and nothing changed; 2: no embedded database."""
    if not settings.CARNET_EMBEDDED_DATABASE:
        return fail("DATABASE_URL names the database: upgrade it where it is.", 2)
    began = time.monotonic()
    problem = serve.make_folders(settings.CARNET_HOME, settings.CARNET_RUN)
    if problem:
        return fail(problem, 1)
    lock = serve.lock_home(settings.CARNET_HOME)
    if lock is None:
        return fail(f"Carnet serves {settings.CARNET_HOME}: stop it first.", 1)
    try:
        cluster = serve.cluster()
        postgres.take_upgraded(cluster)
        version = cluster.data / "PG_VERSION"
        if not version.exists():
            return fail(f"there is no database in {cluster.data}: is CARNET_HOME the right folder?", 2)
        source = postgres.choose(cluster)
        target = postgres.programs(cluster.preference)[:1]
        if not target or target[0].major == source.major:
            print(f"{cluster.data} is of PostgreSQL {source.major} already: nothing to do")
            return 0
        if target[0].major < source.major:
            return fail(
                f"{cluster.data} is of PostgreSQL {source.major}, later than the preferred {target[0].major}: a "
                "database does not go back. Set CARNET_POSTGRES to prefer the later one.",
                1,
            )
        content = _move(cluster, target[0])
        kept = _change_names(cluster, source.major)
    except (UpgradeError, postgres.PostgresError, dumps.DumpError, OperationalError, OSError) as error:
        return fail(f"the database was not upgraded: {error}", 1)
    finally:
        connections.close_all()
        lock.close()
    print(
        f"PostgreSQL {source.major} → {target[0].major}: {len(content.tables)} tables, {sum(content.tables.values())} "
        f"rows, {content.journal.entries} traces verified, in {time.monotonic() - began:.1f} s"
    )
    print(
        f"former data: {kept}; erasures do not reach them: remove them once `carnet serve` and `carnet check` are right"
    )
    return 0


def _move(cluster: postgres.Cluster, target: postgres.Programs) -> Content:
    """Fill the folder beside and compare it; it is ready on return."""
    place = cluster.place
    draft, dump = place.with_name(_DRAFT), settings.CARNET_HOME / "upgrade.dump"
    for left in (draft, place.with_name(postgres.UPGRADED)):
        shutil.rmtree(left, ignore_errors=True)
    # Where the data are another account's, the home has a link to them, and needs one to these.
    beside = replace(cluster, data=cluster.data.with_name("postgres-upgrade") if cluster.data.is_symlink() else draft)
    if cluster.data.is_symlink():
        beside.data.unlink(missing_ok=True)
        beside.data.symlink_to(draft)
    try:
        with _standing(cluster):
            say("counting")
            before = _content()
            _check_whole(before.journal)
            say("dumping")
            dumps.dump_whole(dump)
        with _standing(beside):
            if dumps.server_major() != target.major:
                raise UpgradeError(f"the folder beside is of PostgreSQL {dumps.server_major()}, not {target.major}.")
            say("restoring")
            dumps.restore(dump)
            # pg_restore is another session: this one may have looked at an empty catalogue.
            connections.close_all()
            say("comparing")
            after = _content()
        compare(before, after)
        draft.rename(place.with_name(postgres.UPGRADED))
    finally:
        dump.unlink(missing_ok=True)
        shutil.rmtree(draft, ignore_errors=True)
        if beside.data.is_symlink():
            beside.data.unlink()
    return after


def _change_names(cluster: postgres.Cluster, major: int) -> Path:
    """The former folder under a name that says its version, the one beside in its place.

    Cut between both, the next start takes the second step (`postgres.take_upgraded`).
    """
    kept = cluster.place.with_name(f"postgres-{major}-{time.strftime('%Y%m%dT%H%M%S')}")
    place = cluster.place
    place.rename(kept)
    place.with_name(postgres.UPGRADED).rename(place)
    return kept


@contextmanager
def _standing(cluster: postgres.Cluster) -> Iterator[None]:
    """Inside, the server of this folder answers, for this process alone."""
    leash = Leash()
    embedded = Embedded(cluster, leash, say)
    try:
        embedded.start()
        yield
    finally:
        connections.close_all()
        embedded.stop()
        leash.close()


def _content() -> Content:
    with transaction.atomic():
        return Content(dumps.counts(), journal.verify(actor=HOUSEKEEPER))


def _check_whole(found: Verified) -> None:
    if found.wrong:
        raise UpgradeError(
            f"{found.wrong} traces of the journal do not bear the MAC of CARNET_JOURNAL_KEY: is it the right key?"
        )


def compare(before: Content, after: Content) -> None:
    """Raises UpgradeError for what is not the same."""
    names = before.tables.keys() | after.tables.keys()
    wrong = sorted(name for name in names if before.tables.get(name) != after.tables.get(name))
    if wrong:
        raise UpgradeError(f"the rows of {', '.join(wrong)} are not as many on both sides.")
    if before.journal != after.journal:
        raise UpgradeError(f"the journal is not the same: {_told(before.journal)}, then {_told(after.journal)}.")


def _told(found: Verified) -> str:
    return f"{found.entries} traces, {found.wrong} wrong, {found.missing} missing"
