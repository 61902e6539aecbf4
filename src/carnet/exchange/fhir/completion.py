"""What a simplified publication leaves unsaid, from the document itself and from the domain.

MHD has the recipient derive the SubmissionSet from the DocumentReference (2:3.105.4.1.3), and the metadata of a CDA are
those of its header (IHE PCC TF-2 §4.1; CI-SIS, Partage de documents). What was said is never replaced: what does not
agree is refused by the record's own rules.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

import msgspec

from carnet.kernel.actor import Actor
from carnet.record.terminology import api as terminology
from carnet.wire.cda import metadata
from carnet.wire.cda.header import Header, read_header
from carnet.wire.errors import Malformed
from carnet.wire.fhir.bundle import unique_id_of
from carnet.wire.fhir.iti105_simplified_publish import Publication
from carnet.wire.xds.model import Association, Code, DocumentEntry, Submission

_XML = frozenset({"text/xml", "application/xml", "application/xslt+xml"})
# What a registry gives to an entry, and a header cannot.
_GIVEN = frozenset({"entry_uuid", "patient_id", "logical_id", "version", "status", "stable"})
_LANGUAGE = "fr-FR"


def complete(publication: Publication, *, actor: Actor, domain: terminology.Domain, now: datetime) -> Submission:
    """The submission of one publication; the same request gives the same set, so that a resend is a replay."""
    header = _header(publication)
    entry = publication.entry
    if header is not None:
        entry = _from_header(entry, header, publication.document)
    unique_id = unique_id_of(publication.digest)
    entry = _with(
        entry,
        unique_id=unique_id,
        creation_time=publication.date,
        class_code=terminology.class_of_type(entry.type_code.code) if entry.type_code else None,
        language_code=_LANGUAGE if domain.french_profile else "",
        hash=hashlib.sha1(publication.document, usedforsecurity=False).hexdigest(),
        size=len(publication.document),
        # The patient's own identifier where the source has no other (DMP, fiche).
        source_patient_id=entry.patient_id,
    )
    submission = metadata.to_submission(
        [entry],
        unique_id=unique_id_of(hashlib.sha256(publication.digest).digest()),
        source_id=f"2.25.{uuid5(NAMESPACE_OID, actor.structure or actor.person).int}",
        submission_time=now.strftime("%Y%m%d%H%M%S"),
        content_type=_content_type(header, entry, domain),
        title=entry.title,
    )
    relations = tuple(
        Association(entry_uuid=f"Relation{number:02d}", type=kind, source=entry.entry_uuid, target=target)
        for number, (kind, target) in enumerate(publication.relations, 1)
    )
    return msgspec.structs.replace(submission, associations=submission.associations + relations)


def _header(publication: Publication) -> Header | None:
    """The header of a CDA, None for any other document."""
    if publication.entry.mime_type.partition(";")[0].strip().lower() not in _XML:
        return None
    try:
        return read_header(publication.document)
    except Malformed:
        return None


def _from_header(entry: DocumentEntry, header: Header, document: bytes) -> DocumentEntry:
    try:
        found = metadata.to_entry(
            header,
            size=len(document),
            sha1=hashlib.sha1(document, usedforsecurity=False).hexdigest(),
            class_of=terminology.class_of_type,
            format_of=terminology.format_of_template,
        )
    except Malformed:
        return entry
    said = {name: getattr(found, name) for name in found.__struct_fields__ if name not in _GIVEN}
    if entry.mime_type == "application/xml":
        # A CDA travels as text/xml (RFC 7303 makes them one; the French profile names this one).
        entry = msgspec.structs.replace(entry, mime_type=found.mime_type)
    return _with(entry, **said)


def _with(entry: DocumentEntry, **values: object) -> DocumentEntry:
    """The entry, with these values where it says nothing."""
    missing = {name: value for name, value in values.items() if getattr(entry, name) in ("", (), None)}
    return msgspec.structs.replace(entry, **missing)


def _content_type(header: Header | None, entry: DocumentEntry, domain: terminology.Domain) -> Code:
    if header is not None:
        return metadata.content_type_of(header)
    setting = entry.practice_setting_code
    if setting is not None and terminology.check_code(domain, "contentTypeCode", setting) is None:
        return setting
    return metadata.ANY_CONTENT
