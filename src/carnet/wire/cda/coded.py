"""What a section says twice, in words and in coded entries: results, medicines, vaccines, problems, allergies…

Values are decimals with a point, in UCUM units; days are `YYYYMMDD`, times are HL7 TS. `entries` writes them.
"""

from __future__ import annotations

import msgspec

from carnet.wire.xds.model import Code

_SNOMED = "2.16.840.1.113883.6.96"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One analysis: `value` is a decimal in `unit` (UCUM) or, without a unit, words; `low` and `high` are the range.

    `shown_unit` and `shown_range` are what people read.
    """

    name: str
    code: Code | None
    value: str
    unit: str = ""
    low: str = ""
    high: str = ""
    shown_unit: str = ""
    shown_range: str = ""

    @property
    def interpretation(self) -> str:
        """HL7 ObservationInterpretation `L`, `N` or `H`; empty without a range or a number."""
        try:
            value = float(self.value)
            if self.low and value < float(self.low):
                return "L"
            if self.high and value > float(self.high):
                return "H"
        except ValueError:
            return ""
        return "N" if self.low or self.high else ""


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Results of one discipline, measured at `time` (HL7 TS)."""

    discipline: Code
    time: str
    items: tuple[Result, ...]


class Medicine(msgspec.Struct, frozen=True, kw_only=True):
    """One medicine: name with its strength, dosage and duration in words, ATC code, first and last day (`YYYYMMDD`)."""

    name: str
    dosage: str
    duration: str = ""
    code: Code | None = None
    start: str = ""
    stop: str = ""


class Medicines(msgspec.Struct, frozen=True, kw_only=True):
    """Medicines, `prescribed` (an intent) or taken (an event)."""

    items: tuple[Medicine, ...]
    prescribed: bool = True


class Vaccine(msgspec.Struct, frozen=True, kw_only=True):
    """One injection: vaccine, diseases in words, day (`YYYYMMDD`), lot, rank of the dose (0: unknown), ATC code."""

    name: str
    diseases: str
    day: str
    lot: str = ""
    rank: int = 0
    code: Code | None = None


class Vaccines(msgspec.Struct, frozen=True):
    """Injections in their order."""

    items: tuple[Vaccine, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One condition: words, ICD-10 code, since and until when (`YYYY` to `YYYYMMDD`); active without an end."""

    name: str
    code: Code | None = None
    since: str = ""
    until: str = ""


class Problems(msgspec.Struct, frozen=True):
    """Conditions or history."""

    items: tuple[Problem, ...]


class Allergy(msgspec.Struct, frozen=True, kw_only=True):
    """One allergy: agent, reaction in words, since when; `kind` is a SNOMED CT code of the sort of hypersensitivity."""

    agent: str
    reaction: str
    since: str = ""
    kind: Code = Code("419199007", _SNOMED, "Allergie à une substance")


class Allergies(msgspec.Struct, frozen=True):
    """Allergies in their order; "none known" is said in a paragraph, never by an empty list."""

    items: tuple[Allergy, ...]


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure: name, LOINC code, decimal value, UCUM unit, and the unit that people read."""

    name: str
    code: Code
    value: str
    unit: str
    shown_unit: str = ""


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """Vital signs or growth measured together at `time` (HL7 TS)."""

    time: str
    items: tuple[Measure, ...]


Coded = Results | Medicines | Vaccines | Problems | Allergies | Measures
