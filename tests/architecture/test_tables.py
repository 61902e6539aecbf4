"""A table belongs to one room: its name starts with the room's label, and only that room's SQL names it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.architecture import parsing

# SQL of one room that names a table of a room below it, and why. Nothing points upwards.
SHARED = {
    ("record.access", "kernel_locator"): "a decision starts from a name: locator, record and grants in one statement",
    ("record.access", "identity_record"): "same statement: the decision needs the record's status and domain",
    ("record.access", "identity_identifier"): "same statement: what the record is addressed by",
    ("record.documents", "kernel_locator"): "a document's name is claimed in the statement that registers it",
    ("record.documents", "access_choice"): "same statement: an event for who wants to be written to, and no other",
    ("record.documents", "kernel_outbox"): "the event is written in the statement that registers the document",
    ("record.life", "identity_record"): "deadlines are looked for by the state of records, over its index",
    ("record.life", "documents_object"): "no SQL: rows of the catalogue's tables travel, these without their seals",
    ("record.life", "identity_identifier"): "no SQL: rows that travelled and are looked at before they are written",
    ("record.life", "kernel_locator"): "no SQL: rows of the catalogue's tables travel, names among them",
    ("ops", "kernel_record_key"): "no SQL: the one table that a dump leaves without its rows",
    ("ops", "kernel_quarantine"): "no SQL: `carnet check` tells the operator where to look",
    ("record.documents", "kernel_record_key"): "bytes and the wrapped key that opens them in one statement",
}
# The floor of the bench runs the record's statements again, under pgbench (docs/adr/0009).
REPEATED = "src/carnet/ops/bench/floor/"

_CREATED = re.compile(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)(?! PARTITION OF)", re.IGNORECASE)
_LABEL = re.compile(r"^\s+label\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)


def room_of(house, path: Path) -> str:
    """`record.identity`, `kernel`, `portals`: who owns a file."""
    parts = path.relative_to(house.package).parts
    return ".".join(parts[:2] if parts[0] in {"record", "care", "region"} else parts[:1])


def _statements(path: Path) -> Iterator[str]:
    """The text a file may send to the database: a whole .sql file, the string literals of a module."""
    if path.suffix == ".sql":
        yield path.read_text(encoding="utf-8")
        return
    every = parsing.nodes(path)
    prose = {
        id(node.body[0].value)
        for node in every
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in every:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield re.sub(r"--.*", "", node.value)


def _sources(house) -> list[Path]:
    paths = [*house.modules(), *sorted(house.package.rglob("*.sql"))]
    return [path for path in paths if not house.name(path).startswith(REPEATED)]


def owners(house) -> dict[str, str]:
    """Each table that a migration makes, and the room it was made in."""
    return {
        table: room_of(house, path)
        for path in _sources(house)
        if "migrations" in path.parts
        for statement in _statements(path)
        for table in _CREATED.findall(statement)
    }


def misnamed(house) -> list[str]:
    """Tables whose name does not start with the label of their application."""
    found = []
    for apps in sorted(house.package.rglob("apps.py")):
        label = _LABEL.search(apps.read_text(encoding="utf-8"))
        prefix = (label[1] if label else apps.parent.name) + "_"
        for path in sorted((apps.parent / "migrations").glob("*.py")):
            made = [table for statement in _statements(path) for table in _CREATED.findall(statement)]
            found += [
                f"{house.name(path)}: {table} should be {prefix}…" for table in made if not table.startswith(prefix)
            ]
    return found


def foreign(house) -> dict[tuple[str, str], list[str]]:
    """(room, table of another room) → the files where it is named."""
    tables = owners(house)
    if not tables:
        return {}
    word = re.compile(rf"\b({'|'.join(map(re.escape, sorted(tables)))})\b")
    found: dict[tuple[str, str], list[str]] = {}
    for path in _sources(house):
        room = room_of(house, path)
        for table in {name for statement in _statements(path) for name in word.findall(statement)}:
            if tables[table] != room:
                found.setdefault((room, table), []).append(house.name(path))
    return found


def test_a_table_carries_the_name_of_its_room(house) -> None:
    assert owners(house), "no table found: the test reads nothing"
    found = misnamed(house)
    assert not found, "A table is named <label of its application>_<noun>.\n" + "\n".join(found)


def test_sql_names_only_the_tables_of_its_own_room(house) -> None:
    found = foreign(house)
    unknown = [
        f"{room} names {table}: {', '.join(files)}"
        for (room, table), files in sorted(found.items())
        if (room, table) not in SHARED
    ]
    assert not unknown, (
        "SQL reaches a table of another room behind its api: ask that room's api. A statement that must join them for "
        "speed is listed in SHARED with its reason.\n" + "\n".join(unknown)
    )
    unused = [pair for pair in SHARED if pair not in found]
    assert not unused, f"SHARED lists what no SQL does: {unused}"


def test_shared_tables_are_below(house) -> None:
    ranks, tables = house.ranks(), owners(house)
    for room, table in SHARED:
        assert ranks[f"carnet.{room}"] > ranks[f"carnet.{tables[table]}"], f"{room} reaches up to {table}"


def test_each_fault_is_reported(build: Callable) -> None:
    identity, access = "src/carnet/record/identity", "src/carnet/record/access"
    house = build(
        {
            f"{identity}/__init__.py": "",
            f"{identity}/apps.py": "class C:\n    label = 'identity'\n",
            f"{identity}/migrations/0001.py": "SQL = 'CREATE TABLE identity_record (); CREATE TABLE people ()'\n",
            f"{identity}/queries.py": '"""Reads identity_record."""\nQ = "SELECT 1 FROM identity_record"\n',
            f"{access}/queries.py": '"""About identity_record."""\nQ = f"SELECT {1} FROM identity_record"\n',
            f"{access}/rules.py": '"""About identity_record."""\n',
            "src/carnet/kernel/sweep.sql": "DELETE FROM people",
            f"{REPEATED}list.sql": "SELECT 1 FROM people",
        }
    )
    assert misnamed(house) == [f"{identity}/migrations/0001.py: people should be identity_…"]
    assert foreign(house) == {
        ("record.access", "identity_record"): [f"{access}/queries.py"],
        ("kernel", "people"): ["src/carnet/kernel/sweep.sql"],
    }
