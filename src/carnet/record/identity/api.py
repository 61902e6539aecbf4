"""The door of identity: identifiers, traits, and the records they lead to.

Nothing here decides access or writes the journal: `carnet.record.access` does both around these calls,
and is the only one that may show what they return.
"""

from __future__ import annotations

from datetime import datetime

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.identity import actions, queries, rules
from carnet.record.identity.values import (
    Implied,
    Patient,
    PatientIdentifier,
    Qualification,
    RecordStatus,
    Registered,
    Sex,
    Traits,
)
from carnet.record.terminology.api import Domain

__all__ = [
    "Implied",
    "Patient",
    "PatientIdentifier",
    "Qualification",
    "RecordStatus",
    "Registered",
    "Sex",
    "Traits",
    "check_identifier",
    "check_traits",
    "format_cx",
    "identifiers_of",
    "implied_by_ins",
    "ins_key",
    "parse_cx",
    "patient_of",
    "register",
    "search_by_identifier",
    "set_status",
]


def parse_cx(text: str) -> PatientIdentifier | Problem:
    """A patient identifier from its CX `value^^^&oid&ISO^NH` (TF-3 §4.2.3.1.7), or the problem `cx`."""
    return rules.read_cx(text)


def format_cx(identifier: PatientIdentifier) -> str:
    """The CX of an identifier, with the type NH for an INS."""
    return rules.write_cx(identifier)


def ins_key(number: str) -> str:
    """The two-digit key of a NIR or NIA of 13 characters, Corsica included; ValueError for anything else."""
    return rules.key_of(number)


def implied_by_ins(value: str) -> Implied | None:
    """The sex and birth place written in an INS, so that nobody types them; None when it is not a right one.

    A place is offered, not proven: a form shows it and lets the clerk correct it.
    """
    return rules.implied(value)


def check_identifier(domain: Domain, identifier: PatientIdentifier) -> Problem | None:
    """The problem of an identifier in a domain, None when it is right.

    Rules: `ins-oid`, `ins-oid-production`, `ins-oid-test`, `ins-type`, `ins-length`, `ins-structure`,
    `ins-key`, `cx`.
    """
    return rules.check_identifier(domain, identifier)


def check_traits(domain: Domain, traits: Traits) -> tuple[Problem, ...]:
    """All problems of the traits in a domain, rule `trait`, with the field that each is about."""
    return rules.check_traits(domain, traits)


def register(
    *, actor: Actor, domain: Domain, identifier: PatientIdentifier, traits: Traits, qualification: str
) -> Registered | Refusal:
    """The record of a person, made when the domain has none under this identifier.

    Writes inside the caller's transaction and takes a lock that lives as long, so that two creations of one
    person make one record. Traits of an existing record are left alone, with the warning `traits-differ`
    when they are not those given. Refusals carry the rules of `check_identifier` and `check_traits`, and
    `ins-sex`, `ins-not-qualified`, `qualification`.
    """
    return actions.register(domain, identifier, traits, qualification)


def set_status(
    *,
    actor: Actor,
    record_id: int,
    status: RecordStatus,
    reason: str = "",
    since: datetime,
    opposition_until: datetime | None = None,
) -> bool:
    """Write the state of a record's life inside the caller's transaction; whether there is such a record.

    `since` is in the time of the record's domain; `opposition_until` goes with the state `announced` and no other.
    """
    return actions.set_status(record_id, status, reason=reason, since=since, opposition_until=opposition_until)


def patient_of(*, actor: Actor, record_id: int) -> Patient | None:
    """The person of a record, None for an unknown record."""
    return queries.patient(record_id)


def identifiers_of(*, actor: Actor, record_id: int) -> tuple[PatientIdentifier, ...]:
    """Every identifier that the person of a record has or had, the current one first."""
    return queries.identifiers(record_id)


def search_by_identifier(*, actor: Actor, domain: Domain, identifier: PatientIdentifier) -> int | None:
    """The record that has or had this identifier in the domain, None when there is none."""
    return queries.record_of(domain.number, identifier)
