"""Reads: a record by identifier, a person by record."""

from __future__ import annotations

from carnet.kernel import database, locator
from carnet.record.identity.values import Patient, PatientIdentifier, Qualification, RecordStatus, Traits

_PATIENT = """
SELECT r.record_id, r.domain, i.system, i.value, r.birth_name, r.given_names, r.first_given, r.used_name,
       r.used_given, r.sex, r.birth_date, r.birth_place, r.qualification, r.status, r.created_at
FROM identity_record r JOIN identity_identifier i ON i.record_id = r.record_id AND i.current
WHERE r.record_id = %s
"""

_HOLDERS = """
SELECT i.record_id
FROM identity_identifier i JOIN identity_record r USING (record_id)
WHERE i.record_id = ANY(%s) AND i.system = %s AND i.value = %s AND r.domain = %s
"""


def record_of(domain: int, identifier: PatientIdentifier) -> int | None:
    """The record of an identifier, current or past, None when nobody has it in this domain.

    The locator only says where to look: a claim whose transaction was lost leads nowhere.
    """
    candidates = locator.locate(domain, [locator.person(identifier.system, identifier.value)])
    if not candidates:
        return None
    found = database.row(_HOLDERS, (candidates, identifier.system, identifier.value, domain))
    return found[0] if found else None


def identifiers(record_id: int) -> tuple[PatientIdentifier, ...]:
    """Every identifier that the person of a record has or had, the current one first."""
    statement = "SELECT system, value FROM identity_identifier WHERE record_id = %s ORDER BY NOT current, since"
    return tuple(PatientIdentifier(system, value) for system, value in database.rows(statement, (record_id,)))


def patient(record_id: int) -> Patient | None:
    """The person of a record, None for an unknown record."""
    found = database.row(_PATIENT, (record_id,))
    if found is None:
        return None
    return Patient(
        record_id=found[0],
        domain=found[1],
        identifier=PatientIdentifier(found[2], found[3]),
        traits=Traits(
            birth_name=found[4],
            given_names=found[5],
            first_given=found[6],
            used_name=found[7],
            used_given=found[8],
            sex=found[9],
            birth_date=found[10],
            birth_place=found[11],
        ),
        qualification=Qualification(found[12]),
        status=RecordStatus(found[13]),
        created_at=found[14],
    )
