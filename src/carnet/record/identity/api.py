"""The door of identity: identifiers, traits, and the records they lead to.

Nothing here decides access or writes the journal: `carnet.record.access` does both around these calls,
and is the only one that may show what they return.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.conf import settings

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.identity import actions, decease, identifiers, insc, joining, neighbours, people, queries, rules
from carnet.record.identity.values import (
    IdentityDocument,
    Implied,
    Kinship,
    KnownIdentifier,
    Near,
    Patient,
    PatientIdentifier,
    Proof,
    Qualification,
    RecordStatus,
    Registered,
    Rekeyed,
    Representative,
    Sex,
    Traits,
)
from carnet.record.identity.vitale import Beneficiary, Card, check_validity, ins_c_of, read_card
from carnet.record.terminology.api import INS_C, Domain

__all__ = [
    "Beneficiary",
    "Card",
    "IdentityDocument",
    "Implied",
    "Kinship",
    "KnownIdentifier",
    "Near",
    "Patient",
    "PatientIdentifier",
    "Proof",
    "Qualification",
    "RecordStatus",
    "Registered",
    "Rekeyed",
    "Representative",
    "Sex",
    "Traits",
    "add_identifier",
    "addressed",
    "alike",
    "appoint_referent",
    "calculate_ins_c",
    "check_identifier",
    "check_traits",
    "check_validity",
    "declare_death",
    "declare_representative",
    "dismiss_referent",
    "end_representation",
    "format_cx",
    "hold_identifier",
    "identifier_history",
    "identifiers_of",
    "implied_by_ins",
    "ins_c_of",
    "ins_key",
    "is_ins",
    "is_referent",
    "issue_ins_a",
    "join",
    "may_ask_alike",
    "merged_into",
    "note_addressed",
    "parse_cx",
    "part",
    "patient_of",
    "read_card",
    "register",
    "rekey",
    "representatives_of",
    "requalify",
    "search_by_identifier",
    "set_status",
    "take_death_back",
]


def parse_cx(text: str) -> PatientIdentifier | Problem:
    """A patient identifier from its CX `value^^^&oid&ISO^NH` (TF-3 §4.2.3.1.7), or the problem `cx`."""
    return rules.read_cx(text)


def format_cx(identifier: PatientIdentifier) -> str:
    """The CX of an identifier, with the type of its authority: NH for a matricule INS, INS-C, INS-A; PI as it came."""
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
    `ins-key`, `ins-c-…`, `ins-a-…`, `local-…`, `cx`.
    """
    return rules.check_identifier(domain, identifier, settings.CARNET_LOCAL_OID)


def hold_identifier(*, actor: Actor, domain: Domain, identifier: PatientIdentifier) -> None:
    """Nobody else gives this identifier to somebody before the caller's transaction ends."""
    identifiers.lock(domain.number, identifier)


def is_ins(system: str) -> bool:
    """Whether an authority gives identifiers that stand for a person everywhere: NIR, NIA, INS-C, INS-A."""
    return rules.is_ins(system)


def calculate_ins_c(*, given_name: str, birth_date: str, nir: str, holder_nir: str = "") -> PatientIdentifier | Problem:
    """The INS-C of a person, from what a card says of them (`insc.calculate` for the forms).

    Rules: `ins-c-nir-missing`, `ins-c-nir-form`, `ins-c-nir-temporary`, `ins-c-nir-key`, `ins-c-nir-holder`.
    """
    value = insc.calculate(given_name=given_name, birth_date=birth_date, nir=nir, holder_nir=holder_nir)
    return value if isinstance(value, Problem) else PatientIdentifier(INS_C, value, rules.CALCULATED[INS_C])


def check_traits(domain: Domain, traits: Traits) -> tuple[Problem, ...]:
    """All problems of the traits in a domain, rule `trait`, with the field that each is about."""
    return rules.check_traits(domain, traits)


def register(
    *, actor: Actor, domain: Domain, identifier: PatientIdentifier | None, traits: Traits, qualification: str
) -> Registered | Refusal:
    """The record of a person, made when the domain has none under this identifier.

    Without an identifier one is drawn (`Registered.issued`): an INS-A where identifiers are computed or drawn, else a
    local number of this instance. Such a person is provisional or validated, and gets an INS by `rekey`.

    Writes inside the caller's transaction and takes a lock that lives as long, so that two creations of one
    person make one record. Traits of an existing record are left alone, with the warning `traits-differ`
    when they are not those given. Refusals carry the rules of `check_identifier` and `check_traits`, and
    `ins-sex`, `ins-not-qualified`, `qualification`, `qualification-without-ins`.
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
    """The record that has or had this identifier in the domain, None when there is none.

    A record that was merged into another answers as that other.
    """
    return queries.record_of(domain.number, identifier)


def identifier_history(*, actor: Actor, record_id: int) -> tuple[KnownIdentifier, ...]:
    """Every identifier that a person has or had, the current one first, with dates and reasons."""
    return identifiers.history(record_id)


def add_identifier(
    *, actor: Actor, domain: Domain, record_id: int, identifier: PatientIdentifier, reason: str = "local"
) -> Problem | None:
    """A local number of any system (CX PI), by which the record answers too; inside the caller's transaction.

    Rules: `local-system`, `local-value`, `local-type`, `identifier-taken`.
    """
    return identifiers.add(domain, record_id, identifier, reason)


def issue_ins_a(*, actor: Actor, domain: Domain, record_id: int) -> PatientIdentifier | Refusal:
    """The INS-A of a record, drawn at the first call; inside the caller's transaction. Rule: `ins-a-domain`."""
    return identifiers.issue(domain, record_id)


