"""The tables of rights, read from dated files and compiled once.

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
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from carnet.record.access.lens import ALL_TYPES
from carnet.record.access.rights import Cell, Column, Line, Rights
from carnet.record.access.standing import HeirPurpose
from carnet.record.terminology import api as terminology

FOLDER = Path(__file__).with_name("data")
_EVERYTHING = "*"


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


def purposes_of_heirs() -> Mapping[HeirPurpose, str]:
    """What an heir may read for, each in the words of the table."""
    return MappingProxyType({HeirPurpose(row["purpose"]): row["label"] for row in _rows(_newest("heirs", date.max))})


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
