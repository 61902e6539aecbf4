"""From a list that was read to the state it makes: what changes, which list it is, the file that keeps it."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from carnet.record.terminology import lists, place
from carnet.record.terminology.importing import ListRead
from carnet.wire.xds.model import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a state of a list changes: codes (code, system), and for relabelled ones the present label with them."""

    added: tuple[Code, ...]
    removed: tuple[Code, ...]
    relabelled: tuple[tuple[Code, str], ...]
    kept: int

    @property
    def nothing(self) -> bool:
        """Whether the list says the same as the present one."""
        return not (self.added or self.removed or self.relabelled)


def attribute_of(oid: str) -> tuple[str, ...]:
    """The attributes whose list has this OID, as its present source says; several when they share a value set."""
    if not oid:
        return ()
    here = place.present()
    found = []
    for attribute in lists.FOLDERS:
        present = lists.code_list(attribute, here)
        if present is not None and oid in present.source.split():
            found.append(attribute)
    return tuple(found)


def difference(attribute: str, read: ListRead) -> Difference:
    """What a list would change of the present state of an attribute's list."""
    present = lists.code_list(attribute, place.present())
    before = present.by_key if present is not None else {}
    after = {(code.code, code.scheme): code for code in read.codes}
    return Difference(
        added=tuple(code for key, code in after.items() if key not in before),
        removed=tuple(code for key, code in before.items() if key not in after),
        relabelled=tuple(
            (code, before[key].display)
            for key, code in after.items()
            if key in before and before[key].display != code.display
        ),
        kept=len(before.keys() & after.keys()),
    )


def file_of(attribute: str, day: date) -> Path:
    """The file that keeps an imported state of a list from a day on."""
    return place.folder() / lists.FOLDERS[attribute] / f"{day.isoformat()}.csv"


def write(attribute: str, day: date, read: ListRead) -> Path:
    """Keep a state of a list from a day on; FileExistsError when one was imported for that day already."""
    path = file_of(attribute, day)
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(lists.COLUMNS)
    rows.writerows((code.code, code.scheme, code.display, read.source) for code in read.codes)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text.getvalue(), encoding="utf-8", newline="")
    try:
        # A link never takes the place of what is there, and appears whole.
        os.link(temporary, path)
    finally:
        temporary.unlink()
    place.forget()
    return path
