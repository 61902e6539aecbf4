"""Writing traces: each thread numbers its own entries and authenticates them.

A statement of another room carries its trace in the same round trip: it takes `APPEND`, the parameters
of an `Entry`, and tells the entry when it was written. Nothing but this module makes the numbers.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from psycopg.types.numeric import Int8

from carnet.kernel import clock, concerned, database
from carnet.kernel.actor import Actor
from carnet.record.journal.rules import Action, Outcome, Trace, mac

_COLUMNS = (*Trace._fields, "mac")
_TYPES = {
    "record_id": "bigint",
    "at": "timestamptz",
    "writer": "bigint",
    "number": "bigint",
    "subjects": "uuid[]",
    "secret": "boolean",
    "mac": "bytea",
}
_VALUES = ", ".join(f"%(journal_{name})s::{_TYPES.get(name, 'text')}" for name in _COLUMNS)

# Usable as a statement or inside a WITH: the parameters are those of `Entry.parameters`.
APPEND = f"INSERT INTO journal_entry ({', '.join(_COLUMNS)}) SELECT {_VALUES}"


class Entry:
    """A trace about to be written: its statement parameters, and whether it was written."""

    __slots__ = ("parameters", "written")

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = parameters
        self.written = True

    def cancel(self) -> None:
        """The statement wrote nothing (another write came first): the number is free again."""
        self.written = False


class _Writer(threading.local):
    """The identity of one writing thread and its count.

    After a failure nobody knows whether the entry is there, so the writer starts again under another
    number: within one writer the count has no gap, and a gap means a deletion.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.id = secrets.randbits(62)
        self.number = 0
        self.uncertain = False


_writer = _Writer()
# A process that was forked would count on under its parent's name.
os.register_at_fork(after_in_child=_writer.restart)


@contextmanager
def entry(
    *,
    actor: Actor,
    action: Action,
    record_id: int,
    outcome: Outcome = Outcome.DONE,
    rule: str,
    subjects: Sequence[UUID] = (),
    detail: str = "",
    at: datetime | None = None,
) -> Iterator[Entry]:
    """Prepare one trace; the body of the `with` runs the statement that writes it.

    Inside a transaction the number counts only once the transaction has committed.
    """
    if _writer.uncertain:
        _writer.restart()
    concerned.tell(record_id)
    trace = Trace(
        record_id=record_id,
        at=at or clock.now(),
        writer=_writer.id,
        number=_writer.number + 1,
        action=action.value,
        outcome=outcome.value,
        rule=rule,
        actor_kind=actor.kind.value,
        person=actor.person,
        structure=actor.structure,
        name=actor.name,
        structure_name=actor.structure_name,
        profession=actor.profession,
        purpose=actor.purpose.value,
        proof=actor.proof,
        software=actor.software,
        subjects=list(subjects),
        detail=detail,
        secret=actor.secret,
    )
    parameters: dict[str, Any] = {f"journal_{name}": value for name, value in zip(Trace._fields, trace, strict=True)}
    # One width for all numbers: psycopg would otherwise prepare the statement again for each size of integer.
    for name in ("record_id", "writer", "number"):
        parameters[f"journal_{name}"] = Int8(parameters[f"journal_{name}"])
    parameters["journal_mac"] = mac(settings.CARNET_JOURNAL_KEY, trace)
    prepared = Entry(parameters)
    _writer.uncertain = True
    yield prepared
    if prepared.written:
        transaction.on_commit(partial(_certain, trace.writer, trace.number))
    else:
        _writer.uncertain = False


def _certain(writer: int, number: int) -> None:
    # A writer that restarted in between has its own count.
    if _writer.id == writer:
        _writer.number = number
        _writer.uncertain = False


def append(
    *,
    actor: Actor,
    action: Action,
    record_id: int,
    outcome: Outcome = Outcome.DONE,
    rule: str,
    subjects: Sequence[UUID] = (),
    detail: str = "",
) -> None:
    """Write one trace by a statement of its own, in the caller's transaction if there is one."""
    with entry(
        actor=actor, action=action, record_id=record_id, outcome=outcome, rule=rule, subjects=subjects, detail=detail
    ) as prepared:
        database.execute(APPEND, prepared.parameters)


def make_partitions(months: int = 3) -> None:
    """Make the partitions of this month and the next ones; run at start and every day."""
    database.execute(
        "SELECT journal_make_partition((date_trunc('month', now()) + make_interval(months => m))::date) "
        "FROM generate_series(0, %s) AS m",
        (months,),
    )
