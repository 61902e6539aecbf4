"""The parameters of a search, read from a query string (FHIR R4 search.html): what ITI-66 and ITI-67 share.

All faults are collected. A parameter that is not served is refused by default, because a filter that is silently
dropped shows documents nobody asked for; with `Prefer: handling=lenient` it is ignored, and `ignored` names it.
Times are compared in UTC. A date precise to the day is that whole day in UTC.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from carnet.wire.fhir.codes import scheme_of
from carnet.wire.fhir.datatypes import read_cx, unescape
from carnet.wire.fhir.documentreference import read_unique_identifier
from carnet.wire.fhir.faults import R4, Faults
from carnet.wire.fhir.resources import Identifier
from carnet.wire.fhir.times import BadTimeError, next_unit, parts
from carnet.wire.xds.model import Author, Code

MAX_COUNT = 500
Codes = tuple[Code, ...]
Range = tuple[str, str]

_CONTROLS = ("_count", "_sort", "_format", "_total", "_pretty")
_FORMATS = ("json", "application/json", "application/fhir+json", "application/fhir json")
_SPLIT = re.compile(r"(?<!\\)(?:\\\\)*,")


def fold(text: str) -> str:
    """A name as FHIR compares strings: without accents or case (search.html#string)."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def within(dtm: str, bounds: Range) -> bool:
    """Whether a DTM is in a range; an absent one is in none but the open one."""
    if not any(bounds):
        return True
    full = dtm.ljust(14, "0")
    return bool(dtm) and bounds[0].ljust(14, "0") <= full and (not bounds[1] or full < bounds[1].ljust(14, "0"))


def starts(names: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a folded name begins with one of the wanted ones; true when none is wanted."""
    return not wanted or any(name.startswith(start) for name in names for start in wanted)


def families_of(authors: Iterable[Author]) -> list[str]:
    """The folded family names of authors."""
    return [fold(unescape(name[1])) for name in _names(authors)]


def given_of(authors: Iterable[Author]) -> list[str]:
    """The folded given names of authors, each by itself."""
    return [fold(unescape(part)) for name in _names(authors) for part in (name[2], *name[3].split())]


def _names(authors: Iterable[Author]) -> list[list[str]]:
    return [(author.person + "^^^").split("^") for author in authors]


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
        return None, plain(value)
    return plain(value[: bar.start()]), plain(value[bar.end() :])


def plain(value: str) -> str:
    """A value without its escapes."""
    return re.sub(r"\\([,$|\\])", r"\1", value)


class Reader(ABC):
    """One query string while it is read; each search says what it serves and reads its own criteria."""

    served: Sequence[str]
    aliases: Mapping[str, str]
    sorts: Sequence[str]
    source: str

    def __init__(self, lenient: bool) -> None:
        self.lenient, self.faults = lenient, Faults()
        self.patients: list[str] = []
        self.count = MAX_COUNT
        self.groups: dict[str, list[Codes]] = {}
        self.ranges: dict[str, Range] = {}
        self.used: list[tuple[str, str]] = []
        self.ignored: list[str] = []

    def read(self, pairs: Iterable[tuple[str, str]], *, patient_required: bool) -> None:
        """Take every parameter; raises Rejected with every fault."""
        for name, value in pairs:
            self.take(name, value)
        if patient_required and not self.patients and not (self.lenient and "patient" in self.ignored):
            self.faults.add(
                "patient-required", "Une recherche porte sur un patient.", "patient.identifier",
                expected="patient.identifier=urn:oid:1.2.250.1.213.1.4.…|matricule", source=self.source,
            )  # fmt: skip
        self.faults.check()

    @abstractmethod
    def criterion(self, name: str, value: str) -> None:
        """Read one parameter that is served."""

    def take(self, name: str, value: str) -> None:
        """Read one parameter, served or not."""
        canonical = self.aliases.get(name, name)
        base, colon, modifier = canonical.partition(":")
        if canonical == "_cursor":
            return
        if colon and base in (*self.served, *_CONTROLS, "patient"):
            self.refuse_modifier(name, modifier)
        elif canonical in ("_pretty", "_format", "_total", "_sort", "_count"):
            self.control(canonical, value)
        elif canonical not in self.served:
            self.unknown(canonical)
        elif not value.strip():
            self.faults.add("empty", "Le paramètre est vide.", name, source=f"{R4}, search.html")
        elif "\x00" in value:
            self.faults.add("control-character", "Le paramètre contient un caractère nul.", name)
        else:
            self.criterion(canonical, value)
            self.used.append((name, value))

    def refuse_modifier(self, name: str, modifier: str) -> None:
        """Record a modifier that is not served."""
        self.faults.add(
            "modifier", "Ce modificateur n'est pas servi.", name, found=":" + modifier,
            expected="le paramètre sans modificateur", source=f"{R4}, search.html#modifiers",
        )  # fmt: skip

    def unknown(self, name: str) -> None:
        """Refuse a parameter that is not served, or note that it was ignored."""
        if self.lenient:
            self.ignored.append(name)
            return
        text = "Ce paramètre n'est pas servi."
        if name == "patient":
            text = "Aucune ressource Patient n'est servie ici : le patient se désigne par son identifiant."
        self.faults.add(
            "unknown-parameter", text, name,
            expected=f"{', '.join(self.served)}, _count, _sort ; ou Prefer: handling=lenient",
            source=f"{R4}, search.html#errors",
        )  # fmt: skip

    def control(self, name: str, value: str) -> None:
        """Read a parameter that says how to answer."""
        if name == "_count":
            if value.isascii() and value.isdigit() and int(value[:9]) > 0:
                self.count = min(int(value[:9]), MAX_COUNT)
            else:
                self.faults.add("count", "Un nombre supérieur à zéro est attendu.", name, found=value, source=R4)
                return
        elif name == "_sort" and value not in self.sorts:
            self.faults.add(
                "sort", "Seul l'ordre du plus récent au plus ancien est servi.", name, found=value,
                expected=" ou ".join(self.sorts), source=f"{R4}, search.html#sort",
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

    def repeated(self, name: str) -> None:
        """Refuse a parameter that is there twice."""
        text = "Ce paramètre n'est pas répétable (la virgule dit « ou »)."
        self.faults.add("repeated", text, name, source=f"{R4}, search.html#combining")

    def tokens(self, name: str, value: str, key: str) -> None:
        """Read alternatives of codes into the group `key`."""
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
        self.groups.setdefault(key, []).append(tuple(codes))

    def patient(self, value: str) -> None:
        """Read the patient's identifier."""
        system, code = split_token(value)
        if "," in value or not system or not code:
            self.faults.add(
                "patient-identifier", "Un identifiant de patient, avec son système, est attendu.", "patient.identifier",
                expected="urn:oid:<OID>|<valeur>", source=self.source,
            )  # fmt: skip
            return
        self.patients.append(read_cx(Identifier(system=system, value=code)))
        if len(set(self.patients)) > 1:
            self.repeated("patient.identifier")

    def identifiers(self, name: str, value: str) -> tuple[str, tuple[str, ...]]:
        """Read names of objects: ("unique_ids" or "entry_uuids", the names)."""
        unique, uuids = [], []
        for text in split_or(value):
            system, code = split_token(text)
            if code.startswith("urn:uuid:"):
                uuids.append(code)
            elif code:
                unique.append(read_unique_identifier(Identifier(system=system, value=code)))
        if unique and uuids:
            self.faults.add("identifier", "uniqueId et entryUUID ne se mêlent pas dans un « ou ».", name, found=value)
        return ("unique_ids", tuple(unique)) if unique else ("entry_uuids", tuple(uuids))

    def words(self, value: str) -> list[str]:
        """The folded alternatives of a string."""
        return [fold(word) for text in split_or(value) if (word := plain(text).strip())]

    def date(self, name: str, value: str) -> tuple[str, str, str] | None:
        """Read a date: (prefix, from, to) with `from ≤ t < to`, empty when open; None when it is wrong."""
        prefix, text = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
        if "," in value:
            self.faults.add("date-or", "Une seule date par paramètre (répéter pour un intervalle).", name, found=value)
            return None
        if prefix not in ("eq", "ge", "gt", "le", "lt"):
            self.faults.add(
                "prefix", "Ce préfixe n'est pas servi.", name, found=prefix, expected="eq, ge, gt, le ou lt",
                source=f"{R4}, search.html#prefix",
            )  # fmt: skip
            return None
        try:
            dtm, _ = parts(text, zone_required=False)
            first, after = dtm, next_unit(dtm)
        except (BadTimeError, OverflowError):
            self.faults.add(
                "date", "Cette date n'existe pas ou est mal écrite.", name, found=text,
                expected="AAAA, AAAA-MM, AAAA-MM-JJ ou AAAA-MM-JJThh:mm[:ss][fuseau]", source=f"{R4}, search.html#date",
            )  # fmt: skip
            return None
        low = {"eq": first, "ge": first, "gt": after}.get(prefix, "")
        high = {"eq": after, "lt": first, "le": after}.get(prefix, "")
        return prefix, low, high

    def narrow(self, key: str, low: str, high: str) -> None:
        """Intersect a range with those before."""
        before = self.ranges.get(key, ("", ""))
        highs = [end for end in (before[1], high) if end]
        self.ranges[key] = (max(before[0], low), min(highs) if highs else "")
