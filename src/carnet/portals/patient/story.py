"""The journal in words: each trace as a sentence, close repetitions told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.portals.frame import wording
from carnet.portals.patient import telling
from carnet.record.access import api as access
from carnet.record.journal.api import Action, JournalLine, Outcome

_TOGETHER = timedelta(minutes=5)
_SAME_PAGE = timedelta(seconds=10)
_MOST_TITLES = 3


class Document(NamedTuple):
    """A document that a sentence names, with its title as its reader may see it."""

    uuid: UUID
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One thing somebody did, perhaps several times in a row.

    `about` says that it was done to documents: those of `documents` are named, `others` counts the rest. `place` is
    where it is in the journal.
    """

    at: datetime
    who: str
    role: str
    structure: str
    what: str
    about: bool
    documents: tuple[Document, ...]
    others: int
    detail: str
    why: str
    times: int
    own: bool
    refused: bool
    emergency: bool
    place: str


@dataclass(frozen=True, slots=True)
class Day:
    """The sentences of one day, newest first."""

    name: str
    sentences: tuple[Sentence, ...]


class _Key(NamedTuple):
    person: str
    kind: str
    structure: str
    action: str
    outcome: str
    rule: str
    subjects: tuple[UUID, ...]
    detail: str


def _key(line: JournalLine) -> _Key:
    return _Key(
        line.person,
        line.actor_kind,
        line.structure_name,
        line.action,
        line.outcome,
        line.rule,
        tuple(line.subjects),
        line.detail,
    )


def _sentence(line: JournalLine, times: int, own: bool, titles: Mapping[UUID, str]) -> Sentence:
    refused = line.outcome == Outcome.REFUSED
    if own and not refused:
        what = telling.OWN.get(line.action, f"avez agi ({line.action})")
    else:
        what = telling.DONE.get(line.action, (f"a agi ({line.action})", f"a voulu agir ({line.action})"))[
            1 if refused else 0
        ]
    named = tuple(Document(one, titles[one]) for one in line.subjects if one in titles)[:_MOST_TITLES]
    return Sentence(
        at=line.at,
        who="Vous" if own else (line.name or line.structure_name or line.person),
        role=telling.PROFESSIONS.get(line.profession, "") if line.actor_kind == ActorKind.PROFESSIONAL else "",
        structure=line.structure_name if line.name and not own else "",
        what=what,
        about=line.action in telling.ON_DOCUMENTS,
        documents=named,
        others=len(line.subjects) - len(named),
        detail=_detail(line),
        why="" if own else _why(line.rule),
        times=times,
        own=own,
        refused=refused,
        place=write_place(line),
        emergency=line.purpose != Purpose.NORMAL or line.rule in telling.EMERGENCIES,
    )


def _detail(line: JournalLine) -> str:
    if line.action == Action.JOURNAL_RECEIVE and line.detail:
        return telling.declared(line.detail)
    return line.detail if line.action in telling.DETAILED else ""


def _why(rule: str) -> str:
    """Under which rule: in the words of the journal, else in those that explain the decision to its person."""
    told = access.explain(rule)
    return telling.WHY.get(rule) or ("" if told is None else told.patient.rstrip("."))


def subjects(lines: Sequence[JournalLine]) -> tuple[UUID, ...]:
    """The documents that these lines name, each once; an act on the whole record names none of them."""
    return tuple(dict.fromkeys(one for line in lines if line.action in telling.ON_DOCUMENTS for one in line.subjects))


def days(lines: Sequence[JournalLine], actor: Actor, titles: Mapping[UUID, str]) -> tuple[Day, ...]:
    """The lines of a page of journal as days of sentences; the same act within five minutes is told once.

    Showing the journal reads the titles it names, which is itself a trace: told with the reading of the journal.
    """
    told: list[tuple[JournalLine, int]] = []
    for number, line in enumerate(lines):
        older = lines[number + 1] if number + 1 < len(lines) else None
        if older is not None and (_is_part_of_journal_page(line, older, actor) or _is_part_of_reading(line, older)):
            continue
        if told and _key(told[-1][0]) == _key(line) and told[-1][0].at - line.at < _TOGETHER:
            told[-1] = (told[-1][0], told[-1][1] + 1)
        else:
            told.append((line, 1))
    sentences = [_sentence(line, times, _is_own(line, actor), titles) for line, times in told]
    return tuple(Day(name, tuple(group)) for name, group in groupby(sentences, key=lambda one: wording.day(one.at)))


def _is_own(line: JournalLine, actor: Actor) -> bool:
    """Whether the patient did it: the kind counts, for a structure writes the name of its user as it likes."""
    return line.actor_kind == ActorKind.PATIENT and line.person == actor.person


def _is_part_of_journal_page(line: JournalLine, older: JournalLine, actor: Actor) -> bool:
    return (
        line.action == Action.DOCUMENT_GET
        and older.action == Action.JOURNAL_READ
        and _is_own(line, actor)
        and _is_own(older, actor)
        and line.at - older.at < _SAME_PAGE
    )


def _is_part_of_reading(line: JournalLine, older: JournalLine) -> bool:
    """Whether a card was looked at with the reading of the same document: the page of a document shows both."""
    return (
        line.action == Action.DOCUMENT_GET
        and older.action == Action.DOCUMENT_READ
        and line.outcome == older.outcome == Outcome.DONE
        and (line.actor_kind, line.person, line.structure_name)
        == (older.actor_kind, older.person, older.structure_name)
        and line.purpose == older.purpose
        and set(line.subjects) <= set(older.subjects)
        and line.at - older.at < _SAME_PAGE
    )


def write_place(line: JournalLine) -> str:
    """A place in the journal for an address: after this line."""
    return f"{line.at.isoformat()}_{line.writer}_{line.number}"


def read_place(text: str) -> tuple[datetime, int, int] | None:
    """The place written by `write_place`; None, that is the beginning, for anything else."""
    try:
        at, writer, number = text.split("_")
        moment = datetime.fromisoformat(at)
        return (moment, int(writer), int(number)) if moment.tzinfo else None
    except ValueError:
        return None
