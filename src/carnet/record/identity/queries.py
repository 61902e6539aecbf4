"""Reads: a record by identifier, a person by record."""

from __future__ import annotations

from carnet.kernel import database, locator
from carnet.record.identity.values import Patient, PatientIdentifier, Qualification, RecordStatus, Traits

_PATIENT = """
SELECT r.record_id, r.domain, i.system, i.value, i.type_code, r.birth_rank, r.birth_name, r.given_names,
       r.first_given, r.used_name, r.used_given, r.sex, r.birth_date, r.birth_place,
       r.qualification, r.status, r.created_at, r.deceased_on
FROM identity_record r JOIN identity_identifier i ON i.record_id = r.record_id AND i.current
WHERE r.record_id = %s
"""

# What was merged into another record is that one.
_HOLDERS = """
SELECT COALESCE(r.merged_into, r.record_id)
FROM identity_identifier i JOIN identity_record r USING (record_id)
WHERE i.record_id = ANY(%s) AND i.system = %s AND i.value = %s AND r.domain = %s
"""
_MERGED = "SELECT record_id FROM identity_record WHERE merged_into = %s ORDER BY record_id"


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
        identifier=PatientIdentifier(found[2], found[3], found[4]),
        traits=Traits(
            birth_name=found[6],
            given_names=found[7],
            first_given=found[8],
            used_name=found[9],
            used_given=found[10],
            sex=found[11],
            birth_date=found[12],
            birth_place=found[13],
            birth_rank=found[5],
        ),
        qualification=Qualification(found[14]),
        status=RecordStatus(found[15]),
        created_at=found[16],
        deceased_on=found[17],
    )


def merged_into(record_id: int) -> list[int]:
    """The records that were merged into this one."""
    return [found for (found,) in database.rows(_MERGED, (record_id,))]
