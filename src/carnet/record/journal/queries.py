"""Reading traces back, for the person they are about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from carnet.kernel import database

_PAGE = """
SELECT at, writer, number, action, outcome, rule, actor_kind, person, name, structure_name, profession, purpose, proof,
       software, subjects, detail
FROM journal_entry
WHERE record_id = ANY(%(records)s::bigint[]) AND (at, writer, number) < (%(at)s::timestamptz, %(writer)s, %(number)s)
  AND NOT (cardinality(subjects) > 0 AND subjects <@ %(withheld)s::uuid[])
ORDER BY at DESC, writer DESC, number DESC
LIMIT %(limit)s
"""

_LATEST = 2**62


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One trace as people read it: instants in UTC, names as they were when it happened."""

    at: datetime
    writer: int
    number: int
    action: str
    outcome: str
    rule: str
    actor_kind: str
    person: str
    name: str
    structure_name: str
    profession: str
    purpose: str
    proof: str
    software: str
    subjects: Sequence[UUID]
    detail: str


def page(
    records: Sequence[int], limit: int, before: tuple[datetime, int, int] | None, withheld: Collection[UUID]
) -> list[JournalLine]:
    """The traces of one person's records, newest first, before a place in the journal; none names a withheld one."""
    at, writer, number = before or ("infinity", _LATEST, _LATEST)
    parameters = {
        "records": list(records),
        "at": at,
        "writer": writer,
        "number": number,
        "limit": limit,
        "withheld": list(withheld),
    }
    lines = database.rows(_PAGE, parameters)
    found = [JournalLine(*line) for line in lines]
    return [replace(line, subjects=[one for one in line.subjects if one not in withheld]) for line in found]
