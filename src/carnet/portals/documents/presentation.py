"""A DocumentEntry as a line on a page: French words for what the metadata say, nothing decided here."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
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
    month: str
    people: tuple[str, ...]
    places: tuple[str, ...]
    specialties: tuple[str, ...]
    care: str
    care_elsewhen: str
    form: str
    mime_type: str
    markers: tuple[Marker, ...]
    replaced: bool
    by_patient: bool
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
            Marker("ajouté par le patient", "Ajouté par le patient lui-même, et non par un professionnel", "patient")
        )
    if entry.status in _STATUS_WORDS:
        found.append(Marker(*_STATUS_WORDS[entry.status], "status"))
    # A signature is masked by its profile: nobody decided it, and there is nothing to announce.
    for code in () if documents.is_signature(entry) else entry.confidentiality_codes:
        if code.code in _CONFIDENTIALITY_WORDS:
            found.append(Marker(*_CONFIDENTIALITY_WORDS[code.code], "closed"))
    return tuple(found)


def line(entry: DocumentEntry) -> Line:
    """The line of one entry."""
    start, stop = wording.date_of_dtm(entry.service_start_time), wording.date_of_dtm(entry.service_stop_time)
    care = f"du {start} au {stop}" if start and stop and start != stop else (f"le {start}" if start else "")
    type_label, class_label = label("typeCode", entry.type_code) or "Document", label("classCode", entry.class_code)
    if documents.is_signature(entry):
        # The nomenclatures name it in English.
        type_label, class_label = "Signature électronique", "Signature"
    return Line(
        uuid=uuid_of(entry),
        title=entry.title or type_label,
        type_label=type_label,
        class_label=class_label,
        class_code=entry.class_code.code if entry.class_code else "",
        date=wording.date_of_dtm(entry.creation_time),
        machine_date=wording.machine_date_of_dtm(entry.creation_time),
        year=wording.year_of_dtm(entry.creation_time),
        month=wording.month_of_dtm(entry.creation_time),
        people=_distinct(wording.person(author.person) for author in entry.authors),
        places=_distinct(wording.organisation(place) for author in entry.authors for place in author.institutions),
        specialties=_distinct(wording.coded(one) for author in entry.authors for one in author.specialties),
        care=care,
        care_elsewhen=care if start and start != wording.date_of_dtm(entry.creation_time) else "",
        form=_FORMS.get(entry.mime_type, entry.mime_type),
        mime_type=entry.mime_type,
        markers=markers(entry),
        replaced=entry.status is Status.DEPRECATED,
        by_patient=documents.patient_authored(entry),
        version=entry.version,
    )


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
