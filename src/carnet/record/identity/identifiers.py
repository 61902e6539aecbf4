"""Identifiers of a record: those it gains, the one it is addressed by, and the state of the identity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from carnet.kernel import clock, database, locator
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.identity import issued, neighbours, qualification, queries, rules
from carnet.record.identity.values import (
    KnownIdentifier,
    Patient,
    PatientIdentifier,
    Proof,
    Qualification,
    Rekeyed,
)
from carnet.record.terminology.api import INS_A, Domain

_HISTORY = """
SELECT system, value, type_code, current, since, until, reason FROM identity_identifier
WHERE record_id = %s ORDER BY current DESC, since DESC, system, value
"""
_ADD = """
INSERT INTO identity_identifier (record_id, system, value, type_code, current, since, reason)
VALUES (%(record_id)s, %(system)s, %(value)s, %(type_code)s, %(current)s, %(now)s, %(reason)s)
ON CONFLICT (record_id, system, value) DO UPDATE
   SET current = excluded.current, until = NULL, reason = excluded.reason, type_code = excluded.type_code
"""
_RETIRE = "UPDATE identity_identifier SET current = false, until = %s WHERE record_id = %s AND current"
_QUALIFY = "UPDATE identity_record SET qualification = %s WHERE record_id = %s"
_LOCK = "SELECT 1 FROM identity_record WHERE record_id = %s FOR UPDATE"
# Two writers of one name queue here until the first has committed.
LOCK_NAME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
# How often a drawn number may be taken already before something is wrong with the draw.
_DRAWS = 5


def history(record_id: int) -> tuple[KnownIdentifier, ...]:
    """Every identifier of a record, the current one first, then the latest."""
    return tuple(
        KnownIdentifier(
            identifier=PatientIdentifier(system, value, type_code),
            current=current,
            since=since,
            until=until,
            reason=reason,
        )
        for system, value, type_code, current, since, until, reason in database.rows(_HISTORY, (record_id,))
    )


def draw(domain: Domain) -> PatientIdentifier:
    """A number that nobody has in the domain, for a person who comes without any; its name is locked.

    An INS-A where identifiers are computed or drawn, else a local number of this instance.
    """
    if domain.calculated_ins:
        return _draw(domain.number, INS_A, rules.CALCULATED[INS_A], issued.new_ins_a)
    return _draw(domain.number, settings.CARNET_LOCAL_OID, rules.LOCAL, issued.new_local)


def _draw(domain: int, system: str, type_code: str, make: Callable[[], str]) -> PatientIdentifier:
    for _ in range(_DRAWS):
        drawn = PatientIdentifier(system, make(), type_code)
        lock(domain, drawn)
        if queries.record_of(domain, drawn) is None:
            return drawn
    raise RuntimeError("a random number was taken again and again: the source of randomness is broken")


def lock(domain: int, identifier: PatientIdentifier) -> None:
    """Wait for whoever gives this identifier to somebody; held until the caller's transaction ends."""
    database.rows(LOCK_NAME, (f"{domain}:{locator.person(identifier.system, identifier.value)}",))


def add(domain: Domain, record_id: int, identifier: PatientIdentifier, reason: str) -> Problem | None:
    """One more name of a person, beside the one the record is addressed by."""
    problem = rules.check_local(identifier)
    if problem is None and identifier.system == settings.CARNET_LOCAL_OID:
        problem = _problem("local-system", "Cette instance attribue elle-même les identifiants de cette autorité.")
    problem = problem or _taken(domain, record_id, identifier)
    if problem is None:
        _write(domain, record_id, identifier, current=False, reason=reason, now=clock.now())
    return problem


def issue(domain: Domain, record_id: int) -> PatientIdentifier | Refusal:
    """Give a record an INS-A, by which it answers beside its current identifier; the one it has when it has one."""
    if not domain.calculated_ins:
        return Refusal((_problem("ins-a-domain", "L'INS-A n'existe pas dans ce domaine."),))
    database.row(_LOCK, (record_id,))
    own = next((one.identifier for one in history(record_id) if one.identifier.system == INS_A), None)
    if own is None:
        own = draw(domain)
        _write(domain, record_id, own, current=False, reason="ins-a", now=clock.now())
    return own


