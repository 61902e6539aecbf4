"""Listing and reading for any kind of reader: one call to the record, then the words of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse

from carnet.kernel import clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.documents import acts, presentation, reading, relations
from carnet.portals.frame import wording
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.own_domain import domain_of
from carnet.record.documents import api as documents
from carnet.wire.xds.model import DocumentEntry, Status

_PIECE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a reader's list, pages, contents and files are: a namespace of addresses and its first arguments."""

    space: str
    listing_name: str
    arguments: tuple[object, ...] = ()

    @property
    def listing(self) -> str:
        """The list of documents."""
        return str(reverse(f"{self.space}:{self.listing_name}", args=self.arguments))

    @property
    def folders(self) -> str:
        """The folders."""
        return str(reverse(f"{self.space}:folders", args=self.arguments))

    @property
    def deposit(self) -> str:
        """The form of a deposit."""
        return str(reverse(f"{self.space}:deposit", args=self.arguments))

    def act(self, uuid: UUID, name: str) -> str:
        """The page of an act on a document."""
        return str(reverse(f"{self.space}:state", args=[*self.arguments, uuid, name]))

    def of(self, name: str, uuid: UUID) -> str:
        """`document`, `content` or `file` of one document."""
        return str(reverse(f"{self.space}:{name}", args=[*self.arguments, uuid]))

    def piece(self, uuid: UUID, number: int | None) -> str:
        """A file inside a document, the document itself for None."""
        return self.of("content", uuid) + (f"?piece={number}" if number is not None else "")


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the metadata panel."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A document's page: its head, what can be read of it, its metadata, when it was read (for prints)."""

    line: presentation.Line
    reading: reading.Reading
    facts: tuple[Fact, ...]
    read_at: datetime
    acts: tuple[tuple[str, acts.Act], ...] = ()
    replaceable: bool = False
    here: bool = True
    relations: tuple[relations.Relation, ...] = ()


def only(patient_id: str) -> str | None:
    """The one record that a page is about, so that two patients in two tabs never mix: another record's document is
    unknown there. A person's own record ("") needs no such bound."""
    return patient_id or None


def _retrieve(actor: Actor, uuid: UUID, patient_id: str) -> documents.Retrieved | Refusal:
    return documents.retrieve(
        actor=actor, domain=domain_of(actor), entry_uuid=uuid.urn, asserted_patient=only(patient_id)
    )


def shown(actor: Actor, uuid: UUID, patient_id: str, addresses: Addresses) -> Shown | Refusal:
    """The page of one document; one that another repository keeps has its card, and says where its bytes are."""
    domain = domain_of(actor)
    found = _retrieve(actor, uuid, patient_id)
    if isinstance(found, Refusal):
        known = documents.get(actor=actor, domain=domain, entry_uuids=[uuid.urn], asserted_patient=only(patient_id))
        if found.rule != "document-elsewhere" or isinstance(known, Refusal) or not known.entries:
            return found
        entry, here = known.entries[0], False
        read = reading.elsewhere(entry)
    else:
        entry, here = found.entry, True
        read = _read(found, uuid, addresses)
    offered = acts.offered(actor, domain, entry, by_patient=actor.kind in (ActorKind.PATIENT, ActorKind.DELEGATE))
    return Shown(
        line=presentation.line(entry),
        reading=read,
        facts=facts(entry),
        read_at=clock.now(),
        here=here,
        relations=relations.of(actor, domain, entry),
        acts=offered.acts,
        replaceable=offered.own and entry.status is Status.APPROVED and not documents.is_signature(entry),
    )


def _read(found: documents.Retrieved, uuid: UUID, addresses: Addresses) -> reading.Reading:
    entry = found.entry
    explained = reading.explained(entry)
    if explained is not None:
        return explained
    if presentation.is_cda(entry):
        return reading.of_cda(reading.whole(found.chunks, found.size), lambda number: addresses.piece(uuid, number))
    if entry.mime_type == "text/plain":
        return reading.of_text(reading.whole(found.chunks, found.size))
    if entry.mime_type in reading.IN_PAGE:
        return reading.Reading(embedded=entry.mime_type)
    return reading.Reading(
        why_not="Ce format ne s’affiche pas dans un navigateur. Téléchargez le document pour l’ouvrir."
    )


def titles(actor: Actor, uuids: Sequence[UUID]) -> dict[UUID, str]:
    """The titles of the documents among these that the actor may see, by id."""
    if not uuids:
        return {}
    found = documents.get(actor=actor, domain=domain_of(actor), entry_uuids=[uuid.urn for uuid in uuids])
    if isinstance(found, Refusal):
        return {}
    lines = map(presentation.line, found.entries)
    return {one.uuid: one.title for one in lines}


def content(request: HttpRequest, actor: Actor, uuid: UUID, patient_id: str) -> HttpResponseBase:
    """The PDF or the image that a page frames: the document itself, or a file inside a CDA (`piece`)."""
    found = _retrieve(actor, uuid, patient_id)
    if isinstance(found, Refusal):
        return refusal(request, found)
    if presentation.is_cda(found.entry):
        number = request.GET.get("piece", "")
        asked = int(number) if number.isdecimal() and len(number) <= _PIECE_DIGITS else None
        inside = reading.piece(reading.whole(found.chunks, found.size), asked) if asked is not None else None
        if inside is None:
            raise Http404
        return inside
    if found.entry.mime_type not in reading.IN_PAGE:
        raise Http404
    return reading.file_answer(
        found.chunks, mime_type=found.entry.mime_type, name="document", size=found.size, download=False
    )


def file(request: HttpRequest, actor: Actor, uuid: UUID, patient_id: str) -> HttpResponseBase:
    """The bytes as they were fed, as a download; the name holds no identity."""
    found = _retrieve(actor, uuid, patient_id)
    if isinstance(found, Refusal):
        return refusal(request, found)
    name = f"document-{found.entry.creation_time[:8] or 'sans-date'}"
    return reading.file_answer(found.chunks, mime_type=found.entry.mime_type, name=name, size=found.size, download=True)


def facts(entry: DocumentEntry) -> tuple[Fact, ...]:
    """The metadata in words, absent ones left out."""
    line = presentation.line(entry)
    all_facts = (
        ("Type", (line.type_label,)),
        ("Catégorie", (line.class_label,)),
        ("Auteur", line.people),
        ("Spécialité", line.specialties),
        ("Structure", line.places),
        ("Responsable", (wording.person(entry.legal_authenticator) if entry.legal_authenticator else "",)),
        ("Créé", (wording.time_of_dtm(entry.creation_time),)),
        ("Acte", (line.care,)),
        ("Actes décrits", tuple(presentation.label("eventCodeList", code) for code in entry.event_codes)),
        (
            "Secteur d’activité",
            (presentation.label("healthcareFacilityTypeCode", entry.healthcare_facility_type_code),),
        ),
        ("Cadre d’exercice", (presentation.label("practiceSettingCode", entry.practice_setting_code),)),
        (
            "Confidentialité",
            tuple(presentation.label("confidentialityCode", one) for one in entry.confidentiality_codes),
        ),
        ("Version", (str(entry.version),)),
        (
            "Forme",
            (" · ".join(word for word in (line.form or "document structuré", wording.size(entry.size)) if word),),
        ),
        ("Commentaire", (entry.comments,)),
    )
    kept = (Fact(name, tuple(value for value in values if value)) for name, values in all_facts)
    return tuple(fact for fact in kept if fact.values)
