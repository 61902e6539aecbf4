"""Traces as machines search them (IHE ITI-81): of one person's records, of one actor in them, in a span of time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.journal.rules import Action

_COLUMNS = (
    "record_id, at, writer, number, action, outcome, rule, actor_kind, person, structure, name, structure_name,"
    " purpose, proof, software, subjects"
)
# A subject that is withheld is not found by its name either. A trace's detail is told where it is another's word.
_TRACES = f"""
SELECT {_COLUMNS}, CASE WHEN action = '{Action.JOURNAL_RECEIVE}' THEN detail ELSE '' END FROM journal_entry
WHERE record_id = ANY(%(records)s::bigint[]) AND at >= %(since)s AND at < %(until)s
  AND (%(person)s::text IS NULL OR (person = %(person)s AND structure = %(structure)s))
  AND (%(within)s::text IS NULL OR structure = %(within)s)
  AND NOT (cardinality(subjects) > 0 AND subjects <@ %(withheld)s::uuid[])
  AND (%(secret)s::boolean OR NOT secret)
  AND (%(people)s::text[] IS NULL OR person = ANY(%(people)s) OR structure = ANY(%(people)s))
  AND (%(outcomes)s::text[] IS NULL OR outcome = ANY(%(outcomes)s))
  AND (%(actions)s::text[] IS NULL OR action = ANY(%(actions)s))
  AND (%(subjects)s::uuid[] IS NULL OR (NOT %(blind)s AND EXISTS (
       SELECT FROM unnest(subjects) AS one WHERE one = ANY(%(subjects)s) AND NOT one = ANY(%(withheld)s::uuid[]))))
ORDER BY at DESC, writer DESC, number DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is asked for, None where everything is: names of actors or of structures, outcomes, actions, subjects."""

    people: Sequence[str] | None = None
    outcomes: Sequence[str] | None = None
    actions: Sequence[str] | None = None
    subjects: Sequence[UUID] | None = None


EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Traced:
    """One trace as machines read it; `subjects` are those that the reader may know of.

    `said` is what other software declared, as JSON, where the trace is such a declaration.
    """

    record_id: int
    at: datetime
    writer: int
    number: int
    action: str
    outcome: str
    rule: str
    actor_kind: str
    person: str
    structure: str
    name: str
    structure_name: str
    purpose: str
    proof: str
    software: str
    subjects: tuple[UUID, ...]
    said: str


def traces(
    actor: Actor,
    records: Sequence[int],
    *,
    own: bool,
    since: datetime | str,
    until: datetime | str,
    withheld: Collection[UUID],
    limit: int,
    structure: str | None,
    blind: bool,
    asked: Filter,
) -> list[Traced]:
    """The newest traces of these records in a span of time, `own`: of the actor only; `structure`: of its people.

    `blind`: their subjects are neither told nor searched.
    """
    found = database.rows(
        _TRACES,
        {
            "records": list(records),
            "since": since,
            "until": until,
            "person": actor.person if own else None,
            "structure": actor.structure,
            "within": structure,
            "withheld": list(withheld),
            # A data-protection officer (blind) sees secret connections too: hidden from representatives, not from them.
            "secret": own or blind or actor.kind is ActorKind.PATIENT,
            "blind": blind,
            "people": None if asked.people is None else list(asked.people),
            "outcomes": None if asked.outcomes is None else list(asked.outcomes),
            "actions": None if asked.actions is None else list(asked.actions),
            "subjects": None if asked.subjects is None else list(asked.subjects),
            "limit": limit,
        },
    )
    return [
        replace(one, subjects=() if blind else tuple(subject for subject in one.subjects if subject not in withheld))
        for one in (Traced(*row) for row in found)
    ]
