"""Every act leaves exactly one trace, numbered and authenticated (A2, B6)."""

from __future__ import annotations

import os
from uuid import uuid4

from django.conf import settings

from carnet.kernel import database
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.journal import actions
from carnet.record.journal import api as journal
from carnet.record.journal.rules import Trace, mac
from tests.capabilities.world import AUTHOR, OTHER, World

COLUMNS = ", ".join(Trace._fields)


def traces(record_id: int) -> list[tuple[str, str, str, str]]:
    return database.rows(
        "SELECT action, outcome, rule, name FROM journal_entry WHERE record_id = %s ORDER BY at, number", (record_id,)
    )


def test_each_act_leaves_its_trace(world: World) -> None:
    entry = world.fed()
    world.found(AUTHOR)
    world.found(OTHER)
    world.authorise(OTHER)
    world.read(OTHER, entry.unique_id)
    documents.get(actor=OTHER, domain="fr", unique_ids=(entry.unique_id,))
    access.open_record(actor=OTHER, domain="fr", patient_id=world.cx)
    world.create()
    assert traces(world.record_id) == [
        ("record.create", "done", "create-with-consent", "Accueil"),
        ("document.provide", "done", "feeding-duty", "DR AUTEUR"),
        ("document.list", "done", "care-team", "DR AUTEUR"),
        ("document.list", "refused", "authorisation-missing", "DR AUTRE"),
        ("record.authorise", "done", "authorise-with-consent", "DR AUTRE"),
        ("document.read", "done", "authorised", "DR AUTRE"),
        ("document.get", "done", "authorised", "DR AUTRE"),
        ("record.open", "done", "existence", "DR AUTRE"),
        ("record.create", "done", "record-exists", "Accueil"),
    ]


def test_the_patient_reads_who_looked(world: World) -> None:
    world.fed()
    world.found(OTHER)
    lines = journal.history(actor=world.patient, withheld=())
    assert [(line.name, line.action, line.outcome) for line in lines][:3] == [
        ("JEAN FICTIF", "journal.read", "done"),
        ("DR AUTRE", "document.list", "refused"),
        ("DR AUTEUR", "document.provide", "done"),
    ]
    older = journal.history(
        actor=world.patient, limit=2, before=(lines[2].at, lines[2].writer, lines[2].number), withheld=()
    )
    assert [line.action for line in older] == ["record.create"]
    assert journal.history(actor=OTHER, withheld=()) == []


def test_numbers_have_no_gap_and_macs_verify(world: World) -> None:
    for _ in range(5):
        world.fed()
        world.found(OTHER)
    rows = database.rows(f"SELECT {COLUMNS}, mac FROM journal_entry WHERE record_id = %s", (world.record_id,))  # noqa: S608 - constant names
    numbers: dict[int, list[int]] = {}
    for row in rows:
        trace = Trace(*row[:-1])
        assert mac(settings.CARNET_JOURNAL_KEY, trace) == row[-1]
        forged = trace._replace(name="QUELQU'UN D'AUTRE")
        assert mac(settings.CARNET_JOURNAL_KEY, forged) != row[-1]
        numbers.setdefault(trace.writer, []).append(trace.number)
    for found in numbers.values():
        assert sorted(found) == list(range(min(found), max(found) + 1))


def test_a_mac_binds_every_field(world: World) -> None:
    world.fed()
    row = database.row(f"SELECT {COLUMNS} FROM journal_entry WHERE record_id = %s LIMIT 1", (world.record_id,))  # noqa: S608 - constant names
    assert row is not None
    trace = Trace(*row)
    key = b"k" * 32
    for name, value in zip(Trace._fields, trace, strict=True):
        if isinstance(value, str):
            changed: object = value + "x"
        elif isinstance(value, int):
            changed = value + 1
        elif isinstance(value, list):
            changed = [*value, uuid4()]
        else:
            changed = value.replace(year=2001)
        assert mac(key, trace._replace(**{name: changed})) != mac(key, trace), name


def test_the_months_ahead_have_their_partitions(world: World) -> None:
    journal.make_partitions(months=2)
    journal.make_partitions(months=2)
    ahead = database.rows(
        "SELECT to_regclass('journal_entry_' || to_char(now() + make_interval(months => m), 'YYYYMM')) IS NOT NULL "
        "FROM generate_series(1, 2) AS m"
    )
    assert ahead == [(True,), (True,)]
    # This month's traces may stand in the default partition, never be lost for want of one.
    assert len(traces(world.record_id)) == 1


def test_a_forked_process_counts_under_a_name_of_its_own() -> None:
    """Two processes under one name would write the same numbers, and the sealer would seal one of them."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(actions._writer.id).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as told:
        assert int(told.read()) != actions._writer.id
