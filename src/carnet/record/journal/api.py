"""The journal's door.

Every read, write and refusal leaves one trace, in the same statement or transaction as what it tells.
Other rooms append; a person reads the journal of a record through `history`, and that is traced too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from carnet.kernel.actor import Actor
from carnet.kernel.rows import Row
from carnet.record.identity import api as identity
from carnet.record.journal import brought, queries, verifying
from carnet.record.journal.actions import APPEND, Entry, append, entry, make_partitions
from carnet.record.journal.queries import JournalLine, LastReadings, page
from carnet.record.journal.rules import Action, Outcome
from carnet.record.journal.verifying import Verified

__all__ = [
    "APPEND",
    "Action",
    "Entry",
    "JournalLine",
    "LastReadings",
    "Outcome",
    "Verified",
    "append",
    "bring",
    "carried",
    "entry",
    "history",
    "last_readings",
    "make_partitions",
    "verify",
]


def history(
    *,
    actor: Actor,
    limit: int = 50,
    before: tuple[datetime, int, int] | None = None,
    withheld: Collection[UUID],
) -> list[JournalLine]:
    """The traces of a patient's own record and of those merged into it, newest first; empty for anybody else.

    `before` is the (at, writer, number) of the last line already shown; `withheld` the subjects that the patient is
    told nothing of yet (`carnet.record.documents.api.history` knows them): they stay in the journal, unlisted.
    """
    if actor.record_id is None:
        return []
    append(actor=actor, action=Action.JOURNAL_READ, record_id=actor.record_id, rule="own-record")
    records = [actor.record_id, *identity.merged_into(actor=actor, record_id=actor.record_id)]
    return page(records, limit, before, withheld)


def last_readings(*, actor: Actor, withheld: Collection[UUID]) -> LastReadings:
    """When everybody last read in a patient's own record, beside the list of who has access, which is traced."""
    if actor.record_id is None:
        return LastReadings()
    records = [actor.record_id, *identity.merged_into(actor=actor, record_id=actor.record_id)]
    return queries.last_readings(records, withheld)


def carried(*, actor: Actor, record_id: int, origin: str) -> list[Row]:
    """Every trace of a record on its way into another domain; the caller (`carnet.record.life`) decided it.

    `origin` says whose journal this is: instance and domain.
    """
    return brought.carried(record_id, origin)


def bring(*, actor: Actor, record_id: int, traces: Sequence[Row]) -> int:
    """Keep traces as those of another journal, inside the transaction of the caller (`carnet.record.life`)."""
    return brought.bring(record_id, traces)


def verify(*, actor: Actor) -> Verified:
    """Every trace against its MAC and its writer's count, inside the caller's transaction; for the operator."""
    return verifying.verify()