def rekey(
    *,
    actor: Actor,
    domain: Domain,
    record_id: int,
    identifier: PatientIdentifier,
    qualification: Qualification,
    correction: bool = False,
) -> Rekeyed | Refusal:
    """Address a record by another identifier (NIA → NIR, none → INS), inside the caller's transaction.

    It goes on answering by the former one. `correction` allows one definitive matricule in the place of another.
    Rules: those of `check_identifier`, `rekey-order`, `identifier-taken`, `ins-sex`, `ins-not-qualified`.
    """
    return identifiers.rekey(domain, record_id, identifier, qualification, correction=correction)


def requalify(*, actor: Actor, record_id: int, to: Qualification, proof: Proof) -> Problem | None:
    """Change how far an identity is trusted (RNIV 1.4), inside the caller's transaction.

    Rules: `qualification-ins`, `qualification-insi`, `qualification-document`, `qualification-reason`.
    """
    return identifiers.requalify(record_id, to, proof)


def alike(
    *, actor: Actor, domain: Domain, traits: Traits, identifier: PatientIdentifier | None = None
) -> tuple[Near, ...]:
    """At most five people of a domain who look like this one; `carnet.record.access.api.near` decides and traces."""
    return neighbours.near(domain.number, traits, (identifier,) if identifier else ())


def may_ask_alike(*, actor: Actor, now: datetime) -> bool:
    """Count one question of an actor about look-alikes, inside the caller's transaction; False when it is too many."""
    return neighbours.may_ask(actor.person, now)


def declare_representative(*, actor: Actor, record_id: int, representative: Representative) -> Representative | Problem:
    """Write who represents a minor or a protected adult; with the number it was given. Rule: `representative`."""
    return people.declare(record_id, representative)


def representatives_of(*, actor: Actor, record_id: int, at: date | None = None) -> tuple[Representative, ...]:
    """Who represents a person on a day; all there ever were without one."""
    return people.representatives(record_id, at)


def end_representation(*, actor: Actor, record_id: int, number: int, until: date, declared_in: int = 0) -> bool:
    """The last day of a representation; False when there is none of this number that had begun by then.

    `declared_in` is the record where it was declared when that was merged into `record_id` (0: `record_id` itself).
    """
    return people.end(record_id, number, until, declared_in)


def declare_death(*, actor: Actor, record_id: int, on: date, today: date) -> Problem | None:
    """Write the day of a person's death, inside the caller's transaction. Rules: `decease-known`, `decease-date`."""
    return decease.declare(record_id, on, today)


def take_death_back(*, actor: Actor, record_id: int) -> Problem | None:
    """A death that was declared wrongly, inside the caller's transaction. Rule: `decease-none`."""
    return decease.take_back(record_id)


def appoint_referent(*, actor: Actor, person: str, structure: str) -> None:
    """Entrust somebody with identity-vigilance in their structure (RNIV): who merges records, corrects a matricule."""
    people.appoint(person, structure)


def dismiss_referent(*, actor: Actor, person: str, structure: str) -> None:
    """Somebody is no longer entrusted with identity-vigilance."""
    people.dismiss(person, structure)


def is_referent(*, actor: Actor) -> bool:
    """Whether an actor is entrusted with identity-vigilance in the structure they act in."""
    return people.is_referent(actor.person, actor.structure)


def merged_into(*, actor: Actor, record_id: int) -> list[int]:
    """The records that were merged into this one: they share its life."""
    return queries.merged_into(record_id)


def note_addressed(
    *, actor: Actor, record_id: int, submission: UUID, identifier: PatientIdentifier, at: datetime
) -> None:
    """A set came under another identifier than the one its record is addressed by."""
    joining.note_addressed(record_id, submission, identifier, at)


def addressed(*, actor: Actor, record_id: int, identifiers: Sequence[PatientIdentifier]) -> list[UUID]:
    """The sets of a record that came under one of these identifiers while another was the current one."""
    return joining.addressed(record_id, identifiers)


def join(*, actor: Actor, source: int, destination: int, reason: str, now: datetime) -> Sequence[PatientIdentifier]:
    """`source` is merged into `destination`, which answers by all its identifiers; those it did not have."""
    return joining.join(source, destination, reason, now)


def part(*, actor: Actor, source: int, destination: int, given: Sequence[PatientIdentifier], now: datetime) -> None:
    """Undo `join`: `source` is active, and answers again by its own identifiers (`given`, what `join` returned)."""
    joining.part(source, destination, given, now)
