"""The journal's door.

Every read, write and refusal leaves one trace, in the same statement or transaction as what it tells.
Other rooms append; a person reads the journal of a record through `history`, and that is traced too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.rows import Row
from carnet.record.identity import api as identity
from carnet.record.journal import (
    brought,
    feeding,
    forgetting,
    losing,
    offline,
    queries,
    seal_files,
    sealing,
    searching,
    verifying,
    watching,
)
from carnet.record.journal import concerns as concerning
from carnet.record.journal import proof as proving
from carnet.record.journal.actions import APPEND, Entry, append, entry, make_partitions
from carnet.record.journal.concerns import LONGEST_NOTE, Concern
from carnet.record.journal.examining import Examination, Fault, Wrong
from carnet.record.journal.feeding import Feed
from carnet.record.journal.feeding import Place as FeedPlace
from carnet.record.journal.forgetting import KEPT_YEARS, Ripe
from carnet.record.journal.loss_rules import LONGEST_REASON, Loss
from carnet.record.journal.loss_rules import written as _loss_written
from carnet.record.journal.queries import JournalLine, LastReadings, page
from carnet.record.journal.rules import (
    APPENDED,
    BROUGHT,
    FUNCTIONS_OF_SERVICE,
    SEALED,
    Action,
    Outcome,
    Trace,
)
from carnet.record.journal.sealing import MOST_ENTRIES as SEALED_AT_ONCE
from carnet.record.journal.sealing import SealingRefusedError
from carnet.record.journal.sealing_rules import microseconds
from carnet.record.journal.searching import EVERYTHING, Filter, Traced
from carnet.record.journal.verifying import Verified
from carnet.record.journal.watch_rules import Kind

__all__ = [
    "APPEND",
    "APPENDED",
    "BROUGHT",
    "EVERYTHING",
    "FUNCTIONS_OF_SERVICE",
    "KEPT",
    "KEPT_YEARS",
    "LONGEST_NOTE",
    "LONGEST_REASON",
    "SEALED",
    "SEALED_AT_ONCE",
    "Action",
    "Concern",
    "Entry",
    "Examination",
    "Fault",
    "Feed",
    "FeedPlace",
    "Filter",
    "JournalLine",
    "Kind",
    "LastReadings",
    "Loss",
    "Outcome",
    "Place",
    "Ripe",
    "SealingRefusedError",
    "Trace",
    "Traced",
    "Verified",
    "Wrong",
    "acts_of",
    "append",
    "behind_its_seals",
    "bring",
    "carried",
    "concerns",
    "conclude",
    "declare_loss",
    "entry",
    "examine",
    "feed",
    "feed_failed",
    "feed_following",
    "feed_moved",
    "feed_place",
    "forget",
    "forgettable",
    "history",
    "last_readings",
    "losses",
    "make_partitions",
    "no_proof",
    "proof",
    "public_keys",
    "receive",
    "report",
    "seal",
    "sealing_lag",
    "traces",
    "verifiers",
    "verify",
    "watch",
]

# What an erasure leaves: traces outlive what they tell about (CSP R.1111-43), and their proofs outlive them.
KEPT = ("journal_entry", "journal_brought", "journal_link")


def history(
    *,
    actor: Actor,
    limit: int = 50,
    before: tuple[datetime, int, int] | None = None,
    withheld: Collection[UUID],
) -> list[JournalLine]:
    """The traces of a patient's own record and of those merged into it, newest first; empty for anybody else.

    `before` is the (at, writer, number) of the last line already shown; `withheld` the subjects that the patient is
    told nothing of yet (`carnet.record.documents.api.history` knows them): they stay in the journal, unlisted. So do
    secret connections, for whoever acts in the person's place.
    """
    if actor.record_id is None:
        return []
    append(actor=actor, action=Action.JOURNAL_READ, record_id=actor.record_id, rule="own-record")
    records = [actor.record_id, *identity.merged_into(actor=actor, record_id=actor.record_id)]
    return page(records, limit, before, withheld, secret=actor.kind is ActorKind.PATIENT)


def last_readings(*, actor: Actor, withheld: Collection[UUID]) -> LastReadings:
    """When everybody last read in a patient's own record, beside the list of who has access, which is traced."""
    if actor.record_id is None:
        return LastReadings()
    records = [actor.record_id, *identity.merged_into(actor=actor, record_id=actor.record_id)]
    return queries.last_readings(records, withheld, secret=actor.kind is ActorKind.PATIENT)


