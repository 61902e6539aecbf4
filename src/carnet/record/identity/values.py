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
    code of 5 characters (`63220`, `2B033`, `99139` abroad). `birth_rank` tells those born together apart
    (1, 2…; 0 for anybody else or unknown).
    """

    birth_name: str
    given_names: str
    first_given: str
    used_name: str = ""
    used_given: str = ""
    sex: Sex
    birth_date: date | None
    birth_place: str = ""
    birth_rank: int = 0


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
    deceased_on: date | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A record that exists after `register`; `existing` when it did before. `warnings` are for the clerk.

    `issued` is the identifier that was drawn for a person who came without one.
    """

    record_id: int
    existing: bool
    warnings: tuple[Problem, ...] = ()
    issued: PatientIdentifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIdentifier:
    """One identifier that a person has or had: `current` is the one the record is addressed by.

    `reason` says why it came (`registered`, `local`, `ins-a`, `nia-to-nir`, `ins-found`, `correction`, `merged`);
    `until` is when another took its place, None for one in use.
    """

    identifier: PatientIdentifier
    current: bool
    since: datetime
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """A record addressed by another identifier; it goes on answering by the former one."""

    former: PatientIdentifier
    current: PatientIdentifier


class IdentityDocument(StrEnum):
    """Papers that prove an identity (RNIV 1, high-confidence documents); the last two are for minors only."""

    IDENTITY_CARD = "carte-identite"
    PASSPORT = "passeport"
    RESIDENCE_PERMIT = "titre-sejour"
    FAMILY_RECORD = "livret-famille"
    BIRTH_CERTIFICATE = "acte-naissance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a change of qualification rests on: INSi gave the identity, a paper was looked at, or a reason for doubt."""

    insi: bool = False
    document: IdentityDocument | None = None
    reason: str = ""


class Kinship(StrEnum):
    """As what somebody represents a minor or a protected adult (Code civil, art. 371-1, 390, 440, 477)."""

    PARENT = "parent"
    GUARDIAN = "tuteur"
    CURATOR = "curateur"
    MANDATARY = "mandataire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """Who represents a person, in what quality (`mère`, `UDAF des Landes`…), from when until when (None: no end).

    `record_id` is the representative's own record in the same domain, if there is one (the one that goes on, when it
    was merged); `number` is given by `declare_representative`, in the record `declared_in`, which may have been merged.
    """

    name: str
    kind: Kinship
    quality: str = ""
    since: date
    until: date | None = None
    record_id: int | None = None
    number: int = 0
    declared_in: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Somebody whose record looks like the person being registered, told no further than a desk needs.

    `why` says what is alike (`same`, `inverted-names`, `day-month`, `one-digit`, `same-number`, joined by spaces);
    `name` keeps the first two letters of each name, `birth_date` hides what was not typed by the clerk.
    """

    record_id: int
    why: str
    name: str
    birth_date: str
    since: date


@dataclass(frozen=True, slots=True)
class Implied:
    """What an INS says of its person: the sex, and the INSEE code of the birth place."""

    sex: Sex
    birth_place: str
