"""A DocumentEntry as a line on a page: French words for what the metadata say, nothing decided here."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from carnet.portals.frame import wording
from carnet.record.documents import api as documents
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import Code, DocumentEntry, Status

_URN = "urn:uuid:"
_STATUS_WORDS = {
    Status.DEPRECATED: ("remplacé", "Remplacé par une version plus récente"),
    Status.ARCHIVED: ("archivé", "Archivé"),
    Status.DELETED: ("supprimé", "Supprimé"),
}
# JDV_J13 and TRE_A07 (1.2.250.1.213.1.1.4.13): who may not see it, in words.
_CONFIDENTIALITY_WORDS = {
    "MASQUE_PS": (
        "masqué aux professionnels",
        "Masqué aux professionnels : visible par le patient, son médecin traitant, l’auteur et son établissement",
    ),
    "INVISIBLE_PATIENT": ("non visible par le patient", "Pas encore visible par le patient : annonce à faire"),
    "INVISIBLE_REPRESENTANTS_LEGAUX": (
        "non visible par les représentants légaux",
        "Non visible par les représentants légaux du patient",
    ),
    "R": ("restreint", "Accès restreint"),
    "V": ("très restreint", "Accès très restreint"),
}
_FORMS = {
    "text/xml": "",
    "application/xml": "",
    "application/pdf": "PDF",
    "text/plain": "texte",
    "text/rtf": "texte enrichi",
    "image/jpeg": "image",
    "image/png": "image",
    "image/tiff": "image",
    "application/dicom": "imagerie",
}


@dataclass(frozen=True, slots=True)
class Marker:
    """A word shown beside a title; `kind` only chooses its look."""

    word: str
    meaning: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One document in a list, and the head of its page."""

    uuid: UUID
    title: str
    type_label: str
    class_label: str
    class_code: str
    date: str
    machine_date: str
    year: str
    people: tuple[str, ...]
    places: tuple[str, ...]
    specialties: tuple[str, ...]
    care: str
    form: str
    mime_type: str
    markers: tuple[Marker, ...]
    replaced: bool
    version: int


def uuid_of(entry: DocumentEntry) -> UUID:
    """The entry's UUID; registered entries always carry one."""
    return UUID(entry.entry_uuid.removeprefix(_URN))


def label(attribute: str, code: Code | None) -> str:
    """Our label of a code, else the sender's, else the code."""
    if code is None:
        return ""
    return terminology.label(attribute, code.code, code.scheme) or code.display or code.code


def data_address(media_type: str, data: bytes) -> str:
    """An image as an address that holds it."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def is_cda(entry: DocumentEntry) -> bool:
    """Whether the bytes claim to be XML, that is a CDA in this exchange."""
    return entry.mime_type in ("text/xml", "application/xml")


def markers(entry: DocumentEntry) -> tuple[Marker, ...]:
    """Whose it is when it is the patient's own, status and confidentiality, in words."""
    found = []
    if documents.patient_authored(entry):
        found.append(
            Marker("ajouté par le patient", "Ajouté par le patient : ses propres mots ou un papier qu’il a", "patient")
        )
    if entry.status in _STATUS_WORDS:
        found.append(Marker(*_STATUS_WORDS[entry.status], "status"))
    for code in entry.confidentiality_codes:
        if code.code in _CONFIDENTIALITY_WORDS:
            found.append(Marker(*_CONFIDENTIALITY_WORDS[code.code], "closed"))
    return tuple(found)


def line(entry: DocumentEntry) -> Line:
    """The line of one entry."""
    start, stop = wording.date_of_dtm(entry.service_start_time), wording.date_of_dtm(entry.service_stop_time)
    care = f"du {start} au {stop}" if start and stop and start != stop else (f"le {start}" if start else "")
    type_label = label("typeCode", entry.type_code) or "Document"
    return Line(
        uuid=uuid_of(entry),
        title=entry.title or type_label,
        type_label=type_label,
        class_label=label("classCode", entry.class_code),
        class_code=entry.class_code.code if entry.class_code else "",
        date=wording.date_of_dtm(entry.creation_time),
        machine_date=wording.machine_date_of_dtm(entry.creation_time),
        year=wording.year_of_dtm(entry.creation_time),
        people=_distinct(wording.person(author.person) for author in entry.authors),
        places=_distinct(wording.organisation(place) for author in entry.authors for place in author.institutions),
        specialties=_distinct(wording.coded(one) for author in entry.authors for one in author.specialties),
        care=care,
        form=_FORMS.get(entry.mime_type, entry.mime_type),
        mime_type=entry.mime_type,
        markers=markers(entry),
        replaced=entry.status is Status.DEPRECATED,
        version=entry.version,
    )


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a filter: value, words, how many documents, whether it is chosen."""

    value: str
    words: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """The documents of a page: by year, newest first, with what was asked and what may be asked."""

    years: tuple[tuple[str, tuple[Line, ...]], ...]
    kinds: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    with_replaced: bool
    shown: int
    total: int

    @property
    def filtered(self) -> bool:
        """Whether a filter hides something that could be listed."""
        return self.shown != self.total


def listing(entries: Sequence[DocumentEntry], *, kind: str, period: str, with_replaced: bool) -> Listing:
    """Arrange what the record returned; `kind` is a classCode, `period` a year, both "" for all."""
    lines = [line(entry) for entry in entries]
    kinds: dict[str, tuple[str, int]] = {}
    years: dict[str, int] = {}
    for one in lines:
        words, count = kinds.get(one.class_code, (one.class_label or "Sans catégorie", 0))
        kinds[one.class_code] = (words, count + 1)
        years[one.year] = years.get(one.year, 0) + 1
    shown = [one for one in lines if kind in ("", one.class_code) and period in ("", one.year)]
    return Listing(
        years=tuple((year, tuple(group)) for year, group in groupby(shown, key=lambda one: one.year)),
        kinds=tuple(
            Choice(value, words, count, value == kind)
            for value, (words, count) in sorted(kinds.items(), key=lambda item: item[1][0])
        ),
        periods=tuple(
            Choice(year, year or "Sans date", count, year == period)
            for year, count in sorted(years.items(), reverse=True)
        ),
        with_replaced=with_replaced,
        shown=len(shown),
        total=len(lines),
    )