def acts_of(*, actor: Actor, record_id: int, person: str, since: datetime, until: datetime) -> list[JournalLine]:
    """What one person did in a record between two instants; the caller (`carnet.record.access`) decided and traced."""
    return queries.acts_of(record_id, person, since, until)


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


def seal(*, actor: Actor) -> int:
    """Seal the entries that no open transaction can precede; how many there were, at most SEALED_AT_ONCE.

    Only the process that holds CARNET_SEALING_KEY can. Raises SealingRefusedError, which the operator is told.
    """
    key: bytes = settings.CARNET_SEALING_KEY
    return sealing.seal_batch(key)


def sealing_lag(*, actor: Actor) -> float:
    """Seconds for which the oldest entry that is not sealed has been waiting; a second is usual, ten an alarm."""
    return sealing.lag()


def examine(
    *,
    actor: Actor,
    erased: Collection[int] = (),
    trusted: Collection[str] = (),
    step: Callable[[str, int, int], None] = lambda part, done, total: None,
) -> Examination:
    """The whole journal against its MACs, numbers, chains and seals; for the operator, who reads its `faults`."""
    return Examination(erased, trusted, step)


def proof(*, actor: Actor, withheld: Collection[UUID]) -> dict[str, Any]:
    """The copy of the person's own journal that `offline/verify_journal.py` checks; without a record, an empty one.

    Traces about `withheld` subjects are as silent in it as the blank places of the chain.
    """
    if actor.record_id is None:
        return no_proof(actor=actor)
    append(actor=actor, action=Action.JOURNAL_EXPORT, record_id=actor.record_id, rule="own-record")
    return proving.proof([actor.record_id, *identity.merged_into(actor=actor, record_id=actor.record_id)], withheld)


def no_proof(*, actor: Actor) -> dict[str, Any]:
    """The copy of a journal that has no line."""
    return proving.proof([], ())


def public_keys(*, actor: Actor) -> list[str]:
    """The fingerprints of the keys that have signed seals, which people compare."""
    return sorted(seal_files.public_keys())


def verifiers(*, actor: Actor) -> dict[str, bytes]:
    """What checks a copy at home, by name of file: a page for a browser, with `COPY` where the copy goes; a program."""
    return offline.files()


# What names an entry: (record, writer, number).
Place = tuple[int, int, int]


def receive(*, actor: Actor, record_id: int, rule: str, detail: str) -> Place:
    """Keep what the actor's software says that it did elsewhere, as an entry that says so; its name."""
    action = Action.JOURNAL_RECEIVE
    with entry(actor=actor, action=action, record_id=record_id, rule=rule, detail=detail) as prepared:
        database.execute(APPEND, prepared.parameters)
    return record_id, int(prepared.parameters["journal_writer"]), int(prepared.parameters["journal_number"])


def feed(*, actor: Actor, receiver: str) -> Feed:
    """What waits to be sent to an audit repository; for the operator."""
    return feeding.feed(receiver, clock.now())


def feed_place(*, actor: Actor, receiver: str) -> FeedPlace:
    """How far an audit repository is."""
    return feeding.place(receiver)


def feed_following(*, actor: Actor, after: FeedPlace, limit: int) -> list[tuple[int, int, Trace]]:
    """The next sealed entries after a place, in seal order: (seal, leaf, trace) of each."""
    return feeding.following(after, limit)


def feed_moved(*, actor: Actor, receiver: str, seal: int, leaf: int) -> None:
    """An audit repository answered for every entry up to here."""
    feeding.moved(receiver, seal, leaf, clock.now())


def feed_failed(*, actor: Actor, receiver: str, failures: int, error: str) -> None:
    """An audit repository did not answer, or not well, after so many failures."""
    feeding.failed(receiver, failures, error, clock.now())


def behind_its_seals(*, actor: Actor) -> bool:
    """Whether the sealer has yet to take over seals that a restored database does not know."""
    return losing.behind()


