"""DocumentEntry to DocumentReference (MHD 4.2.3 StructureDefinition mappings, PDSm 3.1.1 §flux 05-08).

What FHIR has no element for is an extension, listed in this folder's README. Codes, persons and patients are
rendered once and kept as JSON fragments: a list repeats them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

import msgspec

from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.codes import OID, concept, concepts, raw_coding
from carnet.wire.fhir.datatypes import RFC3986, cx_identifier
from carnet.wire.fhir.patients import contain_source, subject
from carnet.wire.fhir.people import BASE, contain_author, contain_person
from carnet.wire.fhir.times import instant, to_date_time
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status

ARCHIVED = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"
HOME_COMMUNITY = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-HomeCommunityId"
IDENTIFIER_TYPES = "https://profiles.ihe.net/ITI/MHD/CodeSystem/IHE.MHD.MHDIdentifierType"
AVAILABILITY = BASE + "xds-document-availability"
ON_DEMAND = BASE + "xds-on-demand"
URI = BASE + "xds-uri"
SLOT = BASE + "xds-slot"
SLOT_NAME, SLOT_VALUE = "name", "value"
HASH = BASE + "xds-hash"

STATUSES = {
    Status.APPROVED: "current",
    Status.ARCHIVED: "current",
    Status.DEPRECATED: "superseded",
    Status.DELETED: "entered-in-error",
}
RELATIONS = {
    AssociationType.REPLACE: ("replaces",),
    AssociationType.TRANSFORM: ("transforms",),
    AssociationType.APPEND: ("appends",),
    AssociationType.TRANSFORM_REPLACE: ("replaces", "transforms"),
    AssociationType.SIGNS: ("signs",),
}


class Profile(StrEnum):
    """How much a message must say: MHD Comprehensive, or the French PDSm over it."""

    MHD = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Comprehensive.DocumentReference"
    PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference"


def render(
    entry: DocumentEntry,
    *,
    base: str = "",
    profile: Profile = Profile.MHD,
    relations: Sequence[tuple[AssociationType, str]] = (),
    attachment_url: str = "",
) -> fhir.DocumentReference:
    """A DocumentReference, to be written by `encode`.

    `base` is the server's FHIR address without a final slash: the document's address is
    `base/Binary/<entryUUID>` unless `attachment_url` says otherwise. `relations` are (association type, target),
    a target being a `urn:uuid:` entryUUID or a literal reference.
    """
    contained: list[msgspec.Raw] = []
    authors = []
    for number, author in enumerate(entry.authors, 1):
        contained.extend(contain_author(author, f"author{number}"))
        authors.append(_local(f"#author{number}"))
    authenticator = source = None
    if entry.legal_authenticator:
        contained.append(contain_person(entry.legal_authenticator, "authenticator"))
        authenticator = _local("#authenticator")
    if entry.source_patient_id or entry.source_patient_info:
        contained.append(contain_source(entry.source_patient_id, entry.source_patient_info, "source-patient"))
        source = _local("#source-patient")
    creation, creation_beside = to_date_time(entry.creation_time)
    attachment = fhir.Attachment(
        contentType=entry.mime_type or None,
        language=entry.language_code or None,
        url=attachment_url or f"{base}/Binary/{entry.entry_uuid.removeprefix('urn:uuid:')}",
        size=entry.size,
        hash=hash_to_base64(entry.hash),
        title=entry.title or None,
        creation=creation,
        creation_=creation_beside,
    )
    content = fhir.Content(
        attachment=attachment,
        format=raw_coding(entry.format_code) if entry.format_code else None,  # type: ignore[arg-type]
    )
    context = fhir.Context(
        event=concepts(entry.event_codes),
        period=_period(entry.service_start_time, entry.service_stop_time),
        facilityType=concept(entry.healthcare_facility_type_code),
        practiceSetting=concept(entry.practice_setting_code),
        sourcePatientInfo=source,
        related=tuple(fhir.Reference(identifier=cx_identifier(text)) for text in entry.reference_ids),
    )
    return fhir.DocumentReference(
        id=entry.logical_id.removeprefix("urn:uuid:") or None,
        meta=_meta(str(entry.version), profile),
        contained=tuple(contained),
        extension=_extensions(entry),
        masterIdentifier=unique_identifier(entry.unique_id),
        identifier=(entry_identifier(entry.entry_uuid),) if entry.entry_uuid.startswith("urn:uuid:") else (),
        status=STATUSES[entry.status],
        type=concept(entry.type_code),
        category=concepts((entry.class_code,)) if entry.class_code else (),
        subject=subject(entry.patient_id),
        date=instant(entry.creation_time),
        author=tuple(authors),
        authenticator=authenticator,
        custodian=_custodian(entry.repository_unique_id),
        relatesTo=tuple(
            fhir.RelatesTo(code=code, target=target_reference(target))
            for kind, target in relations
            for code in RELATIONS[kind]
        ),
        description=entry.comments or None,
        securityLabel=concepts(entry.confidentiality_codes),
        content=(content,),
        context=context,
    )


_ENCODER = msgspec.json.Encoder()


def encode(resource: fhir.Resource) -> bytes:
    """A resource as JSON bytes in UTF-8."""
    return _ENCODER.encode(resource)


@lru_cache(maxsize=256)
def _local(reference: str) -> fhir.Reference:
    return fhir.Reference(reference=reference)


@lru_cache(maxsize=256)
def _meta(version: str, profile: Profile) -> fhir.Meta:
    return fhir.Meta(versionId=version, profile=(profile.value,))


@lru_cache(maxsize=64)
def _custodian(oid: str) -> fhir.Reference | None:
    """The organisation that keeps the document: its repository, by repositoryUniqueId."""
    if not oid:
        return None
    return fhir.Reference(type="Organization", identifier=fhir.Identifier(system=RFC3986, value="urn:oid:" + oid))


def _period(start: str, end: str) -> fhir.Period | None:
    if not start and not end:
        return None
    first, first_beside = to_date_time(start)
    last, last_beside = to_date_time(end)
    return fhir.Period(start=first, start_=first_beside, end=last, end_=last_beside)


def identifier_type(code: str) -> fhir.CodeableConcept:
    """Identifier.type of MHD: `uniqueId` or `entryUUID`."""
    return fhir.CodeableConcept(coding=(fhir.Coding(system=IDENTIFIER_TYPES, code=code),))


_UNIQUE_ID, _ENTRY_UUID = identifier_type("uniqueId"), identifier_type("entryUUID")


def unique_identifier(unique_id: str) -> fhir.Identifier | None:
    """A uniqueId: `urn:oid:…`, or for `OID^extension` the OID as system and the extension as value (TF-2 E.3)."""
    if not unique_id:
        return None
    root, caret, extension = unique_id.partition("^")
    if OID.fullmatch(unique_id):
        return fhir.Identifier(type=_UNIQUE_ID, system=RFC3986, value="urn:oid:" + unique_id)
    if caret and extension and OID.fullmatch(root):
        return fhir.Identifier(type=_UNIQUE_ID, system="urn:oid:" + root, value=extension)
    return fhir.Identifier(type=_UNIQUE_ID, system=RFC3986, value=unique_id)


def read_unique_identifier(identifier: fhir.Identifier | None) -> str:
    """The uniqueId an Identifier holds; a UUID becomes the OID `2.25.<decimal>` (ITU-T X.667 §7)."""
    if identifier is None or not identifier.value:
        return ""
    value, system = identifier.value, identifier.system or ""
    if system.startswith("urn:oid:"):
        return f"{system[8:]}^{value}"
    if value.startswith("urn:oid:"):
        return value[8:]
    if value.startswith("urn:uuid:"):
        try:
            return f"2.25.{UUID(value[9:]).int}"
        except ValueError:
            return value
    return value


def entry_identifier(entry_uuid: str) -> fhir.Identifier:
    """An entryUUID as an identifier."""
    return fhir.Identifier(type=_ENTRY_UUID, system=RFC3986, value=entry_uuid)


def target_reference(target: str) -> fhir.Reference:
    """The target of relatesTo: a literal reference by id, or a logical one by uniqueId."""
    if target.startswith("urn:oid:"):
        return fhir.Reference(type="DocumentReference", identifier=fhir.Identifier(system=RFC3986, value=target))
    if target.startswith("urn:uuid:"):
        return fhir.Reference(reference="DocumentReference/" + target[9:])
    return fhir.Reference(reference=target)


def _extensions(entry: DocumentEntry) -> tuple[fhir.Extension, ...]:
    found = []
    if entry.status is Status.ARCHIVED:
        found.append(fhir.Extension(url=ARCHIVED, valueBoolean=True))
    if entry.home_community_id:
        found.append(fhir.Extension(url=HOME_COMMUNITY, valueOid=entry.home_community_id))
    if entry.uri:
        found.append(fhir.Extension(url=URI, valueString=entry.uri))
    if entry.document_availability:
        found.append(fhir.Extension(url=AVAILABILITY, valueString=entry.document_availability))
    if not entry.stable:
        found.append(fhir.Extension(url=ON_DEMAND, valueBoolean=True))
    if entry.hash and hash_to_base64(entry.hash) is None:
        found.append(fhir.Extension(url=HASH, valueString=entry.hash))
    found.extend(slot_extension(name, values) for name, values in entry.extra_slots)
    return tuple(found)


def slot_extension(name: str, values: tuple[str, ...]) -> fhir.Extension:
    """An extra slot (TF-3 §4.2.3.1.6) as a complex extension."""
    parts = [fhir.Extension(url=SLOT_NAME, valueString=name)]
    parts += [fhir.Extension(url=SLOT_VALUE, valueString=value) for value in values]
    return fhir.Extension(url=SLOT, extension=tuple(parts))


def read_slots(extensions: tuple[fhir.Extension, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The reverse of `slot_extension`, over all extensions of a resource."""
    slots = []
    for extension in extensions:
        if extension.url == SLOT:
            name = next((p.valueString for p in extension.extension if p.url == SLOT_NAME and p.valueString), "")
            values = tuple(p.valueString or "" for p in extension.extension if p.url == SLOT_VALUE)
            if name:
                slots.append((name, values))
    return tuple(slots)


def hash_to_base64(hexadecimal: str) -> str | None:
    """SHA-1 in hexadecimal (XDS) to base64 (FHIR); None for anything else."""
    try:
        digest = bytes.fromhex(hexadecimal)
    except ValueError:
        return None
    return base64.b64encode(digest).decode() if len(digest) == 20 else None


def hash_to_hex(encoded: str) -> str | None:
    """Base64 (FHIR) to lower-case hexadecimal (XDS); None when it is not the base64 of a SHA-1."""
    try:
        digest = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest.hex() if len(digest) == 20 else None
