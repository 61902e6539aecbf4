"""ITI-67 parameters (MHD 4.2.3, 2:3.67.4.1.2.1; PDSm 3.1.1 flux 06) as one typed search, read by `query_string`."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from carnet.wire.fhir.datatypes import Name, cx_text, read_identifier
from carnet.wire.fhir.query_string import (
    MAX_COUNT,
    Codes,
    Range,
    Reader,
    families_of,
    given_of,
    split_or,
    split_token,
    starts,
    within,
)
from carnet.wire.fhir.resources import Identifier
from carnet.wire.xds.model import DocumentEntry, Status

MHD_67 = "IHE MHD 4.2.3, ITI-67 (2:3.67.4.1.2.1)"


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. Codes are an AND of ORs, a code without scheme matching any; ranges are `from ≤ t < to` in
    DTM of any precision (compared as filled with zeros), empty when open; `count` is the page size. `begins`, `ends`,
    `families` and `given` are the conditions of `matches`.

    `used` are the parameters that were understood, for the self link; `ignored` those that were not (lenient).
    """

    patient_id: str = ""
    statuses: tuple[Status, ...] = (Status.APPROVED, Status.ARCHIVED, Status.DEPRECATED)
    unique_ids: tuple[str, ...] = ()
    entry_uuids: tuple[str, ...] = ()
    logical_ids: tuple[str, ...] = ()
    type_codes: tuple[Codes, ...] = ()
    class_codes: tuple[Codes, ...] = ()
    format_codes: tuple[Codes, ...] = ()
    practice_setting_codes: tuple[Codes, ...] = ()
    healthcare_facility_type_codes: tuple[Codes, ...] = ()
    confidentiality_codes: tuple[Codes, ...] = ()
    event_codes: tuple[Codes, ...] = ()
    creation_time: Range = ("", "")
    service_start_time: Range = ("", "")
    service_stop_time: Range = ("", "")
    begins: Range = ("", "")
    ends: Range = ("", "")
    families: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    reference_ids: tuple[str, ...] = ()
    count: int = MAX_COUNT
    used: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def needs_matching(self) -> bool:
        """Whether `matches` has something to decide."""
        return bool(self.families or self.given or any(self.begins) or any(self.ends))

    def matches(self, entry: DocumentEntry) -> bool:
        """The conditions that ITI-18 cannot say: an author's names, and the period of the act.

        An act without stop time is punctual, it ends when it begins: taken as still going on, as FHIR would, it
        would answer every search of recent documents.
        """
        begin = entry.service_start_time
        end = entry.service_stop_time or begin
        if not (within(begin, self.begins) and within(end, self.ends)):
            return False
        return starts(families_of(entry.authors), self.families) and starts(given_of(entry.authors), self.given)


_TOKENS = {
    "type": "type_codes",
    "category": "class_codes",
    "format": "format_codes",
    "setting": "practice_setting_codes",
    "facility": "healthcare_facility_type_codes",
    "security-label": "confidentiality_codes",
    "event": "event_codes",
}
_DATES = ("date", "creation", "period", "period-start", "period-end")
_STATUSES = {
    "current": (Status.APPROVED, Status.ARCHIVED),
    "superseded": (Status.DEPRECATED,),
    "entered-in-error": (Status.DELETED,),
}
# CXi.5 of a reference that is searched by identifier only (TF-3 §4.2.3.2.28).
_REFERENCE_TYPES = (
    "",
    "urn:ihe:iti:xds:2013:uniqueId",
    "urn:ihe:iti:xds:2013:accession",
    "urn:ihe:iti:xds:2013:referral",
    "urn:ihe:iti:xds:2013:order",
    "urn:ihe:iti:xds:2013:workflowInstanceId",
    "urn:ihe:iti:xds:2015:encounterId",
    "urn:ihe:iti:xds:2016:studyInstanceUID",
)
SERVED = (
    *("_id", "author.family", "author.given", "category", "creation", "date", "event", "facility", "format"),
    *("identifier", "isArchived", "patient.identifier", "period", "period-end", "period-start", "related"),
    *("security-label", "setting", "status", "type"),
)
_ALIASES = {"patient:identifier": "patient.identifier", "related:identifier": "related", "patient:Patient": "patient"}


