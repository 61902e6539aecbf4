"""Writes: a record and the first identifier of its person."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from carnet.kernel import clock, database, ids, locator
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.identity import identifiers, neighbours, queries, rules
from carnet.record.identity.values import PatientIdentifier, RecordStatus, Registered, Traits
from carnet.record.terminology.api import Domain

_INSERT = """
WITH head AS (
    INSERT INTO identity_record (record_id, domain, qualification, birth_name, first_given, given_names,
                                 used_name, used_given, sex, birth_date, birth_place, birth_rank)
    VALUES (%(record_id)s, %(domain)s, %(qualification)s, %(birth_name)s, %(first_given)s, %(given_names)s,
            %(used_name)s, %(used_given)s, %(sex)s, %(birth_date)s, %(birth_place)s, %(birth_rank)s)
    RETURNING record_id
)
INSERT INTO identity_identifier (record_id, system, value, type_code)
SELECT record_id, %(system)s, %(value)s, %(type_code)s FROM head
"""

_STATUS = """
UPDATE identity_record SET status = %s, status_reason = %s, status_since = %s, opposition_until = %s
WHERE record_id = %s
"""


def register(
    domain: Domain, identifier: PatientIdentifier | None, traits: Traits, qualification: str
) -> Registered | Refusal:
    """The record of `identifier` in `domain`, made when there is none; runs inside the caller's transaction."""
    problems = _problems(domain, identifier, traits, qualification)
    refusals = tuple(problem for problem in problems if not problem.warning)
    if refusals:
        return Refusal(refusals)
    if identifier is None:
        identifier = issued = identifiers.draw(domain)
    else:
        issued = None
        # Two creations of one person at the same time queue here.
        identifiers.lock(domain.number, identifier)
        known = queries.record_of(domain.number, identifier)
        if known is not None:
            return Registered(known, True, (*problems, *_differences(known, traits)))
    record_id = ids.new_record_id()
    database.execute(
        _INSERT,
        {
            "record_id": record_id,
            "domain": domain.number,
            "qualification": str(qualification),
            "birth_name": traits.birth_name,
            "first_given": traits.first_given,
            "given_names": traits.given_names,
            "used_name": traits.used_name,
            "used_given": traits.used_given,
            "sex": traits.sex,
            "birth_date": traits.birth_date,
            "birth_place": traits.birth_place,
            "birth_rank": traits.birth_rank,
            "system": identifier.system,
            "value": identifier.value,
            "type_code": identifier.type_code,
        },
    )
    locator.claim_within(domain.number, [locator.person(identifier.system, identifier.value)], record_id)
    neighbours.liken(domain.number, record_id, traits)
    return Registered(record_id, False, problems, issued)


def set_status(
    record_id: int, status: RecordStatus, *, reason: str, since: datetime, opposition_until: datetime | None
) -> bool:
    """Write the state of a record's life; False when there is no such record."""
    return database.execute(_STATUS, (status.value, reason, since, opposition_until, record_id)) == 1


def _problems(
    domain: Domain, identifier: PatientIdentifier | None, traits: Traits, qualification: str
) -> tuple[Problem, ...]:
    """Everything wrong with a registration, collected; warnings included."""
    found = [*rules.check_traits(domain, traits)]
    wrong_identifier = identifier and rules.check_identifier(domain, identifier, settings.CARNET_LOCAL_OID)
    if wrong_identifier:
        found.insert(0, wrong_identifier)
    elif identifier is not None and domain.check_key:
        found.extend(rules.check_agreement(identifier, traits))
    if domain.french_profile and traits.birth_date is not None:
        wrong_date = rules.check_birth_date(traits.birth_date, clock.now().date())
        found.extend([wrong_date] if wrong_date else [])
    wrong_state = rules.check_qualification(domain, qualification, identifier)
    found.extend([wrong_state] if wrong_state else [])
    return tuple(found)


def _differences(record_id: int, traits: Traits) -> tuple[Problem, ...]:
    """A warning when the record of this INS has other strict traits; which ones and their values stay untold."""
    patient = queries.patient(record_id)
    if patient is None or _strict(patient.traits) == _strict(traits):
        return ()
    return (
        Problem(
            reason=Reason.PATIENT_MISMATCH,
            rule="traits-differ",
            text="Un dossier existe sous ce matricule avec d'autres traits d'identité : vérifiez l'identité.",
            field="Patient",
            source=rules.TRAITS_SOURCE,
            warning=True,
        ),
    )


def _strict(traits: Traits) -> tuple[object, ...]:
    name, first = traits.birth_name.casefold().strip(), traits.first_given.casefold().strip()
    return name, first, traits.sex, traits.birth_date, traits.birth_place
