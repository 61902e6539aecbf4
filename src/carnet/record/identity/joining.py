"""The identity of a record that is merged into another, and back.

The identifiers of the merged record stay its own and are those of the other too: the other answers by them all and
is addressed by its own current one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from carnet.kernel import database, locator
from carnet.record.identity import queries
from carnet.record.identity.values import PatientIdentifier, RecordStatus

_MERGE = """
UPDATE identity_record SET status = %(merged)s, status_reason = %(reason)s, status_since = %(now)s,
       merged_into = %(destination)s
WHERE record_id = %(source)s
"""
_UNMERGE = """
UPDATE identity_record SET status = %(active)s, status_reason = '', status_since = %(now)s, merged_into = NULL
WHERE record_id = %(source)s AND merged_into = %(destination)s
"""
_GIVE = """
INSERT INTO identity_identifier (record_id, system, value, type_code, current, since, until, reason)
SELECT %(destination)s, system, value, type_code, false, %(now)s, NULL, 'merged'
FROM identity_identifier WHERE record_id = %(source)s
ON CONFLICT DO NOTHING
RETURNING system, value, type_code
"""
_TAKE_BACK = """
DELETE FROM identity_identifier i USING unnest(%s::text[], %s::text[]) AS given(system, value)
WHERE i.record_id = %s AND NOT i.current AND i.system = given.system AND i.value = given.value
"""

_NOTE = """
INSERT INTO identity_addressed (record_id, submission, system, value, at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""
_ADDRESSED = """
SELECT a.submission FROM identity_addressed a
JOIN unnest(%s::text[], %s::text[]) AS i(system, value) ON i.system = a.system AND i.value = a.value
WHERE a.record_id = %s ORDER BY a.at, a.submission
"""


def join(source: int, destination: int, reason: str, now: datetime) -> list[PatientIdentifier]:
    """Merge, inside the caller's transaction; the identifiers that `destination` did not have."""
    patient = queries.patient(source)
    if patient is None:
        raise ValueError("a record that is merged is about somebody")
    values = {"source": source, "destination": destination, "reason": reason, "now": now}
    database.execute(_MERGE, values | {"merged": RecordStatus.MERGED.value})
    given = [PatientIdentifier(*row) for row in database.rows(_GIVE, values)]
    locator.move(patient.domain, [locator.person(one.system, one.value) for one in given], source, destination)
    return given


def part(source: int, destination: int, given: Sequence[PatientIdentifier], now: datetime) -> None:
    """Unmerge, inside the caller's transaction."""
    database.execute(
        _UNMERGE, {"source": source, "destination": destination, "now": now, "active": RecordStatus.ACTIVE.value}
    )
    patient = queries.patient(source)
    if patient is None or patient.status is not RecordStatus.ACTIVE:
        raise ValueError("this record is not merged into that one")
    database.execute(_TAKE_BACK, ([one.system for one in given], [one.value for one in given], destination))
    locator.move(patient.domain, [locator.person(one.system, one.value) for one in given], destination, source)


def note_addressed(record_id: int, submission: UUID, identifier: PatientIdentifier, at: datetime) -> None:
    """Under which identifier a set came."""
    database.execute(_NOTE, (record_id, submission, identifier.system, identifier.value, at))


def addressed(record_id: int, identifiers: Sequence[PatientIdentifier]) -> list[UUID]:
    """The sets of a record that came under one of these identifiers."""
    found = database.rows(
        _ADDRESSED, ([one.system for one in identifiers], [one.value for one in identifiers], record_id)
    )
    return [submission for (submission,) in found]
