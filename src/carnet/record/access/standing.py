"""What a record says of an actor and what its person chose: the frozen values that are decided over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from carnet.kernel.actor import Purpose
from carnet.record.identity.api import PatientIdentifier, RecordStatus


class DelegateKind(StrEnum):
    """Who acts in the place of a person: a parent of a minor, a guardian (protection with representation), an

    assistant (protection with assistance), a caregiver whom the person chose, an heir of a deceased person.
    """

    PARENT = "parent"
    GUARDIAN = "guardian"
    ASSISTANT = "assistant"
    CAREGIVER = "caregiver"
    HEIR = "heir"


class Scope(StrEnum):
    """How far a delegation goes, each including the one before."""

    READ = "read"
    DEPOSIT = "deposit"
    MANAGE = "manage"


class HeirPurpose(StrEnum):
    """What heirs may read a deceased person's record for (CSP L.1110-4 V)."""

    CAUSES_OF_DEATH = "causes_of_death"
    MEMORY = "memory"
    RIGHTS = "rights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """A delegation in force; `purpose` is an heir's, empty for others."""

    kind: DelegateKind
    scope: Scope
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the person chose; the defaults are those of a person who chose nothing (table `access_choice`)."""

    regulation: bool = True
    break_glass: bool = True
    emergency_masked: bool = False
    tells_hidden: bool = False
    not_to_know: bool = False
    heirs: bool = True


DEFAULT_CHOICES = Choices()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a record says of an actor; `consent_required` is the domain's.

    `person_state` and `structure_state` are "" or `allowed` or `blocked`, for the person and their structure;
    `person_basis` is why a person is allowed (`explicit`, `collected`…); `expired` says that an authorisation ran out.
    `feeding_opposed` says that they oppose being fed by this actor, for a legitimate reason (CSP R.1111-47).
    `granted` and `denied` are the lineages of documents that the person opened or closed to this actor.
    `emergency` is the mode of an entrance of this actor whose two facts were stated and which is in force.
    `referent` says that the actor is entrusted with identity-vigilance, `regulation_centre` that their structure is a
    centre 15; each is known for the acts and modes that need it.
    `identifier` is the one the record is addressed by, `qualification` how far its person's identity is trusted.
    """

    record_id: int
    status: RecordStatus = RecordStatus.ACTIVE
    consent_required: bool = True
    person_state: str = ""
    person_basis: str = ""
    structure_state: str = ""
    expired: bool = False
    treating: bool = False
    choices: Choices = DEFAULT_CHOICES
    feeding_opposed: bool = False
    granted: frozenset[UUID] = field(default_factory=frozenset)
    denied: frozenset[UUID] = field(default_factory=frozenset)
    delegation: Delegation | None = None
    emergency: Purpose = Purpose.NORMAL
    born: date | None = None
    deceased: bool = False
    referent: bool = False
    regulation_centre: bool = False
    identifier: PatientIdentifier | None = None
    qualification: str = ""
