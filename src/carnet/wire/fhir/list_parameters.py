"""ITI-66 parameters (MHD 4.2.3, 2:3.66.4.1.2; PDSm 3.1.1 flux 05) as one typed search, read by `query_string`.

PDSm writes two of MHD's names with a capital letter (`DesignationType`, `SourceId`): both are read.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from carnet.wire.fhir.list import LIST_TYPES
from carnet.wire.fhir.query_string import (
    MAX_COUNT,
    Codes,
    Range,
    Reader,
    families_of,
    fold,
    given_of,
    split_or,
    split_token,
    starts,
    within,
)
from carnet.wire.xds.model import Code, Folder, Status, SubmissionSet

MHD_66 = "IHE MHD 4.2.3, ITI-66 (2:3.66.4.1.2)"


class ListSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of submission sets (`sets`) and folders (`folders`); fields are read as those of `Search`.

    `times` bound a set's submissionTime and a folder's lastUpdateTime, `designations` its contentTypeCode and its
    codeList. A folder has no source: what asks for one finds sets only.
    """

    patient_id: str = ""
    sets: bool = True
    folders: bool = True
    statuses: tuple[Status, ...] = (Status.APPROVED, Status.DEPRECATED)
    unique_ids: tuple[str, ...] = ()
    entry_uuids: tuple[str, ...] = ()
    own_ids: tuple[str, ...] = ()
    designations: tuple[Codes, ...] = ()
    source_ids: tuple[str, ...] = ()
    times: Range = ("", "")
    families: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    count: int = MAX_COUNT
    used: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()

    def matches_set(self, found: SubmissionSet) -> bool:
        """Whether a set is one that is asked for."""
        return (
            self.sets
            and self._matches(found, found.submission_time, (found.content_type_code,))
            and (not self.source_ids or found.source_id in self.source_ids)
            and starts(families_of(found.authors), self.families)
            and starts(given_of(found.authors), self.given)
        )

    def matches_folder(self, found: Folder) -> bool:
        """Whether a folder is one that is asked for."""
        if self.source_ids or self.families or self.given:
            return False
        return self.folders and self._matches(found, found.last_update_time, found.codes)

    def _matches(self, found: SubmissionSet | Folder, time: str, codes: tuple[Code | None, ...]) -> bool:
        return (
            found.status in self.statuses
            and within(time, self.times)
            and (not self.unique_ids or found.unique_id in self.unique_ids)
            and (not self.entry_uuids or found.entry_uuid in self.entry_uuids)
            and (not self.own_ids or found.entry_uuid in self.own_ids)
            and starts([fold(found.title)], self.titles)
            and all(any(_same(wanted, code) for wanted in group for code in codes) for group in self.designations)
        )


def _same(wanted: Code, code: Code | None) -> bool:
    return code is not None and wanted.code == code.code and wanted.scheme in ("", code.scheme)


_STATUSES = {"current": Status.APPROVED, "retired": Status.DEPRECATED, "entered-in-error": Status.DELETED}
SERVED = (
    *("_id", "code", "date", "designationType", "identifier", "patient.identifier", "source.family", "source.given"),
    *("sourceId", "status", "title"),
)
_ALIASES = {
    "patient:identifier": "patient.identifier",
    "patient:Patient": "patient",
    "DesignationType": "designationType",
    "SourceId": "sourceId",
}


def read(pairs: Iterable[tuple[str, str]], *, lenient: bool = False, patient_required: bool = True) -> ListSearch:
    """The search that `pairs` (name, value; percent-decoded, in order) ask for; raises Rejected with every fault."""
    reader = _Reader(lenient)
    reader.read(pairs, patient_required=patient_required)
    return reader.search()


class _Reader(Reader):
    """One query string of ITI-66 while it is read."""

    served, aliases, sorts, source = SERVED, _ALIASES, ("-date",), MHD_66

    def __init__(self, lenient: bool) -> None:
        super().__init__(lenient)
        self.values: dict[str, tuple[str, ...]] = {}
        self.kinds: set[str] = {"submissionset", "folder"}
        self.statuses = {Status.APPROVED, Status.DEPRECATED}

    def criterion(self, name: str, value: str) -> None:
        if name == "patient.identifier":
            self.patient(value)
        elif name == "designationType":
            self.tokens(name, value, "designations")
        elif name == "date":
            bounds = self.date(name, value)
            if bounds is not None:
                self.narrow("times", *bounds[1:])
        elif name == "code":
            self.kinds &= set(self.known(name, value, ("submissionset", "folder"), LIST_TYPES))
        elif name == "status":
            self.statuses &= {_STATUSES[code] for code in self.known(name, value, tuple(_STATUSES))}
        elif name == "identifier":
            self.keep(name, *self.identifiers(name, value))
        elif name == "_id":
            self.keep(name, "own_ids", tuple("urn:uuid:" + split_token(text)[1] for text in split_or(value)))
        elif name == "sourceId":
            codes = (split_token(text)[1].removeprefix("urn:oid:") for text in split_or(value))
            self.keep(name, "source_ids", tuple(filter(None, codes)))
        else:
            key = {"title": "titles", "source.family": "families", "source.given": "given"}[name]
            self.keep(name, key, tuple(self.words(value)))

    def known(self, name: str, value: str, expected: tuple[str, ...], system: str = "") -> list[str]:
        """The alternatives of a token among those that exist."""
        found = []
        for text in split_or(value):
            said, code = split_token(text)
            if code in expected and said in (None, system):
                found.append(code)
            else:
                self.faults.add(
                    name, "Valeur inconnue.", name, found=text, expected=", ".join(expected), source=self.source
                )
        return found

    def keep(self, name: str, key: str, values: tuple[str, ...]) -> None:
        """Keep the alternatives of a criterion, which is there once."""
        if key in self.values:
            self.repeated(name)
        self.values[key] = values

    def search(self) -> ListSearch:
        return ListSearch(
            patient_id=self.patients[0] if self.patients else "",
            sets="submissionset" in self.kinds,
            folders="folder" in self.kinds,
            statuses=tuple(status for status in Status if status in self.statuses),
            designations=tuple(self.groups.get("designations", ())),
            times=self.ranges.get("times", ("", "")),
            count=self.count,
            used=tuple(self.used),
            ignored=tuple(dict.fromkeys(self.ignored)),
            **self.values,
        )
