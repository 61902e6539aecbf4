"""Opening records and declaring authorisations."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from carnet.kernel import clock, database, keys, outbox
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import authorising, gate, queries
from carnet.record.access.rules import Act, decide_creation
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A record, whether it was there already (one person has one record), and what the clerk should check."""

    record_id: int
    existing: bool
    status: identity.RecordStatus = identity.RecordStatus.ACTIVE
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecord:
    """The banner of a record: who the person is and where the actor stands."""

    patient: identity.Patient
    authorised: bool
    rule: str


def create_record(
    *,
    actor: Actor,
    domain: str,
    identifier: identity.PatientIdentifier | None,
    traits: identity.Traits,
    qualification: str,
    consent: bool,
    remark: str = "",
) -> Created | Refusal:
    """Create a person's record with the consent just collected (DMP TD1.1, A4).

    `remark` goes to the journal: why there is no INS, why somebody who looks alike is another person.

    The structure that collects the consent is in the care team (CSP R.1111-46) and is authorised with it.
    """
    found = terminology.domain(domain)
    if found is None:
        return gate.refuse(
            gate.unknown_domain(domain), actor=actor, action=journal.Action.RECORD_CREATE, record_id=gate.NO_RECORD
        )
    closed = gate.closed_domain(found)
    if closed is not None:
        return gate.refuse(closed, actor=actor, action=journal.Action.RECORD_CREATE, record_id=gate.NO_RECORD)
    decision = decide_creation(actor, consent=consent)
    if decision.problem is not None:
        return gate.refuse(decision.problem, actor=actor, action=journal.Action.RECORD_CREATE, record_id=gate.NO_RECORD)
    now = clock.now_in(found.number)
    with transaction.atomic():
        registered = identity.register(
            actor=actor, domain=found, identifier=identifier, traits=traits, qualification=qualification
        )
        if isinstance(registered, Refusal):
            return gate.refuse(
                *registered.problems, actor=actor, action=journal.Action.RECORD_CREATE, record_id=gate.NO_RECORD
            )
        record_id = registered.record_id
        # A person who consents opens the record that was announced to them.
        opened = registered.existing and _announced(actor, record_id)
        consented = opened or not registered.existing
        if opened:
            identity.set_status(actor=actor, record_id=record_id, status=identity.RecordStatus.ACTIVE, since=now)
        elif consented:
            keys.create_record_key(record_id)
        if consented:
            database.execute(
                "INSERT INTO access_consent (record_id, given_at, collected_by, structure) VALUES (%s, %s, %s, %s)",
                (record_id, now, actor.person, actor.structure),
            )
            outbox.record_event(record_id=record_id, kind="record.created")
        if actor.structure and consented:
            authorising.grant(actor, record_id, "s:" + actor.structure, "care-team", now)
        journal.append(
            actor=actor,
            action=journal.Action.RECORD_CREATE,
            record_id=record_id,
            rule=decision.rule if consented else "record-exists",
            detail=remark,
        )
        patient = identity.patient_of(actor=actor, record_id=record_id)
    return Created(
        record_id=record_id,
        existing=registered.existing,
        status=identity.RecordStatus.ACTIVE if patient is None else patient.status,
        warnings=registered.warnings,
    )


def _announced(actor: Actor, record_id: int) -> bool:
    # Its person may be opposing it at another desk.
    queries.hold(record_id)
    patient = identity.patient_of(actor=actor, record_id=record_id)
    return patient is not None and patient.status is identity.RecordStatus.ANNOUNCED


def open_record(*, actor: Actor, domain: str, patient_id: str) -> OpenRecord | Refusal:
    """Whether a record exists and where the actor stands in it (DMP TD0.2); "" is a patient's own."""
    entered = gate.enter(
        actor=actor, domain=domain, patient_id=patient_id, act=Act.OPEN, action=journal.Action.RECORD_OPEN
    )
    if isinstance(entered, Refusal):
        return entered
    patient = identity.patient_of(actor=actor, record_id=entered.record_id)
    if patient is None:
        return gate.refuse(
            gate.unknown_patient(), actor=actor, action=journal.Action.RECORD_OPEN, record_id=entered.record_id
        )
    journal.append(actor=actor, action=journal.Action.RECORD_OPEN, record_id=entered.record_id, rule=entered.rule)
    return OpenRecord(
        patient=patient,
        authorised=gate.may(actor=actor, domain=domain, record_id=entered.record_id, act=Act.SEARCH),
        rule=entered.rule,
    )


def my_record(*, actor: Actor, domain: str = "fr") -> OpenRecord | Refusal:
    """A patient's own record."""
    return open_record(actor=actor, domain=domain, patient_id="")


def who_has_access(*, actor: Actor) -> list[queries.Authorisation]:
    """Everybody authorised or blocked in a patient's own record; empty for anybody else."""
    if actor.kind is not ActorKind.PATIENT or actor.record_id is None:
        return []
    return queries.authorisations(actor.record_id)
