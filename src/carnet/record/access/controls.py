"""What every control of a person shares: the door, how grantees are written and named, what a control answers.

A grantee is `p:` and a PS_IdNat, or `s:` and a Struct_IdNat. What a person decides is for them, or for who represents
them, to say: the gate refuses everybody else and journals the refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carnet.kernel import outbox
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import gate
from carnet.record.access.gate import Pass
from carnet.record.access.rules import Act
from carnet.record.directory import api as directory
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action

PERSON, STRUCTURE = "p:", "s:"
PHYSICIAN = "10"  # TRE_G15
# Whoever draws up lists of who may read what learns that something changed.
CHANGED = "access.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Controlled:
    """A control was set in a record."""

    record_id: int


def enter(*, actor: Actor, domain: str, patient_id: str, action: Action, act: Act = Act.CHOOSE) -> Pass | Refusal:
    """The record whose controls an actor sets; "" is the record that they act in."""
    return gate.enter(actor=actor, domain=domain, patient_id=patient_id, act=act, action=action)


def done(*, actor: Actor, entered: Pass, action: Action, detail: str, event: str = CHANGED) -> Controlled:
    """The trace and the event of a control, inside the caller's transaction."""
    changed(entered.record_id, event)
    journal.append(actor=actor, action=action, record_id=entered.record_id, rule=entered.rule, detail=detail)
    return Controlled(record_id=entered.record_id)


def changed(record_id: int, event: str = CHANGED) -> None:
    """The event that a control was set, inside the caller's transaction."""
    outbox.record_event(record_id=record_id, kind=event)


def refused(problem: Problem, *, actor: Actor, entered: Pass, action: Action) -> Refusal:
    """A refusal about what was asked, once the record let the actor in."""
    return gate.refuse(problem, actor=actor, action=action, record_id=entered.record_id)


def name_of(grantee: str) -> str:
    """The name of a professional or a structure as people know it; the identifier of one that left the directory."""
    identifier = grantee[2:]
    if grantee.startswith(PERSON):
        person = directory.professional(identifier)
        return identifier if person is None else person.name
    place = directory.structure(identifier)
    return identifier if place is None else place.name


def check_grantee(grantee: str) -> Problem | None:
    """The problem of a grantee whom the directory does not know."""
    known = (
        (grantee.startswith(PERSON) and directory.professional(grantee[2:]))
        or (grantee.startswith(STRUCTURE) and directory.structure(grantee[2:]))
        or None
    )
    if known is not None:
        return None
    return problem("grantee-unknown", "Ce professionnel ou cet établissement n'est pas dans l'annuaire.", "grantee")


def check_until(until: datetime | None, now: datetime) -> Problem | None:
    """The problem of an end that is over."""
    if until is None or until > now:
        return None
    return problem("until-past", "La date de fin est passée.", "until", expected="une date à venir")


def problem(
    rule: str, text: str, field: str, *, expected: str = "", source: str = "CSP L.1111-16, R.1111-46"
) -> Problem:
    """What is wrong with a control."""
    return Problem(reason=Reason.INVALID, rule=rule, text=text, field=field, expected=expected, source=source)
