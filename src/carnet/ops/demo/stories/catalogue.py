"""What the stories name, with its codes: analyses and measures (LOINC, UCUM), medicines and vaccines (ATC)."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from carnet.wire.cda.coded import Measure, Medicine, Result, Vaccine
from carnet.wire.xds.model import Code

LOINC = "2.16.840.1.113883.6.1"
ATC = "2.16.840.1.113883.6.73"
_RANGE = re.compile(r"(?:(?P<low>[0-9,]+) – (?P<high>[0-9,]+)|< (?P<below>[0-9,]+)|> (?P<above>[0-9,]+))")


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis: name, LOINC code, UCUM unit, unit and reference values as people read them."""

    name: str
    loinc: str
    ucum: str
    unit: str
    reference: str


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with resources.files(__package__).joinpath(f"{name}.csv").open(encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


@cache
def _analyses() -> dict[str, Analysis]:
    return {
        row["key"]: Analysis(row["name"], row["loinc"], row["ucum"], row["unit"], row["reference"])
        for row in _rows("analyses")
    }


@cache
def _named() -> dict[str, Analysis]:
    return {one.name: one for one in _analyses().values()}


def known_result(key: str, value: str) -> Result:
    """The result of an analysis by its key; `value` with a comma."""
    one = _analyses()[key]
    return result(one.name, value, one.unit, one.reference)


def result(name: str, value: str, unit: str, reference: str) -> Result:
    """A result as a laboratory prints it; coded when the catalogue has an analysis of this name."""
    known = _named().get(name)
    found = _RANGE.fullmatch(reference)
    low = (found["low"] or found["above"] or "") if found else ""
    high = (found["high"] or found["below"] or "") if found else ""
    return Result(
        name=name,
        code=Code(known.loinc, LOINC, name) if known else None,
        value=_decimal(value),
        unit=known.ucum if known else unit,
        low=_decimal(low),
        high=_decimal(high),
        shown_unit=unit,
        shown_range=reference,
    )


def measure(key: str, value: str) -> Measure:
    """A measure by its key; `value` with a comma."""
    row = next(row for row in _rows("measures") if row["key"] == key)
    code = Code(row["loinc"], LOINC, row["name"])
    return Measure(name=row["name"], code=code, value=_decimal(value), unit=row["ucum"], shown_unit=row["unit"])


def medicine(name: str, dosage: str, duration: str) -> Medicine:
    """A medicine under the ATC code of the longest word of the catalogue that its name starts with."""
    plain = name.lower()
    found = [row for row in _rows("medicines") if plain.startswith(row["word"])]
    row = max(found, key=lambda one: len(one["word"]), default=None)
    code = Code(row["atc"], ATC, row["substance"]) if row else None
    return Medicine(name=name, dosage=dosage, duration=duration, code=code)


def vaccine(key: str, day: str, rank: int) -> Vaccine:
    """An injection by the key of its vaccine; its lot derives from the day."""
    row = next(row for row in _rows("vaccines") if row["key"] == key)
    return Vaccine(
        name=row["name"],
        diseases=row["diseases"],
        day=day,
        lot=f"FICTIF-{day[2:6]}{rank}",
        rank=rank,
        code=Code(row["atc"], ATC, row["name"]),
    )


def _decimal(text: str) -> str:
    return text.replace(",", ".") if re.fullmatch(r"-?[0-9]+(,[0-9]+)?", text) else text
