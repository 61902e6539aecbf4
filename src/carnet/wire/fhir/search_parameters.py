"""ITI-67 parameters (MHD 4.2.3, 2:3.67.4.1.2.1; PDSm 3.1.1 flux 06; FHIR R4 search.html) as one typed search.

All faults are collected. A parameter that is not served is refused by default, because a filter that is silently
dropped shows documents nobody asked for; with `Prefer: handling=lenient` it is ignored, and `ignored` names it.
Times are compared in UTC. A date precise to the day is that whole day in UTC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import msgspec

from carnet.wire.fhir.codes import scheme_of
from carnet.wire.fhir.datatypes import Name, cx_text, read_cx, read_identifier, unescape
from carnet.wire.fhir.documentreference import read_unique_identifier
from carnet.wire.fhir.faults import R4, Faults
from carnet.wire.fhir.resources import Identifier
from carnet.wire.fhir.times import BadTimeError, next_unit, parts
from carnet.wire.xds.model import Code, DocumentEntry, Status

MHD_67 = "IHE MHD 4.2.3, ITI-67 (2:3.67.4.1.2.1)"
MAX_COUNT = 500
Codes = tuple[Code, ...]
Range = tuple[str, str]


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
    count: int | None = None
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
        if not (_within(begin, self.begins) and _within(end, self.ends)):
            return False
        names = [(author.person + "^^^").split("^") for author in entry.authors]
        families = [fold(unescape(name[1])) for name in names]
        given = [fold(unescape(part)) for name in names for part in (name[2], *name[3].split())]
        return _starts(families, self.families) and _starts(given, self.given)


def fold(text: str) -> str:
    """A name as FHIR compares strings: without accents or case (search.html#string)."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def _within(dtm: str, bounds: Range) -> bool:
    if not any(bounds):
        return True
    full = dtm.ljust(14, "0")
    return bool(dtm) and bounds[0].ljust(14, "0") <= full and (not bounds[1] or full < bounds[1].ljust(14, "0"))


def _starts(names: list[str], wanted: tuple[str, ...]) -> bool:
    return not wanted or any(name.startswith(start) for name in names for start in wanted)


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
_FORMATS = ("json", "application/json", "application/fhir+json", "application/fhir json")
SERVED = (
    *("_id", "author.family", "author.given", "category", "creation", "date", "event", "facility", "format"),
    *("identifier", "isArchived", "patient.identifier", "period", "period-end", "period-start", "related"),
    *("security-label", "setting", "status", "type"),
)
_CONTROLS = ("_count", "_sort", "_format", "_total", "_pretty")
_ALIASES = {"patient:identifier": "patient.identifier", "related:identifier": "related", "patient:Patient": "patient"}
_SPLIT = re.compile(r"(?<!\\)(?:\\\\)*,")


def read(pairs: Iterable[tuple[str, str]], *, lenient: bool = False, patient_required: bool = True) -> Search:
    """The search that `pairs` (name, value; percent-decoded, in order) ask for; raises Rejected with every fault."""
    reader = _Reader(lenient)
    for name, value in pairs:
        reader.take(name, value)
    if patient_required and not reader.patients and not (lenient and "patient" in reader.ignored):
        reader.faults.add(
            "patient-required", "Une recherche porte sur un patient.", "patient.identifier",
            expected="patient.identifier=urn:oid:1.2.250.1.213.1.4.…|matricule", source=MHD_67,
        )  # fmt: skip
    return reader.search()


def split_or(value: str) -> list[str]:
    """The alternatives of a value, at commas that are not escaped."""
    found, start = [], 0
    for match in _SPLIT.finditer(value):
        found.append(value[start : match.end() - 1])
        start = match.end()
    return [*found, value[start:]]


def split_token(value: str) -> tuple[str | None, str]:
    """A token as (system, code); system None when there is no bar, empty for `|code`."""
    bar = re.search(r"(?<!\\)\|", value)
    if bar is None:
        return None, _plain(value)
    return _plain(value[: bar.start()]), _plain(value[bar.end() :])


def _plain(value: str) -> str:
    return re.sub(r"\\([,$|\\])", r"\1", value)


class _Reader:
    """One query string while it is read."""

    def __init__(self, lenient: bool) -> None:
        self.lenient, self.faults = lenient, Faults()
        self.patients: list[str] = []
        self.values: dict[str, object] = {}
        self.groups: dict[str, list[Codes]] = {}
        self.ranges: dict[str, Range] = {}
        self.given: list[str] = []
        self.family: list[str] = []
        self.archived: bool | None = None
        self.used: list[tuple[str, str]] = []
        self.ignored: list[str] = []

    def take(self, name: str, value: str) -> None:
        canonical = _ALIASES.get(name, name)
        base, colon, modifier = canonical.partition(":")
        if canonical == "_cursor":
            return
        if colon and base in (*SERVED, *_CONTROLS, "patient"):
            self.refuse_modifier(name, modifier)
        elif canonical in ("_pretty", "_format", "_total", "_sort", "_count"):
            self.control(canonical, value)
        elif canonical not in SERVED:
            self.unknown(canonical)
        elif not value.strip():
            self.faults.add("empty", "Le paramètre est vide.", name, source=f"{R4}, search.html")
        elif "\x00" in value:
            self.faults.add("control-character", "Le paramètre contient un caractère nul.", name)
        else:
            self.criterion(canonical, value)
            self.used.append((name, value))

    def refuse_modifier(self, name: str, modifier: str) -> None:
        self.faults.add(
            "modifier", "Ce modificateur n'est pas servi.", name, found=":" + modifier,
            expected="le paramètre sans modificateur", source=f"{R4}, search.html#modifiers",
        )  # fmt: skip

    def unknown(self, name: str) -> None:
        if self.lenient:
            self.ignored.append(name)
            return
        text = "Ce paramètre n'est pas servi."
        if name == "patient":
            text = "Aucune ressource Patient n'est servie ici : le patient se désigne par son identifiant."
        self.faults.add(
            "unknown-parameter", text, name,
            expected=f"{', '.join(SERVED)}, _count, _sort ; ou Prefer: handling=lenient",
            source=f"{R4}, search.html#errors",
        )  # fmt: skip

    def control(self, name: str, value: str) -> None:
        if name == "_count":
            if value.isascii() and value.isdigit() and int(value[:9]) > 0:
                self.values["count"] = min(int(value[:9]), MAX_COUNT)
            else:
                self.faults.add("count", "Un nombre supérieur à zéro est attendu.", name, found=value, source=R4)
                return
        elif name == "_sort" and value not in ("-date", "-creation"):
            self.faults.add(
                "sort", "Seul l'ordre du plus récent au plus ancien est servi.", name, found=value,
                expected="-date ou -creation", source=f"{R4}, search.html#sort",
            )  # fmt: skip
            return
        elif name == "_total" and value not in ("accurate", "none", "estimate"):
            self.faults.add("total", "Valeur inconnue.", name, found=value, expected="accurate")
            return
        elif name == "_format" and value.split(";")[0].strip() not in _FORMATS:
            self.faults.add("format", "Seul le JSON est servi.", name, found=value, expected="application/fhir+json")
            return
        if name in ("_count", "_sort"):
            self.used.append((name, value))

    def criterion(self, name: str, value: str) -> None:
        if name in _TOKENS:
            self.tokens(name, value)
        elif name in _DATES:
            self.date(name, value)
        elif name == "patient.identifier":
            self.patient(value)
        elif name == "status":
            self.status(value)
        elif name in ("identifier", "_id", "related"):
            self.names(name, value)
        elif name == "isArchived":
            self.archive(value)
        else:
            words = [_plain(word).strip() for word in split_or(value)]
            target = self.family if name == "author.family" else self.given
            if target:
                self.repeated(name)
            target.extend(filter(None, words))

    def repeated(self, name: str) -> None:
        text = "Ce paramètre n'est pas répétable (la virgule dit « ou »)."
        self.faults.add("repeated", text, name, source=f"{R4}, search.html#combining")

    def tokens(self, name: str, value: str) -> None:
        codes = []
        for text in split_or(value):
            system, code = split_token(text)
            if not code:
                self.faults.add(
                    "token", "Un code est attendu.", name, found=text, expected="code ou système|code",
                    source=f"{R4}, search.html#token",
                )  # fmt: skip
                return
            codes.append(Code(code=code, scheme=scheme_of(system)))
        self.groups.setdefault(_TOKENS[name], []).append(tuple(codes))

    def patient(self, value: str) -> None:
        system, code = split_token(value)
        if "," in value or not system or not code:
            self.faults.add(
                "patient-identifier", "Un identifiant de patient, avec son système, est attendu.", "patient.identifier",
                expected="urn:oid:<OID>|<valeur>", source=MHD_67,
            )  # fmt: skip
            return
        self.patients.append(read_cx(Identifier(system=system, value=code)))
        if len(set(self.patients)) > 1:
            self.repeated("patient.identifier")

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
        unique, uuids, references = [], [], []
        for text in split_or(value):
            system, code = split_token(text)
            if name == "_id":
                uuids.append("urn:uuid:" + code)
            elif name == "related":
                if not system or not code:
                    self.faults.add(
                        "reference", "Un identifiant avec son système est attendu.", name, found=text,
                        expected="related:identifier=urn:oid:<OID>|<valeur>", source=MHD_67,
                    )  # fmt: skip
                    return
                plain = read_identifier(Identifier(system=system, value=code))
                references += [cx_text(Name(plain.value, plain.authority, kind)) for kind in _REFERENCE_TYPES]
            elif code.startswith("urn:uuid:"):
                uuids.append(code)
            elif code:
                unique.append(read_unique_identifier(Identifier(system=system, value=code)))
        key = {"_id": "logical_ids", "related": "reference_ids"}.get(name)
        if key is None:
            if unique and uuids:
                self.faults.add(
                    "identifier", "uniqueId et entryUUID ne se mêlent pas dans un « ou ».", name, found=value
                )
            key = "unique_ids" if unique else "entry_uuids"
        found = tuple(unique or uuids or references)
        if key in self.values:
            self.repeated(name)
        self.values[key] = found

    def date(self, name: str, value: str) -> None:
        prefix, text = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
        if "," in value:
            self.faults.add("date-or", "Une seule date par paramètre (répéter pour un intervalle).", name, found=value)
            return
        if prefix not in ("eq", "ge", "gt", "le", "lt"):
            self.faults.add(
                "prefix", "Ce préfixe n'est pas servi.", name, found=prefix, expected="eq, ge, gt, le ou lt",
                source=f"{R4}, search.html#prefix",
            )  # fmt: skip
            return
        try:
            dtm, _ = parts(text, zone_required=False)
            first, after = dtm, next_unit(dtm)
        except (BadTimeError, OverflowError):
            self.faults.add(
                "date", "Cette date n'existe pas ou est mal écrite.", name, found=text,
                expected="AAAA, AAAA-MM, AAAA-MM-JJ ou AAAA-MM-JJThh:mm[:ss][fuseau]", source=f"{R4}, search.html#date",
            )  # fmt: skip
            return
        low = {"eq": first, "ge": first, "gt": after}.get(prefix, "")
        high = {"eq": after, "lt": first, "le": after}.get(prefix, "")
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

    def narrow(self, key: str, low: str, high: str) -> None:
        before = self.ranges.get(key, ("", ""))
        highs = [end for end in (before[1], high) if end]
        self.ranges[key] = (max(before[0], low), min(highs) if highs else "")

    def search(self) -> Search:
        self.faults.check()
        values = dict(self.values)
        statuses = values.pop("statuses", None)
        wanted = set(Search().statuses) if statuses is None else statuses
        if self.archived is not None:
            kept = {Status.ARCHIVED} if self.archived else set(Status) - {Status.ARCHIVED}
            wanted = wanted & kept  # type: ignore[operator]
        return Search(
            patient_id=self.patients[0] if self.patients else "",
            statuses=tuple(status for status in Status if status in wanted),  # type: ignore[operator]
            families=tuple(map(fold, self.family)),
            given=tuple(map(fold, self.given)),
            used=tuple(self.used),
            ignored=tuple(dict.fromkeys(self.ignored)),
            **{key: tuple(groups) for key, groups in self.groups.items()},  # type: ignore[arg-type]
            **self.ranges,  # type: ignore[arg-type]
            **values,  # type: ignore[arg-type]
        )
