"""What life gives and takes: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from carnet.record.identity.api import RecordStatus
from carnet.wire.xds.model import Code

# Reasons of closing of the DMP (TD1.4).
CLOSING_SYSTEM = "1.2.250.1.213.4.1.2.4"


class Closing(StrEnum):
    """Why a record is closed; kept with its state."""

    PATIENT = "FERMETURE_DEMANDE_PATIENT"
    UNCONTESTED = "suspension-uncontested"

    @property
    def code(self) -> Code | None:
        """The code of the DMP, None for a closing that it has no code for."""
        if self is not Closing.PATIENT:
            return None
        return Code(code=self.value, scheme=CLOSING_SYSTEM, display="Fermeture à la demande du patient")


class Cause(StrEnum):
    """Why the operator suspends a record (CSP R.1111-36)."""

    FRAUD = "fraud"
    MALFUNCTION = "malfunction"


class Step(StrEnum):
    """What a deadline brings."""

    OPEN = "open"
    CLOSE = "close"
    ERASE = "erase"


class Ending(StrEnum):
    """Why a person's record is not created automatically again, or at all."""

    REFUSED = "refused"
    OPPOSED = "opposed"
    ERASED = "erased"
    EXPIRED = "expired"

    @property
    def rule(self) -> str:
        """The rule under which the journal tells the erasure."""
        return {Ending.OPPOSED: "creation-opposed", Ending.EXPIRED: "ten-years-over"}.get(self, "erasure-asked")


@dataclass(frozen=True, slots=True)
class Due:
    """The next thing that happens to a record by itself, and when, in the time of its domain."""

    step: Step
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What decides what comes next for a record; instants in the time of its domain."""

    record_id: int
    status: RecordStatus
    reason: str
    since: datetime
    opposition_until: datetime | None = None
    cause: str = ""
    informed_at: datetime | None = None
    objected_at: datetime | None = None
    erasure_asked_at: datetime | None = None
    erasure_started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a person's record is in its life and what is due; `life` is None where an opposed person has no record."""

    life: Life | None
    due: Due | None = None
    opposed_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An act on a record's life: its state afterwards and what happens next by itself.

    `record_id` is 0, and `status` None, where no record exists or is left.
    """

    record_id: int
    status: RecordStatus | None
    due: Due | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A record created automatically, or found; `until` is the end of the opposition window, None once open."""

    record_id: int
    existing: bool
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One deadline that was executed."""

    record_id: int
    domain: int
    step: Step
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is said of an erasure, without the person's identity; `text` says it in French.

    `backups` are those made before it, in which the record's key is destroyed; the last of them expires at `expires`.
    Both instants are real time.
    """

    record_id: int
    erased_at: datetime
    backups: tuple[str, ...]
    expires: datetime | None
    text: str
