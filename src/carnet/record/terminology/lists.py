"""Code lists: dated CSV files of this package, read once.

A list is a folder of `lists/`, a file its state from the date that names it. The columns of a code list
are `code`, `system` (OID without prefix, or the scheme's own name: `URN`, `ASTM`), `label` (French) and
`source` (the national value set and its OID). Two folders are maps rather than lists: `class_of_type`
and `format_of_template`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
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


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list in one state: its codes in the order of the file, and where they come from."""

    codes: tuple[Code, ...]
    source: str
    by_key: Mapping[tuple[str, str], Code]
    by_code: Mapping[str, tuple[Code, ...]]


def newest(folder: str) -> Path:
    """The file of the latest date of a list; ISO dates sort as text."""
    return max((FOLDER / folder).glob("*.csv"))


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a list's file, keyed by its heading."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@cache
def code_list(attribute: str) -> CodeList | None:
    """The list of an attribute, None when its values are free."""
    folder = FOLDERS.get(attribute)
    if folder is None:
        return None
    rows = read(newest(folder))
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


@cache
def class_of_type() -> Mapping[str, str]:
    """Type → class (ASS_X16 of the DMP, ASS_X04 of the CI-SIS for the types it leaves out)."""
    return MappingProxyType({row["type"]: row["class"] for row in read(newest("class_of_type"))})


@cache
def format_of_template() -> Mapping[tuple[str, str], tuple[str, str]]:
    """(CDA template, media type or "") → (formatCode, system) (ASS_A11)."""
    rows = read(newest("format_of_template"))
    return MappingProxyType({(row["template"], row["media_type"]): (row["code"], row["system"]) for row in rows})