def losses(*, actor: Actor, reason: str = "") -> list[Loss]:
    """What the tables lost, run by run of seals, and nobody declared; as the actor would declare it."""
    return losing.undeclared(at=microseconds(clock.now()), by=actor.name, reason=reason[:LONGEST_REASON])


def declare_loss(*, actor: Actor, reason: str) -> list[Loss]:
    """Declare what `losses` tells, one trace each: the next seal signs it, and nobody takes it for tampering.

    `reason` is shown to everybody who verifies a copy of their journal: it names no patient.
    """
    found = losses(actor=actor, reason=reason)
    for loss in found:
        append(actor=actor, action=Action.JOURNAL_LOSS, record_id=0, rule="operator", detail=_loss_written(loss))
    return found


def forget(*, actor: Actor, record_ids: Sequence[int]) -> int:
    """Remove what the traces of erased records said, inside the caller's transaction; how many there were.

    Their commitments stay, so that the proof about everybody else does. Records that have a trace without a seal are
    left as they are. That it was done is a trace of no record.
    """
    gone = forgetting.forget(record_ids)
    detail = json.dumps({"records": sorted(record_ids), "entries": gone})
    append(actor=actor, action=Action.JOURNAL_FORGET, record_id=0, rule="retention-over", detail=detail)
    return gone


def forgettable(*, actor: Actor, record_ids: Collection[int], years: int) -> list[Ripe]:
    """Of these erased records, those in which nothing happened for so many years: `forget` may take them."""
    return forgetting.forgettable(record_ids, years, clock.now())


def traces(
    *,
    actor: Actor,
    records: Sequence[int],
    own: bool,
    rule: str,
    since: datetime | None,
    until: datetime | None,
    withheld: Collection[UUID],
    limit: int,
    structure: str | None = None,
    blind: bool = False,
    asked: Filter = EVERYTHING,
) -> list[Traced]:
    """Traces of one person's records for a machine, newest first; which ones, the caller decided (`rule` says why).

    `structure`: of its people only. `blind`: no subject is told, nor searched by. `asked`: those that are asked for.
    """
    append(actor=actor, action=Action.JOURNAL_READ, record_id=records[0], rule=rule)
    return searching.traces(
        actor,
        records,
        own=own,
        since=since or "-infinity",
        until=until or "infinity",
        withheld=withheld,
        limit=limit,
        structure=structure,
        blind=blind,
        asked=asked,
    )


def report(*, actor: Actor, place: tuple[datetime, int, int], note: str, withheld: Collection[UUID]) -> bool:
    """A person reports one line of their journal to the data-protection officers (CSP R.1111-46), with their words.

    `place` is the line's (at, writer, number). False, and the refusal traced, when they have no such line.
    """
    records = []
    if actor.record_id is not None:
        records = [actor.record_id, *identity.merged_into(actor=actor, record_id=actor.record_id)]
    found = concerning.report(records, place, note[:LONGEST_NOTE], withheld, clock.now())
    append(
        actor=actor,
        action=Action.JOURNAL_REPORT,
        record_id=actor.record_id or 0,
        outcome=Outcome.DONE if found else Outcome.REFUSED,
        rule="own-record" if found else "line-unknown",
    )
    return found


def watch(*, actor: Actor) -> int:
    """Raise the suspicious patterns of the present hour and day; how many concerns that were not there."""
    return watching.watch(actor, clock.now())


def concerns(*, actor: Actor, structure: str | None) -> list[Concern]:
    """What officers look at, of one structure or of all (None); the caller (`carnet.record.access`) decided it."""
    append(actor=actor, action=Action.JOURNAL_REVIEW, record_id=0, rule="officer", detail="liste")
    return concerning.waiting(structure)


def conclude(*, actor: Actor, record_id: int, concern: UUID, structure: str | None, verdict: str, note: str) -> bool:
    """Conclude on a concern; False when there is none of this name. The caller decided that the actor may."""
    found = concerning.conclude(record_id, concern, structure, actor.person, verdict, note, clock.now())
    append(
        actor=actor,
        action=Action.JOURNAL_REVIEW,
        record_id=record_id,
        outcome=Outcome.DONE if found else Outcome.REFUSED,
        rule="officer" if found else "concern-unknown",
        detail=verdict,
    )
    return found