def read(pairs: Iterable[tuple[str, str]], *, lenient: bool = False, patient_required: bool = True) -> Search:
    """The search that `pairs` (name, value; percent-decoded, in order) ask for; raises Rejected with every fault."""
    reader = _Reader(lenient)
    reader.read(pairs, patient_required=patient_required)
    return reader.search()


class _Reader(Reader):
    """One query string of ITI-67 while it is read."""

    served, aliases, sorts, source = SERVED, _ALIASES, ("-date", "-creation"), MHD_67

    def __init__(self, lenient: bool) -> None:
        super().__init__(lenient)
        self.values: dict[str, object] = {}
        self.strings: dict[str, list[str]] = {}
        self.archived: bool | None = None

    def criterion(self, name: str, value: str) -> None:
        if name in _TOKENS:
            self.tokens(name, value, _TOKENS[name])
        elif name in _DATES:
            self.time(name, value)
        elif name == "patient.identifier":
            self.patient(value)
        elif name == "status":
            self.status(value)
        elif name in ("identifier", "_id", "related"):
            self.names(name, value)
        elif name == "isArchived":
            self.archive(value)
        else:
            key = "families" if name == "author.family" else "given"
            if key in self.strings:
                self.repeated(name)
            self.strings[key] = self.words(value)

    def status(self, value: str) -> None:
        wanted: set[Status] = set()
        for text in split_or(value):
            system, code = split_token(text)
            if system or code not in _STATUSES:
                self.faults.add(
                    "status", "Statut inconnu.", "status", found=text, expected=", ".join(_STATUSES), source=MHD_67
                )
                return
            wanted.update(_STATUSES[code])
        before = self.values.get("statuses")
        if isinstance(before, set):
            wanted &= before
        self.values["statuses"] = wanted

    def archive(self, value: str) -> None:
        if value not in ("true", "false"):
            self.faults.add(
                "boolean", "true ou false est attendu.", "isArchived", found=value, source="PDSm isArchived"
            )
            return
        self.archived = value == "true"

    def names(self, name: str, value: str) -> None:
        if name == "identifier":
            key, found = self.identifiers(name, value)
        elif name == "_id":
            key, found = "logical_ids", tuple("urn:uuid:" + split_token(text)[1] for text in split_or(value))
        else:
            key, found = "reference_ids", self.references(name, value)
        if key in self.values:
            self.repeated(name)
        self.values[key] = found

    def references(self, name: str, value: str) -> tuple[str, ...]:
        references = []
        for text in split_or(value):
            system, code = split_token(text)
            if not system or not code:
                self.faults.add(
                    "reference", "Un identifiant avec son système est attendu.", name, found=text,
                    expected="related:identifier=urn:oid:<OID>|<valeur>", source=MHD_67,
                )  # fmt: skip
                continue
            plain = read_identifier(Identifier(system=system, value=code))
            references += [cx_text(Name(plain.value, plain.authority, kind)) for kind in _REFERENCE_TYPES]
        return tuple(references)

    def time(self, name: str, value: str) -> None:
        read_date = self.date(name, value)
        if read_date is None:
            return
        prefix, low, high = read_date
        if name in ("date", "creation"):
            self.narrow("creation_time", low, high)
        elif name == "period-start":
            self.narrow("service_start_time", low, high)
        elif name == "period-end":
            self.narrow("service_stop_time", low, high)
        elif prefix == "eq":
            self.narrow("begins", low, "")
            self.narrow("ends", "", high)
        else:
            # A period overlaps what is asked: it ends late enough, or begins early enough.
            self.narrow("ends", low, "")
            self.narrow("begins", "", high)

    def search(self) -> Search:
        values = dict(self.values)
        statuses = values.pop("statuses", None)
        wanted = set(Search().statuses) if statuses is None else statuses
        if self.archived is not None:
            kept = {Status.ARCHIVED} if self.archived else set(Status) - {Status.ARCHIVED}
            wanted = wanted & kept  # type: ignore[operator]
        return Search(
            patient_id=self.patients[0] if self.patients else "",
            statuses=tuple(status for status in Status if status in wanted),  # type: ignore[operator]
            count=self.count,
            used=tuple(self.used),
            ignored=tuple(dict.fromkeys(self.ignored)),
            **{key: tuple(groups) for key, groups in self.groups.items()},  # type: ignore[arg-type]
            **{key: tuple(words) for key, words in self.strings.items()},  # type: ignore[arg-type]
            **self.ranges,  # type: ignore[arg-type]
            **values,  # type: ignore[arg-type]
        )
