"""Acts on who a person is: other identifiers, the state of the identity, representatives (RNIV).

Each asks the gate, which knows who is at the desk of the care team and who is entrusted with identity-vigilance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.db import transaction

from carnet.kernel import outbox
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import api as access
from carnet.record.access.api import Act, Pass
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.terminology import api as terminology

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A record answers by one more identifier."""

    record_id: int
    identifier: identity.PatientIdentifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualified:
    """How far the identity of a record is trusted."""

    record_id: int
    qualification: identity.Qualification


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A representative of a record's person."""

    record_id: int
    representative: identity.Representative


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A representation with its last day."""

    record_id: int
    representative: identity.Representative
    until: date


def rekey(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    identifier: identity.PatientIdentifier,
    qualification: identity.Qualification,
    correction: bool = False,
) -> identity.Rekeyed | Refusal:
    """Address a record by another identifier (NIA → NIR, none → INS): it goes on answering by the former ones.

    `correction`, one definitive matricule in the place of another, is for identity-vigilance.
    """

    def act(entered: Pass, found: terminology.Domain) -> identity.Rekeyed | Refusal:
        changed = identity.rekey(
            actor=actor,
            domain=found,
            record_id=entered.record_id,
            identifier=identifier,
            qualification=qualification,
            correction=correction,
        )
        if isinstance(changed, identity.Rekeyed):
            documents.readdress(
                actor=actor, record_id=entered.record_id, patient_id=identity.format_cx(changed.current)
            )
            outbox.record_event(record_id=entered.record_id, kind="record.rekeyed")
        return changed

    wanted = Act.MERGE if correction else Act.IDENTIFY
    return done(actor, domain, patient_id, wanted, Action.RECORD_IDENTIFY, act)


def add_identifier(
    *, actor: Actor, domain: str, patient_id: str, identifier: identity.PatientIdentifier
) -> Identified | Refusal:
    """The number that a structure gives its own patient (CX PI): the record answers by it too."""

    def act(entered: Pass, found: terminology.Domain) -> Identified | Refusal:
        problem = identity.add_identifier(actor=actor, domain=found, record_id=entered.record_id, identifier=identifier)
        return Refusal((problem,)) if problem else Identified(record_id=entered.record_id, identifier=identifier)

    return done(actor, domain, patient_id, Act.IDENTIFY, Action.RECORD_IDENTIFY, act)


def issue_ins_a(*, actor: Actor, domain: str, patient_id: str) -> Identified | Refusal:
    """Give a person an INS-A, drawn once; the record answers by it too."""

    def act(entered: Pass, found: terminology.Domain) -> Identified | Refusal:
        issued = identity.issue_ins_a(actor=actor, domain=found, record_id=entered.record_id)
        if isinstance(issued, Refusal):
            return issued
        return Identified(record_id=entered.record_id, identifier=issued)

    return done(actor, domain, patient_id, Act.IDENTIFY, Action.RECORD_IDENTIFY, act)


def requalify(
    *, actor: Actor, domain: str, patient_id: str, to: identity.Qualification, proof: identity.Proof
) -> Qualified | Refusal:
    """Change how far an identity is trusted: INSi answered, a paper was looked at, or there is a doubt."""

    def act(entered: Pass, _: terminology.Domain) -> Qualified | Refusal:
        problem = identity.requalify(actor=actor, record_id=entered.record_id, to=to, proof=proof)
        return Refusal((problem,)) if problem else Qualified(record_id=entered.record_id, qualification=to)

    return done(actor, domain, patient_id, Act.IDENTIFY, Action.RECORD_QUALIFY, act, detail=f"{to} {proof.reason}")


def declare_representative(
    *, actor: Actor, domain: str, patient_id: str, representative: identity.Representative
) -> Declared | Refusal:
    """Write who represents a minor or a protected adult."""

    def act(entered: Pass, _: terminology.Domain) -> Declared | Refusal:
        made = identity.declare_representative(actor=actor, record_id=entered.record_id, representative=representative)
        if isinstance(made, Problem):
            return Refusal((made,))
        access.represent(actor=actor, record_id=entered.record_id, representative=made)
        return Declared(record_id=entered.record_id, representative=made)

    return done(actor, domain, patient_id, Act.IDENTIFY, Action.RECORD_REPRESENT, act)


def end_representation(
    *, actor: Actor, domain: str, patient_id: str, number: int, until: date, declared_in: int = 0
) -> Ended | Refusal:
    """The last day of a representation, and of what it let the representative do.

    `number` and `declared_in` are those of `identity.representatives_of`. Rule: `representation-none`.
    """

    def act(entered: Pass, _: terminology.Domain) -> Ended | Refusal:
        record_id = entered.record_id
        named = (number, declared_in or record_id)
        known = identity.representatives_of(actor=actor, record_id=record_id)
        one = next((found for found in known if (found.number, found.declared_in) == named), None)
        if one is None or not identity.end_representation(
            actor=actor, record_id=record_id, number=number, until=until, declared_in=declared_in
        ):
            return Refusal((_no_representation(),))
        _stop_acting(actor, record_id, one, until)
        return Ended(record_id=record_id, representative=one, until=until)

    return done(actor, domain, patient_id, Act.IDENTIFY, Action.RECORD_REPRESENT, act, detail="fin")


def _stop_acting(actor: Actor, record_id: int, one: identity.Representative, until: date) -> None:
    """The representative stops after the day, unless they represent the person under another title from then on."""
    if one.record_id is None:
        return
    after = identity.representatives_of(actor=actor, record_id=record_id, at=until + timedelta(days=1))
    other = next((found for found in after if found.record_id == one.record_id), None)
    if other is not None:
        access.represent(actor=actor, record_id=record_id, representative=other)
    else:
        access.end_representing(actor=actor, record_id=record_id, representative=one.record_id, until=until)


def _no_representation() -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule="representation-none",
        text="Cette représentation n'existe pas, ou elle commence après le dernier jour donné.",
        field="Representative.until",
        source="Code civil, art. 371-1, 390, 440, 477",
    )


def done(
    actor: Actor,
    domain: str,
    patient_id: str,
    wanted: Act,
    action: Action,
    act: Callable[[Pass, terminology.Domain], Answer | Refusal],
    *,
    detail: str = "",
) -> Answer | Refusal:
    """Decide, act and trace in one transaction; what the act refuses is traced too, and undoes nothing."""
    with transaction.atomic():
        entered = access.enter(actor=actor, domain=domain, patient_id=patient_id, act=wanted, action=action)
        if isinstance(entered, Refusal):
            return entered
        found = terminology.domain(domain)
        if found is None:
            raise RuntimeError("the gate let an unknown domain pass")
        answer = act(entered, found)
        if isinstance(answer, Refusal):
            return access.refuse(*answer.problems, actor=actor, action=action, record_id=entered.record_id)
        journal.append(
            actor=actor, action=action, record_id=entered.record_id, rule=entered.rule, detail=detail.strip()
        )
    return answer
