"""The migrations say what the models say, and every table carries the name of the room that owns it."""

from __future__ import annotations

from collections.abc import Callable

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation


def unwritten() -> list[str]:
    """Changes of models that no migration carries: what `makemigrations --check` would write, without a database."""
    with translation.override(None):
        return _differences()


def _differences() -> list[str]:
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph)
    return [f"{app}: {op.describe()}" for app, found in sorted(changes.items()) for m in found for op in m.operations]


def test_migrations_are_complete() -> None:
    found = unwritten()
    assert not found, "A model changed without its migration: `carnet` would run on another schema.\n" + "\n".join(
        found
    )


def test_each_application_has_one_last_migration() -> None:
    conflicts = MigrationLoader(None).detect_conflicts()
    assert not conflicts, f"Two migrations of one application follow the same one: {conflicts}"


def test_a_missing_migration_is_reported(build: Callable, monkeypatch, settings) -> None:
    house = build({"migrations_of_nothing/__init__.py": ""})
    monkeypatch.syspath_prepend(house.root)
    settings.MIGRATION_MODULES = {"mfa": "migrations_of_nothing"}
    assert unwritten() == ["mfa: Create model Authenticator"]
