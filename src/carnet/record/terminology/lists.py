"""Code lists: dated CSV files of this package, read once.

A list is a folder of `lists/`, a file its state from the date that names it. The columns of a code list
are `code`, `system` (OID without prefix, or the scheme's own name: `URN`, `ASTM`), `label` (French) and
`source` (the national value set and its OID). Four folders are maps rather than lists: `class_of_type`,
`format_of_template`, `type_defaults` and `service_types`.

A state that an operator imported (`carnet codes import`) lies in a folder of the instance under the same name. Of both,
the latest one that is due is used.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from carnet.wire.xds.model import Code

FOLDER = Path(__file__).with_name("lists")

# The name of an attribute in the standards, and the folder of the list its values come from.
FOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "classCode": "class_code",
        "typeCode": "type_code",
        "formatCode": "format_code",
        "healthcareFacilityTypeCode": "healthcare_facility_type_code",
        "practiceSettingCode": "practice_setting_code",
        "confidentialityCode": "confidentiality_code",
        "contentTypeCode": "content_type_code",
        "authorSpecialty": "author_specialty",
        "authorRole": "author_role",
        "profession": "profession",
        "accessMode": "access_mode",
    }
)


# The columns of a list's file, in their order.
COLUMNS = ("code", "system", "label", "source")
# As many states as are read in one life of a process: all lists, at the start and after a few imports or midnights.
_READ = 256


@dataclass(frozen=True, slots=True)
class Place:
    """Which state of the lists is meant: the day, where imported ones are, and a number that changes when they do."""

    day: date
    imported: Path
    stamp: int = 0


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list in one state: its codes in the order of the file, and where they come from."""

    codes: tuple[Code, ...]
    source: str
    by_key: Mapping[tuple[str, str], Code]
    by_code: Mapping[str, tuple[Code, ...]]


def newest(folder: str, place: Place | None = None) -> Path:
    """The file of a list that holds on a day: the latest one that is due; without `place` the latest of this package.

    ISO dates sort as text; of two files of one date, the imported one. When none is due, the first one holds.
    """
    files = sorted((FOLDER / folder).glob("*.csv"))
    if place is None:
        return files[-1]
    files = sorted([*files, *(place.imported / folder).glob("*.csv")], key=lambda path: path.name)
    due = [path for path in files if path.stem <= place.day.isoformat()]
    return due[-1] if due else files[0]


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a list's file, keyed by its heading."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@lru_cache(maxsize=_READ)
def code_list(attribute: str, place: Place | None = None) -> CodeList | None:
    """The list of an attribute, None when its values are free."""
    folder = FOLDERS.get(attribute)
    return None if folder is None else of_file(newest(folder, place))


def of_file(path: Path) -> CodeList:
    """The list of one file."""
    rows = read(path)
    codes = tuple(Code(row["code"], row["system"], row["label"]) for row in rows)
    by_code: dict[str, tuple[Code, ...]] = {}
    for code in codes:
        by_code[code.code] = (*by_code.get(code.code, ()), code)
    return CodeList(
        codes=codes,
        source=rows[0]["source"],
        by_key=MappingProxyType({(code.code, code.scheme): code for code in codes}),
        by_code=MappingProxyType(by_code),
    )


@lru_cache(maxsize=_READ)
def class_of_type(place: Place | None = None) -> Mapping[str, str]:
    """Type → class (ASS_X16 of the DMP, ASS_X04 of the CI-SIS for the types it leaves out)."""
    return MappingProxyType({row["type"]: row["class"] for row in read(newest("class_of_type", place))})


@lru_cache(maxsize=_READ)
def format_of_template(place: Place | None = None) -> Mapping[tuple[str, str], tuple[str, str]]:
    """(CDA template, media type or "") → (formatCode, system) (ASS_A11)."""
    rows = read(newest("format_of_template", place))
    return MappingProxyType({(row["template"], row["media_type"]): (row["code"], row["system"]) for row in rows})


@lru_cache(maxsize=_READ)
def type_defaults(place: Place | None = None) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Type → the confidentiality codes that go with it beside its level, each with whose duty it is to say it."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in read(newest("type_defaults", place)):
        found[row["type"]] = (*found.get(row["type"], ()), (row["confidentiality"], row["duty"]))
    return MappingProxyType(found)


@lru_cache(maxsize=_READ)
def service_types(place: Place | None = None) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Service (C1 to C23) → the (type, system) that documents of it have, the usual one first."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in read(newest("service_types", place)):
        found[row["service"]] = (*found.get(row["service"], ()), (row["type"], row["system"]))
    return MappingProxyType(found)
