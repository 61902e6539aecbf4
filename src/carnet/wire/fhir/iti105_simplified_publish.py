"""ITI-105 request: one DocumentReference with its document inside (MHD 4.2.3, 2:3.105.4.1; PDSm flux 09-10).

What the profile makes compulsory is little: the status, the subject, the bytes. The rest of the metadata may be said
or not; who receives the document completes it (from the header of a CDA) and checks it as any other submission.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec

from carnet.wire.errors import Malformed
from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.bundle import fhir_type, structure, unwritable
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.fhir.documentreference_read import read as read_document_reference
from carnet.wire.fhir.faults import R4, Faults
from carnet.wire.fhir.relations import read_relations
from carnet.wire.fhir.times import to_dtm
from carnet.wire.fhir.unknown_elements import of_document_reference
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status

MHD_105 = "IHE MHD 4.2.3, ITI-105, Simplified Publish DocumentReference"
_PDSM_105 = "ANS PDSm 3.1.1, pdsm-simplified-publish"
ENTRY_ID = "document-1"


class Publication(msgspec.Struct, frozen=True):
    """A read ITI-105 request.

    `entry` says what the resource says and no more; `date` is its date (DTM in UTC, "" without one), `relations` are
    (type, target) as `target_of` names them, `digest` is the SHA-256 of the request.
    """

    entry: DocumentEntry
    document: bytes
    date: str
    relations: tuple[tuple[AssociationType, str], ...]
    digest: bytes


def read(body: bytes, *, profile: Profile, lenient: bool = False) -> Publication:
    """The publication in `body`; raises Malformed (no DocumentReference) or Rejected (with every fault).

    Elements that FHIR has not are faults, unless `lenient`.
    """
    try:
        resource = msgspec.json.decode(body, type=fhir.DocumentReference)
    except msgspec.ValidationError as error:
        if fhir_type(body) != "DocumentReference":
            raise _not_one(body) from error
        raise structure("DocumentReference", error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "json", "Le corps n'est pas du JSON valide en UTF-8.", field="DocumentReference", found=str(error)[:200],
            source=R4,
        ) from error  # fmt: skip
    if fhir_type(body) != "DocumentReference":
        raise _not_one(body)
    faults = Faults()
    if not lenient:
        faults.unknown(of_document_reference(body))
    if unwritable(body):
        faults.add(
            "control-character", "Un texte contient un caractère de contrôle.", "DocumentReference",
            expected="des caractères imprimables, tabulation ou fin de ligne", source=f"{R4}, string",
        )  # fmt: skip
    attachment = (resource.content[0].attachment if resource.content else None) or fhir.Attachment()
    document = _document(attachment, faults)
    _check(resource, attachment, profile, faults)
    attachment.data = None
    entry = read_document_reference(resource, faults=faults)
    relations = tuple(read_relations(resource.relatesTo, faults, "DocumentReference", {}))
    faults.check()
    return Publication(
        # The id, version, status and repository of what is stored are the server's, whatever was sent.
        entry=msgspec.structs.replace(
            entry,
            entry_uuid=entry.entry_uuid or ENTRY_ID,
            logical_id="",
            version=1,
            repository_unique_id="",
            status=Status.APPROVED,
        ),
        document=document,
        date=to_dtm(resource.date, None),
        relations=relations,
        digest=hashlib.sha256(body).digest(),
    )


def _not_one(body: bytes) -> Malformed:
    return Malformed(
        "not-a-document-reference", "Une DocumentReference est attendue à cette adresse.", field="resourceType",
        found=fhir_type(body), expected="DocumentReference (un Bundle s'envoie à la racine)", source=MHD_105,
    )  # fmt: skip


def _document(attachment: fhir.Attachment, faults: Faults) -> bytes:
    place = "DocumentReference.content[0].attachment"
    if attachment.url:
        faults.add(
            "attachment-url", "Le document est dans la fiche, et non à une adresse.", f"{place}.url",
            found=attachment.url, expected="absent", source=f"{MHD_105}, attachment.url 0..0",
        )  # fmt: skip
    if attachment.data is None:
        faults.add("required", "Le contenu du document manque.", f"{place}.data", source=f"{MHD_105}, data 1..1")
        return b""
    try:
        return base64.b64decode(attachment.data, validate=True)
    except (binascii.Error, ValueError) as error:
        faults.add(
            "base64", "Le contenu n'est pas du base64.", f"{place}.data", found=str(error)[:100],
            expected="base64 sans espace ni retour à la ligne", source=f"{R4}, base64Binary",
        )  # fmt: skip
        return b""


def _check(resource: fhir.DocumentReference, attachment: fhir.Attachment, profile: Profile, faults: Faults) -> None:
    if resource.status != "current":
        faults.add(
            "status", "Une fiche est déposée à l'état current.", "DocumentReference.status",
            found=resource.status or "", expected="current", source=MHD_105,
        )  # fmt: skip
    required: list[tuple[str, object]] = [
        ("subject", resource.subject),
        ("content.attachment.contentType", attachment.contentType),
    ]
    if profile is Profile.PDSM:
        required.append(("custodian", resource.custodian))
    for element, present in required:
        if not present:
            source = _PDSM_105 if element == "custodian" else MHD_105
            faults.add("required", "Un élément obligatoire manque.", f"DocumentReference.{element}", source=source)
