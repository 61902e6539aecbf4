"""Printed access codes: who may print a record's sheet, and what its holder may do with a code.

Whoever holds the sheet reads the record, so a desk prints it only where its structure is in the person's care team:
there the person came in, showed who they are, and consented.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import gate
from carnet.record.access.rules import Act
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal

# Who acts before anybody has proven anything: named in the journal of the record whose sheet or code is tried.
NOBODY = Actor(kind=ActorKind.SYSTEM, person="first-entry", name="Première connexion", proof="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedCodes:
    """A sheet about to be printed; `holder` names the person as briefly as two sheets can be told apart."""

    record_id: int
    holder: str
    sheet: directory.AccessSheet


def print_codes(*, actor: Actor, domain: str, patient_id: str) -> PrintedCodes | Refusal:
    """Issue the access codes of a person who stands at the desk; a former sheet stops working.

    Refusals: those of the gate, `clerk-codes-elsewhere` for a structure outside the care team.
    """
    entered = gate.enter(
        actor=actor, domain=domain, patient_id=patient_id, act=Act.PRINT_CODES, action=journal.Action.CODES_PRINT
    )
    if isinstance(entered, Refusal):
        return entered
    patient = identity.patient_of(actor=actor, record_id=entered.record_id)
    if patient is None:
        return gate.refuse(
            gate.unknown_patient(), actor=actor, action=journal.Action.CODES_PRINT, record_id=entered.record_id
        )
    traits = patient.traits
    given, family = traits.used_given or traits.first_given.title(), traits.used_name or traits.birth_name
    with transaction.atomic():
        sheet = directory.issue_access_codes(
            actor=actor, domain=patient.domain, record_id=entered.record_id, name=f"{given} {family}".strip()
        )
        journal.append(actor=actor, action=journal.Action.CODES_PRINT, record_id=entered.record_id, rule=entered.rule)
    return PrintedCodes(record_id=entered.record_id, holder=f"{given} {family[:1].upper()}.".strip(), sheet=sheet)


def enter_by_codes(*, login: str, password: str | None, code: str) -> directory.Entered | Refusal:
    """Spend a printed code; the act and each failed try on a sheet that exists are in the record's journal.

    `password` is the printed one, None once the account's own has been proven. What the record then shows is decided
    by its gate: the person of a closed record enters, and may reopen it.
    """
    with transaction.atomic():
        found = directory.enter_by_codes(login=login, password=password, code=code)
        if isinstance(found, directory.NotEntered):
            if found.record_id is not None:
                journal.append(
                    actor=NOBODY,
                    action=journal.Action.CODES_ENTER,
                    record_id=found.record_id,
                    outcome=journal.Outcome.REFUSED,
                    rule=found.problem.rule,
                )
            return Refusal((found.problem,))
        journal.append(
            actor=found.actor,
            action=journal.Action.CODES_ENTER,
            record_id=found.actor.record_id or gate.NO_RECORD,
            rule="printed-code",
        )
    return found


def sheet_state(*, actor: Actor, domain: str, record_id: int) -> directory.SheetState | None:
    """The sheet in force of a record, for the desk that could print another; None when there is none to tell of."""
    if not gate.may(actor=actor, domain=domain, record_id=record_id, act=Act.PRINT_CODES):
        return None
    return directory.sheet_state(actor=actor, record_id=record_id)