def rekey(
    domain: Domain, record_id: int, identifier: PatientIdentifier, state: Qualification, *, correction: bool
) -> Rekeyed | Refusal:
    """Address a record by another identifier; it goes on answering by the former one."""
    database.row(_LOCK, (record_id,))
    patient = queries.patient(record_id)
    if patient is None:
        return Refusal((_problem("patient-unknown", "Ce dossier n'existe pas."),))
    former = patient.identifier
    if former == identifier:
        return Rekeyed(former=former, current=former)
    wrong = rules.check_identifier(domain, identifier, settings.CARNET_LOCAL_OID)
    if wrong is not None:
        return Refusal((wrong,))
    reason = _reason(former, identifier, correction=correction)
    problems = [reason] if isinstance(reason, Problem) else []
    problems += [one for one in rules.check_agreement(identifier, patient.traits) if not one.warning]
    problems += [one for one in (rules.check_qualification(domain, state, identifier),) if one is not None]
    problems += [one for one in (_taken(domain, record_id, identifier),) if one is not None]
    if problems or isinstance(reason, Problem):
        return Refusal(tuple(problems))
    now = clock.now()
    database.execute(_RETIRE, (now, record_id))
    _write(domain, record_id, identifier, current=True, reason=reason, now=now)
    database.execute(_QUALIFY, (str(state), record_id))
    neighbours.liken(domain.number, record_id, patient.traits)
    return Rekeyed(former=former, current=identifier)


def requalify(record_id: int, to: Qualification, proof: Proof) -> Problem | None:
    """Change how far an identity is trusted, when the proof allows it."""
    database.row(_LOCK, (record_id,))
    patient = queries.patient(record_id)
    if patient is None:
        return _problem("patient-unknown", "Ce dossier n'existe pas.")
    problem = qualification.change(
        patient.qualification,
        to,
        proof,
        has_ins=_has_ins(patient),
        birth_date=patient.traits.birth_date,
        today=clock.now_in(patient.domain).date(),
    )
    if problem is None:
        database.execute(_QUALIFY, (str(to), record_id))
    return problem


def _has_ins(patient: Patient) -> bool:
    return rules.is_ins(patient.identifier.system)


def _reason(former: PatientIdentifier, wanted: PatientIdentifier, *, correction: bool) -> str | Problem:
    """Why a record changes its address: it had none, it waited for this one, or the one it had was wrong."""
    if not rules.is_ins(wanted.system):
        return _problem("rekey-order", "Un INS ne se remplace pas par un identifiant local.")
    if not rules.is_ins(former.system):
        return "ins-found"
    if rules.is_temporary(former) and not rules.is_temporary(wanted):
        return "nia-to-nir"
    if former.system in rules.CALCULATED and wanted.system in rules.CALCULATED and former.system != wanted.system:
        return "ins-found"
    if correction:
        return "correction"
    text = "Seule une cellule d'identitovigilance remplace un matricule définitif par un autre."
    return _problem("rekey-order", text, expected="un NIR à la place d'un NIA")


def _taken(domain: Domain, record_id: int, identifier: PatientIdentifier) -> Problem | None:
    lock(domain.number, identifier)
    other = queries.record_of(domain.number, identifier)
    if other is None or other == record_id:
        return None
    text = "Un autre dossier répond déjà à cet identifiant : si c'est la même personne, ils sont à réunir."
    return _problem("identifier-taken", text, reason=Reason.DUPLICATE)


def _write(
    domain: Domain, record_id: int, identifier: PatientIdentifier, *, current: bool, reason: str, now: datetime
) -> None:
    values = {
        "record_id": record_id,
        "system": identifier.system,
        "value": identifier.value,
        "type_code": identifier.type_code,
        "current": current,
        "now": now,
        "reason": reason,
    }
    database.execute(_ADD, values)
    locator.claim_within(domain.number, [locator.person(identifier.system, identifier.value)], record_id)


def _problem(rule: str, text: str, *, expected: str = "", reason: Reason = Reason.INVALID) -> Problem:
    return Problem(
        reason=reason, rule=rule, text=text, field="patientId", expected=expected, source="Référentiel INS ; RNIV 1.4"
    )
