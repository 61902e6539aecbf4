"""Reading traces back, for the person they are about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from carnet.kernel import database
from carnet.kernel.actor import ActorKind
from carnet.record.journal.rules import Action

# What came with the record from another domain's journal is read beside what was written here.
_LINES = """
(SELECT at, writer, number, action, outcome, rule, actor_kind, person, name, structure_name, profession, purpose, proof,
        software, subjects, detail
FROM {table}
WHERE record_id = ANY(%(records)s::bigint[]) AND (at, writer, number) < (%(at)s::timestamptz, %(writer)s, %(number)s)
  AND NOT (cardinality(subjects) > 0 AND subjects <@ %(withheld)s::uuid[])
  AND (%(secret)s::boolean OR secret IS NOT TRUE)
ORDER BY at DESC, writer DESC, number DESC
LIMIT %(limit)s)
"""
_PAGE = f"""
{_LINES.format(table="journal_entry")} UNION ALL {_LINES.format(table="journal_brought")}
ORDER BY at DESC, writer DESC, number DESC
LIMIT %(limit)s
"""

_LATEST = 2**62
_LAST = """
SELECT person, structure, max(at) FROM journal_entry
WHERE record_id = ANY(%(records)s::bigint[]) AND outcome = 'done' AND action = ANY(%(actions)s::text[])
  AND actor_kind = ANY(%(kinds)s::text[]) AND NOT (cardinality(subjects) > 0 AND subjects <@ %(withheld)s::uuid[])
  AND (%(secret)s::boolean OR NOT secret)
GROUP BY person, structure
"""
_ACTS = """
SELECT at, writer, number, action, outcome, rule, actor_kind, person, name, structure_name, profession, purpose, proof,
       software, subjects, detail
FROM journal_entry
WHERE record_id = %(record_id)s AND person = %(person)s AND at BETWEEN %(since)s AND %(until)s
ORDER BY at, writer, number LIMIT 500
"""
_READINGS = [Action.DOCUMENT_LIST.value, Action.DOCUMENT_GET.value, Action.DOCUMENT_READ.value]
_READERS = [ActorKind.PROFESSIONAL.value, ActorKind.STRUCTURE.value]


@dataclass(frozen=True, slots=True)
class LastReadings:
    """When each professional, and anybody of each structure, last read; people who never did are absent."""

    people: Mapping[str, datetime] = field(default_factory=dict)
    structures: Mapping[str, datetime] = field(default_factory=dict)


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
    records: Sequence[int],
    limit: int,
    before: tuple[datetime, int, int] | None,
    withheld: Collection[UUID],
    *,
    secret: bool,
) -> list[JournalLine]:
    """The traces of one person's records, newest first, before a place in the journal; none names a withheld one.

    `secret`: those of secret connections too.
    """
    at, writer, number = before or ("infinity", _LATEST, _LATEST)
    parameters = {
        "records": list(records),
        "at": at,
        "writer": writer,
        "number": number,
        "limit": limit,
        "withheld": list(withheld),
        "secret": secret,
    }
    lines = database.rows(_PAGE, parameters)
    found = [JournalLine(*line) for line in lines]
    return [replace(line, subjects=[one for one in line.subjects if one not in withheld]) for line in found]


def last_readings(records: Sequence[int], withheld: Collection[UUID], *, secret: bool) -> LastReadings:
    """When everybody last read in one person's records, but for readings of withheld documents.

    `secret`: readings of secret connections too.
    """
    people: dict[str, datetime] = {}
    structures: dict[str, datetime] = {}
    parameters: dict[str, object] = {
        "records": list(records),
        "actions": _READINGS,
        "kinds": _READERS,
        "withheld": list(withheld),
    }
    parameters["secret"] = secret
    for person, structure, at in database.rows(_LAST, parameters):
        people[person] = max(at, people.get(person, at))
        structures[structure] = max(at, structures.get(structure, at))
    return LastReadings(people, structures)


def acts_of(record_id: int, person: str, since: datetime, until: datetime) -> list[JournalLine]:
    """What one person did in one record between two instants, oldest first, 500 lines at most."""
    where = {"record_id": record_id, "person": person, "since": since, "until": until}
    return [JournalLine(*line) for line in database.rows(_ACTS, where)]
