"""`carnet prepare`: brings database and demonstration to what this version needs; idempotent.

The supervisor runs it between the database and the servers. When nothing changed it asks two questions
and ends.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.module_loading import import_string

from carnet.ops import edition, housekeeping, rights, traces
from carnet.record.journal import api as journal
from carnet.record.life import api as life


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Migrates, erases again what was erased, loads the demonstration region. Returns the exit code."""
    if unfinished().exists():
        print(
            f"carnet: a restoration did not come to its end ({unfinished()}). Empty the database, run `carnet restore` "
            "again, and start when it has succeeded.",
            file=sys.stderr,
        )
        return 1
    if missing_migrations():
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    journal.make_partitions()
    rights.grant()
    traces.tell_waiting()
    # A database that was brought back by other means than `carnet restore` obeys the ledgers before anybody enters.
    life.replay(actor=housekeeping.HOUSEKEEPER)
    if settings.CARNET_MODE == "demo":
        load_demonstration()
    edition.set_prepared()
    return 0


def unfinished() -> Path:
    """The mark of a restoration that has begun, removed at its end."""
    home: Path = settings.CARNET_HOME
    return home / "restoring"


def load_demonstration() -> None:
    """The fictional region, its people and their certificates."""
    if find_spec("carnet.ops.demo.region") is not None:
        import_string("carnet.ops.demo.region.load")(settings.CARNET_HOME)


def missing_migrations() -> set[tuple[str, str]]:
    """(application, name) of the migrations in the code that the database has not recorded."""
    return known_migrations() - applied_migrations()


def applied_migrations() -> set[tuple[str, str]]:
    """(application, name) of the migrations that the database has recorded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return set()
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def known_migrations() -> set[tuple[str, str]]:
    """(application, name) of the migrations in the code."""
    return {
        (application.label, file.stem)
        for application in apps.get_app_configs()
        for file in (Path(application.path) / "migrations").glob("[0-9]*.py")
    }
