"""Two records side by side, for whoever is entrusted with identity-vigilance: are they one person's?

Identities only: traits, numbers, representatives. What the records hold is no business of a desk, not even how much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import transaction

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.access.api import Act
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two records: its person, every number they have or had, who represents them."""

    record_id: int
    patient: identity.Patient
    identifiers: tuple[identity.KnownIdentifier, ...]
    representatives: tuple[identity.Representative, ...]


def compare(*, actor: Actor, domain: str, one: str, other: str) -> tuple[Side, Side] | Refusal:
    """The identities of two records, named by CX, in their order; each person's journal tells it.

    Rules: `merge-actor`, and those of a record that is closed, suspended or announced. Two names of one record give the
    same side twice. The field of a problem is the parameter that it is about.
    """
    with transaction.atomic():
        first = _side(actor, domain, one, "one")
        if isinstance(first, Refusal):
            return first
        second = _side(actor, domain, other, "other")
        return second if isinstance(second, Refusal) else (first, second)


def _side(actor: Actor, domain: str, patient_id: str, parameter: str) -> Side | Refusal:
    action = Action.RECORD_COMPARE
    entered = access.enter(actor=actor, domain=domain, patient_id=patient_id, act=Act.MERGE, action=action)
    if isinstance(entered, Refusal):
        return Refusal(tuple(replace(problem, field=parameter) for problem in entered.problems))
    record_id = entered.record_id
    patient = identity.patient_of(actor=actor, record_id=record_id)
    if patient is None:
        raise RuntimeError("the gate let a record without a person pass")
    journal.append(actor=actor, action=action, record_id=record_id, rule=entered.rule)
    return Side(
        record_id=record_id,
        patient=patient,
        identifiers=tuple(identity.identifier_history(actor=actor, record_id=record_id)),
        representatives=identity.representatives_of(actor=actor, record_id=record_id),
    )
