"""The rights that texts set, as the value that is decided over; `rights_tables` reads them from dated files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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
