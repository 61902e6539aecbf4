"""`carnet prepare`: brings database and demonstration to what this version needs; idempotent.

The supervisor runs it between the database and the servers. When nothing changed it asks two questions
and ends.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.module_loading import import_string

from carnet.ops import edition
from carnet.record.journal import api as journal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Migrates, loads the demonstration region. Returns the exit code."""
    if missing_migrations():
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    journal.make_partitions()
    if settings.CARNET_MODE == "demo":
        load_demonstration()
    edition.set_prepared()
    return 0


def load_demonstration() -> None:
    """The fictional region, its people and their certificates."""
    if find_spec("carnet.ops.demo.region") is not None:
        import_string("carnet.ops.demo.region.load")(settings.CARNET_HOME)


def missing_migrations() -> set[tuple[str, str]]:
    """(application, name) of the migrations in the code that the database has not recorded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return set(_migrations())
        cursor.execute("SELECT app, name FROM django_migrations")
        return _migrations() - set(cursor.fetchall())


def _migrations() -> set[tuple[str, str]]:
    return {
        (application.label, file.stem)
        for application in apps.get_app_configs()
        for file in (Path(application.path) / "migrations").glob("[0-9]*.py")
    }
