"""Data-protection officers and their review of every entrance in an emergency (RGPD art. 39; CSP R.1111-48).

An officer is entrusted by the operator, for the entrances from their structure or for all. They see who entered, why,
and what was done, action by action: never the title nor the content of a document, nor whose record it is by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import controls, entrances, gate
from carnet.record.directory import api as directory
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action, JournalLine

_SOURCE = "RGPD art. 39 ; CSP R.1111-48"
_LONGEST = 2000
_MOST = 200
_APPOINT = """
INSERT INTO access_officer (person, structure, everywhere, since) VALUES (%s, %s, %s, %s)
ON CONFLICT (person, structure) DO UPDATE SET everywhere = excluded.everywhere, until = NULL
"""
_DISMISS = "UPDATE access_officer SET until = %s WHERE person = %s AND structure = %s AND until IS NULL"
_OFFICER = "SELECT everywhere FROM access_officer WHERE person = %s AND structure = %s AND until IS NULL"
_COLUMNS = """
SELECT record_id, id, person, structure, purpose, unable, danger, reason, detail, entered_at, until - at,
       reviewed_at, reviewed_by, verdict, note
FROM access_emergency
"""
_WAITING = f"""{_COLUMNS}
WHERE reviewed_at IS NULL AND (%(everywhere)s OR structure = %(structure)s) ORDER BY entered_at LIMIT {_MOST}
"""
_REVIEWED = f"""{_COLUMNS}
WHERE reviewed_at IS NOT NULL AND (%(everywhere)s OR structure = %(structure)s) ORDER BY reviewed_at DESC LIMIT 20
"""
_ONE = f"""{_COLUMNS}
WHERE record_id = %(record_id)s AND id = %(id)s AND (%(everywhere)s OR structure = %(structure)s)
"""
_REVIEW = """
UPDATE access_emergency SET reviewed_at = %(now)s, reviewed_by = %(by)s, verdict = %(verdict)s, note = %(note)s
WHERE record_id = %(record_id)s AND id = %(id)s
"""


class Verdict(StrEnum):
    """What a review concludes."""

    JUSTIFIED = "justified"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """An entrance as an officer reads it; the last four are empty until it is reviewed."""

    record_id: int
    id: UUID
    person: str
    name: str
    structure_name: str
    purpose: str
    unable: bool
    danger: bool
    reason: str
    detail: str
    at: datetime
    lasts: timedelta
    reviewed_at: datetime | None
    reviewed_by: str
    verdict: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Entrances that wait, oldest first, and the last ones that were reviewed."""

    waiting: tuple[Reviewed, ...]
    reviewed: tuple[Reviewed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One entrance with what its professional did in the record while it lasted, oldest first."""

    entrance: Reviewed
    lines: tuple[JournalLine, ...]


def appoint(person: str, structure: str, *, everywhere: bool) -> None:
    """Entrust somebody with the review of the entrances from their structure, or of all."""
    database.execute(_APPOINT, (person, structure, everywhere, clock.now()))


def dismiss(person: str, structure: str) -> None:
    """Somebody is no longer entrusted with it."""
    database.execute(_DISMISS, (clock.now(), person, structure))


def scope(actor: Actor) -> bool | None:
    """Whether an officer reviews everywhere; None for who is no officer."""
    if actor.kind is not ActorKind.CLERK:
        return None
    found = database.row(_OFFICER, (actor.person, actor.structure))
    return None if found is None else bool(found[0])


def entrusted_with(actor: Actor) -> str | None:
    """The structure whose people's accesses somebody is entrusted to review, "" for everybody's, None for no one's."""
    everywhere = scope(actor)
    return None if everywhere is None else "" if everywhere else actor.structure


def queue(*, actor: Actor) -> Queue | Refusal:
    """What waits for an officer's review. Rule: `officer-only`."""
    with transaction.atomic():
        everywhere = scope(actor)
        if everywhere is None:
            return _refused(actor)
        journal.append(
            actor=actor, action=Action.EMERGENCY_REVIEW, record_id=gate.NO_RECORD, rule="officer", detail="liste"
        )
        where = {"everywhere": everywhere, "structure": actor.structure}
        return Queue(
            waiting=tuple(_read(row) for row in database.rows(_WAITING, where)),
            reviewed=tuple(_read(row) for row in database.rows(_REVIEWED, where)),
        )


def examine(*, actor: Actor, record_id: int, entrance: UUID) -> Examined | Refusal:
    """One entrance with what was done. Rules: `officer-only`, `emergency-unknown`."""
    with transaction.atomic():
        found = _found(actor, record_id, entrance)
        if isinstance(found, Refusal):
            return found
        journal.append(
            actor=actor, action=Action.EMERGENCY_REVIEW, record_id=record_id, rule="officer", detail="examen"
        )
        until = found.at + found.lasts
        lines = journal.acts_of(actor=actor, record_id=record_id, person=found.person, since=found.at, until=until)
    return Examined(entrance=found, lines=tuple(lines))


def review(
    *, actor: Actor, record_id: int, entrance: UUID, verdict: Verdict, note: str = ""
) -> controls.Controlled | Refusal:
    """Conclude on an entrance. Rules: `officer-only`, `emergency-unknown`, `review-note` (a follow-up says why)."""
    with transaction.atomic():
        found = _found(actor, record_id, entrance)
        if isinstance(found, Refusal):
            return found
        if len(note) > _LONGEST or (verdict is Verdict.FOLLOW_UP and not note.strip()):
            text = "Écrivez ce qui est à suivre."
            wrong = controls.problem("review-note", text, "note", expected=f"1 à {_LONGEST} signes", source=_SOURCE)
            return gate.refuse(wrong, actor=actor, action=Action.EMERGENCY_REVIEW, record_id=record_id)
        database.execute(
            _REVIEW,
            {
                "record_id": record_id,
                "id": entrance,
                "now": clock.now(),
                "by": actor.person,
                "verdict": verdict.value,
                "note": note.strip(),
            },
        )
        controls.changed(record_id, "emergency.reviewed")
        journal.append(
            actor=actor, action=Action.EMERGENCY_REVIEW, record_id=record_id, rule="officer", detail=verdict.value
        )
    return controls.Controlled(record_id=record_id)


def _found(actor: Actor, record_id: int, entrance: UUID) -> Reviewed | Refusal:
    everywhere = scope(actor)
    if everywhere is None:
        return _refused(actor)
    where = {"everywhere": everywhere, "structure": actor.structure, "record_id": record_id, "id": entrance}
    row = database.row(_ONE, where)
    if row is None:
        text = "Aucun accès d'urgence de ce nom n'est à contrôler ici."
        unknown = Problem(reason=Reason.UNKNOWN_DOCUMENT, rule="emergency-unknown", text=text, source=_SOURCE)
        return gate.refuse(unknown, actor=actor, action=Action.EMERGENCY_REVIEW, record_id=gate.NO_RECORD)
    return _read(row)


def _read(row: tuple[object, ...]) -> Reviewed:
    names = tuple(Reviewed.__dataclass_fields__)
    stored = (*row[:3], controls.name_of(f"p:{row[2]}"), _place(str(row[3])), *row[4:7], entrances.label(str(row[7])))
    return Reviewed(**dict(zip(names, (*stored, *row[8:]), strict=True)))  # type: ignore[arg-type]


def _place(structure: str) -> str:
    found = directory.structure(structure)
    return structure if found is None else found.name


def _refused(actor: Actor) -> Refusal:
    text = "Le contrôle des accès d'urgence revient aux délégués à la protection des données désignés."
    wrong = Problem(reason=Reason.FORBIDDEN, rule="officer-only", text=text, source=_SOURCE)
    return gate.refuse(wrong, actor=actor, action=Action.EMERGENCY_REVIEW, record_id=gate.NO_RECORD)
