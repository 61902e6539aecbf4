"""Concerns: an access that a person reports (CSP R.1111-46), and what a data-protection officer concludes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.kernel import database
from carnet.record.journal.watch_rules import Kind

LONGEST_NOTE = 2000
_MOST = 200
_REPORT = """
INSERT INTO journal_concern (kind, record_id, person, name, structure, structure_name, since, until, count, note,
                             raised_at, window_start)
SELECT 'reported', e.record_id, e.person, e.name, e.structure, e.structure_name, e.at, e.at, 1, %(note)s, %(now)s, e.at
FROM journal_entry e
WHERE e.record_id = ANY(%(records)s::bigint[]) AND e.at = %(at)s AND e.writer = %(writer)s AND e.number = %(number)s
  AND NOT (cardinality(e.subjects) > 0 AND e.subjects <@ %(withheld)s::uuid[])
ON CONFLICT (kind, person, structure, record_id, window_start) DO UPDATE SET note = excluded.note
"""
_WAITING = f"""
SELECT record_id, id, kind, person, name, structure, structure_name, since, until, count, note, raised_at,
       reviewed_at, reviewed_by, verdict, conclusion
FROM journal_concern
WHERE (%(structure)s::text IS NULL OR structure = %(structure)s)
ORDER BY reviewed_at IS NOT NULL, reviewed_at DESC, raised_at LIMIT {_MOST}
"""
_CONCLUDE = """
UPDATE journal_concern SET reviewed_at = %(now)s, reviewed_by = %(by)s, verdict = %(verdict)s, conclusion = %(note)s
WHERE record_id = %(record_id)s AND id = %(id)s AND (%(structure)s::text IS NULL OR structure = %(structure)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Something to look at; `record_id` is 0 where it is about several records, the last four empty until reviewed."""

    record_id: int
    id: UUID
    kind: Kind
    person: str
    name: str
    structure: str
    structure_name: str
    since: datetime
    until: datetime
    count: int
    note: str
    raised_at: datetime
    reviewed_at: datetime | None
    reviewed_by: str
    verdict: str
    conclusion: str


def report(
    records: Sequence[int], place: tuple[datetime, int, int], note: str, withheld: Collection[UUID], now: datetime
) -> bool:
    """Report one line of a person's journal; False when it is not there, or not to be known of yet."""
    at, writer, number = place
    parameters = {"records": list(records), "at": at, "writer": writer, "number": number, "note": note, "now": now}
    return bool(database.execute(_REPORT, parameters | {"withheld": list(withheld)}))


def waiting(structure: str | None) -> list[Concern]:
    """What waits for a review, oldest first, then the last reviewed ones; of one structure, or of all (None)."""
    names = tuple(Concern.__dataclass_fields__)
    found = database.rows(_WAITING, {"structure": structure})
    return [Concern(**dict(zip(names, (*row[:2], Kind(row[2]), *row[3:]), strict=True))) for row in found]


def conclude(
    record_id: int, concern: UUID, structure: str | None, by: str, verdict: str, note: str, now: datetime
) -> bool:
    """Write what was concluded; False when there is no such concern for the officer of this structure."""
    parameters = {"record_id": record_id, "id": concern, "structure": structure, "by": by, "verdict": verdict}
    return bool(database.execute(_CONCLUDE, parameters | {"note": note, "now": now}))
