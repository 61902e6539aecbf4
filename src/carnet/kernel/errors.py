"""How a room says no.

A refusal is a value and not an exception: the caller returns it, so that its trace commits with
the transaction that decided it. Each `Problem` says which rule, which field, what was found, what
was expected and where it is written, and every entrance renders the same problem in its own words
(a RegistryError, an OperationOutcome, a sentence on a page).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Families of refusals; each entrance maps them to its own codes, once."""

    UNKNOWN_PATIENT = "unknown-patient"
    FORBIDDEN = "forbidden"
    CLOSED = "closed"
    INVALID = "invalid"
    PATIENT_MISMATCH = "patient-mismatch"
    MISSING_DOCUMENT = "missing-document"
    MISSING_METADATA = "missing-metadata"
    NON_IDENTICAL_HASH = "non-identical-hash"
    WRONG_HASH = "wrong-hash"
    WRONG_SIZE = "wrong-size"
    DUPLICATE = "duplicate"
    REPEATED = "repeated"
    UNRESOLVED = "unresolved"
    UNKNOWN_DOCUMENT = "unknown-document"
    UNKNOWN_REPOSITORY = "unknown-repository"
    DEPRECATED = "deprecated"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One reason why something was refused, or accepted with a warning.

    `rule` is a stable name (`ins-key`, `type-code`) that tests and pages refer to; `text` is a French
    sentence without patient data; `field` names the attribute (`DocumentEntry.typeCode`); `found` and
    `expected` are shown to the sender only and never logged; `source` is the standard and its section.
    """

    reason: Reason
    rule: str
    text: str
    field: str = ""
    found: str = ""
    expected: str = ""
    source: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no, with everything that is wrong with the request."""

    problems: tuple[Problem, ...]

    @property
    def rule(self) -> str:
        """The rule that decided, as the journal records it."""
        return self.problems[0].rule
