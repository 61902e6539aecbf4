"""The rights that texts set, as dated data: compiled once, given to the decision as a value.

`data/rights`: the functional rights matrix of the DMP, an action a row, an actor kind and access mode a column; a cell
is `yes`, `no`, or the name of the condition under which it is yes. One series for direct and indirect authentication,
one (`.air`) for the reinforced indirect one. `data/professions`: which classes of documents a profession reads; the
annex of the decree could not be obtained, so each row says what is `stated` by public texts and what is `inferred`
from them, on the narrow side; a profession that is absent reads nothing. `data/heirs`: what is necessary for each of
the three purposes of heirs. Of each series, the latest file that is due on a day holds.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from carnet.record.access.lens import ALL_TYPES
from carnet.record.terminology import api as terminology

FOLDER = Path(__file__).with_name("data")
_EVERYTHING = "*"


class Cell(StrEnum):
    """What the matrix says where an action and a column meet: yes, no, or a yes under a condition."""

    YES = "yes"
    NO = "no"
    FOR_STRUCTURE = "for-structure"
    """What is done is the structure's (notes 1 and 4)."""
    SAME_STRUCTURE = "same-structure"
    """Limited to professionals of the same structure (note 2)."""
    SINCE_DATE = "since-date"
    """Limited to what is recent (note 3)."""
    REFERENCE_ONLY = "reference-only"
    """The reference of one's own document, to delete it; never content (note 5)."""
    OWN_DOCUMENTS = "own-documents"
    """What one deposited (note 6)."""
    IF_CHOSEN = "if-chosen"
    """In an emergency, if the person chose so (note 7)."""
    AUTHOR_ONLY = "author-only"
    """By the document's author (note 8)."""
    STRUCTURE_DOCUMENTS = "structure-documents"
    """Documents of the structure (note 9)."""


class Column(StrEnum):
    """Actor kind and access mode (n normal, r regulation, b break-glass) of the matrix."""

    PSN_N = "PSN/n"
    PSN_R = "PSN/r"
    PSN_B = "PSN/b"
    MED_N = "MED/n"
    MED_R = "MED/r"
    MED_B = "MED/b"
    MTRAV = "MTRAV"
    MT_N = "MT/n"
    MT_B = "MT/b"
    CPE = "CPE"
    ES_N = "ES/n"
    ES_R = "ES/r"


@dataclass(frozen=True, slots=True)
class Line:
    """One action of the matrix: its code, its French name, its cells, where it is written."""

    action: str
    label: str
    cells: Mapping[Column, Cell]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The tables of one day, compiled: two matrices, and the type bits of professions and of heirs' purposes."""

    direct: Mapping[str, Line]
    reinforced: Mapping[str, Line]
    professions: Mapping[str, int]
    heirs: Mapping[str, int]

    def cell(self, action: str, column: Column | None, *, reinforced: bool = False) -> Cell:
        """What the matrix says; no where it says nothing."""
        line = (self.reinforced if reinforced else self.direct).get(action)
        return Cell.NO if line is None or column is None else line.cells[column]

    def types_of(self, profession: str) -> int:
        """The type bits that a profession reads, none for one that is not in the table."""
        return self.professions.get(profession, 0)

    def types_of_heir(self, purpose: str) -> int:
        """The type bits that are necessary for a purpose of heirs, none for another purpose."""
        return self.heirs.get(purpose, 0)


@lru_cache(maxsize=8)
def on(day: date) -> Rights:
    """The rights in force on a day."""
    return Rights(
        direct=_matrix(_newest("rights", day)),
        reinforced=_matrix(_newest("rights", day, ".air")),
        professions=_types(_newest("professions", day), "profession"),
        heirs=_types(_newest("heirs", day), "purpose"),
    )


def latest() -> Rights:
    """The last state of every table."""
    return on(date.max)


def _newest(series: str, day: date, kind: str = "") -> Path:
    """The file of a series that is due: ISO dates sort as text; when none is, the first."""
    files = sorted(path for path in (FOLDER / series).glob("*.csv") if path.stem[10:] == kind)
    due = [path for path in files if path.stem[:10] <= day.isoformat()]
    return due[-1] if due else files[0]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _matrix(path: Path) -> Mapping[str, Line]:
    lines = {
        row["action"]: Line(
            action=row["action"],
            label=row["label"],
            cells=MappingProxyType({column: Cell(row[column]) for column in Column}),
            source=row["source"],
        )
        for row in _rows(path)
    }
    return MappingProxyType(lines)


def _types(path: Path, key: str) -> Mapping[str, int]:
    return MappingProxyType({row[key]: bits(row["reads"], row["except"]) for row in _rows(path)})


def bits(reads: str, excepted: str) -> int:
    """The mask of classes (`10 11`, or `*` for every type) without some types, as a signed bigint."""
    if reads == _EVERYTHING:
        mask = ALL_TYPES
    else:
        mask = 0
        for number in terminology.type_numbers_of_classes(reads.split()):
            mask |= 1 << number
    for type_code in excepted.split():
        mask &= ~(1 << terminology.type_number(type_code))
    return mask
