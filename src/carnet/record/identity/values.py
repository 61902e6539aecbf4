"""What identity gives and takes: frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from carnet.kernel.errors import Problem

Sex = Literal["M", "F", "U"]


class Qualification(StrEnum):
    """How far an identity is trusted (RNIV 1.4): provisional, fetched from INSi, checked on paper, both."""

    PROVISIONAL = "PROV"
    RETRIEVED = "RECUP"
    VALIDATED = "VALI"
    QUALIFIED = "QUAL"


class RecordStatus(StrEnum):
    """Where a record is in its life; only an active one takes documents and answers.

    `announced`: created automatically, the person may still oppose; `suspended` by the operator; `merged`: its
    documents live in another record of the same person.
    """

    ANNOUNCED = "announced"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class PatientIdentifier:
    """An identifier as HL7 v2 CX carries it: CX.4.2, CX.1 and CX.5; two are equal whatever their CX.5."""

    system: str
    value: str
    type_code: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Traits of a person (RNIV 1.4), as civil status writes them.

    `given_names` holds all given names of the birth certificate, separated by spaces, of which `first_given`
    is the first; `used_name` and `used_given` are empty when they do not differ. `birth_place` is an INSEE
    code of 5 characters (`63220`, `2B033`, `99139` abroad).
    """

    birth_name: str
    given_names: str
    first_given: str
    used_name: str = ""
    used_given: str = ""
    sex: Sex
    birth_date: date | None
    birth_place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A record's person: the current identifier, the traits, the state of both."""

    record_id: int
    domain: int
    identifier: PatientIdentifier
    traits: Traits
    qualification: Qualification
    status: RecordStatus
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """A record that exists after `register`; `existing` when it did before. `warnings` are for the clerk."""

    record_id: int
    existing: bool
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Implied:
    """What an INS says of its person: the sex, and the INSEE code of the birth place."""

    sex: Sex
    birth_place: str
