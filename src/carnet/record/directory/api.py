"""The door of the directory: from a certificate, an assertion or a session to an actor.

The callers have checked the proof; the directory says who that is, and refuses who may no longer act.
Whether an actor may enter a record is decided by `carnet.record.access`.
"""

from __future__ import annotations

from carnet.kernel.actor import Actor, Purpose
from carnet.kernel.errors import Problem
from carnet.record.directory import actions, actors, queries, rules
from carnet.record.directory.values import Professional, Structure

__all__ = [
    "Professional",
    "Structure",
    "actor_of_login",
    "actor_of_professional",
    "actor_of_structure",
    "check_person_id",
    "check_structure_id",
    "enrol_clerk_account",
    "enrol_patient_account",
    "enrol_professional",
    "enrol_professional_account",
    "enrol_structure",
    "professional",
    "structure",
]


def actor_of_professional(
    *, person: str, structure: str | None, proof: str, software: str = "", purpose: Purpose = Purpose.NORMAL
) -> Actor | Problem:
    """The actor of a professional (PS_IdNat) in a structure (Struct_IdNat, None for the only one there is).

    Problems: `professional-unknown`, `professional-blocked`, `structure-unknown`, `structure-blocked`,
    `structure-missing` (several activities and none named), `activity-absent`, `activity-ended`.
    """
    return actors.of_professional(person, structure, proof=proof, software=software, purpose=purpose)


def actor_of_structure(*, structure: str, proof: str, software: str, person: str = "") -> Actor | Problem:
    """The actor of a structure's machine; `person` is the machine's own name when it has one.

    Problems: `structure-unknown`, `structure-blocked`.
    """
    return actors.of_structure(structure, proof=proof, software=software, person=person)


def actor_of_login(*, login: str, proof: str, structure: str | None = None) -> Actor | None:
    """The actor of a portal's login, None when nobody may act under it.

    A professional acts in `structure` when given, else in the account's own one.
    """
    return actors.of_login(login, proof=proof, structure=structure)


def structure(identifier: str) -> Structure | None:
    """A structure by its Struct_IdNat, None for an unknown one."""
    return queries.structure(identifier)


def professional(identifier: str) -> Professional | None:
    """A professional by PS_IdNat, with the structures of the activities that go on; None for an unknown one."""
    return queries.professional(identifier)


def check_person_id(person: str) -> Problem | None:
    """The problem of a PS_IdNat (form, check digit), rule `national-id`, None when it is right."""
    return rules.check_person(person)


def check_structure_id(structure: str) -> Problem | None:
    """The problem of a Struct_IdNat (form, check digit), rule `national-id`, None when it is right."""
    return rules.check_structure(structure)


def enrol_structure(*, actor: Actor, structure: Structure) -> Problem | None:
    """Write a structure or bring it up to date; the problem of its identifier, if any."""
    return actions.enrol_structure(structure)


def enrol_professional(*, actor: Actor, professional: Professional) -> Problem | None:
    """Write a professional and their activities, or bring them up to date: an activity left out ends."""
    return actions.enrol_professional(professional)


def enrol_professional_account(*, actor: Actor, login: str, person: str, structure: str = "") -> None:
    """A portal login of a professional; `structure` is where they act unless they choose another."""
    actions.enrol_account(login, "professional", person=person, structure=structure)


def enrol_clerk_account(*, actor: Actor, login: str, person: str, structure: str, name: str) -> None:
    """A portal login of a clerk, `person` being their id in the structure (`3` + FINESS + `/` + internal id)."""
    actions.enrol_account(login, "clerk", person=person, structure=structure, name=name)


def enrol_patient_account(*, actor: Actor, login: str, record_id: int, name: str) -> None:
    """A portal login of a patient to their own record."""
    actions.enrol_account(login, "patient", name=name, record_id=record_id)
