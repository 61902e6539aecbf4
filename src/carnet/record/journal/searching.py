"""Traces as machines search them (IHE ITI-81): of one person's records, of one actor in them, in a span of time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind

_COLUMNS = (
    "record_id, at, writer, number, action, outcome, rule, actor_kind, person, structure, name, structure_name,"
    " purpose, proof, software, subjects"
)
_TRACES = f"""
SELECT {_COLUMNS} FROM journal_entry
WHERE record_id = ANY(%(records)s::bigint[]) AND at >= %(since)s AND at < %(until)s
  AND (%(person)s::text IS NULL OR (person = %(person)s AND structure = %(structure)s))
  AND NOT (cardinality(subjects) > 0 AND subjects <@ %(withheld)s::uuid[])
  AND (%(secret)s::boolean OR NOT secret)
ORDER BY at DESC, writer DESC, number DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Traced:
    """One trace as machines read it; `subjects` are those that the reader may know of."""

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


def traces(
    actor: Actor,
    records: Sequence[int],
    *,
    own: bool,
    since: datetime | str,
    until: datetime | str,
    withheld: Collection[UUID],
    limit: int,
) -> list[Traced]:
    """The newest traces of these records in a span of time, `own`: of the actor only."""
    found = database.rows(
        _TRACES,
        {
            "records": list(records),
            "since": since,
            "until": until,
            "person": actor.person if own else None,
            "structure": actor.structure,
            "withheld": list(withheld),
            "secret": own or actor.kind is ActorKind.PATIENT,
            "limit": limit,
        },
    )
    return [
        replace(one, subjects=tuple(subject for subject in one.subjects if subject not in withheld))
        for one in (Traced(*row) for row in found)
    ]
