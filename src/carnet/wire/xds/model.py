"""Document sharing metadata as values (IHE ITI TF-3 §4.2), shared by every face.

HL7 v2 data types stay in their wire form (CX, XCN, XON, CXi, PID fields): nothing is lost between
what was received and what is returned. Times are XDS DTM strings in UTC, of the precision received
(`YYYY[MM[DD[hh[mm[ss]]]]]`). An absent attribute is an empty string, tuple or None, never a guess.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Status(StrEnum):
    """availabilityStatus (TF-3 §4.2.3.2.2); the last two are French (JDV_J52)."""

    APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
    DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"
    ARCHIVED = "urn:asip:ci-sis:2010:StatusType:Archived"
    DELETED = "urn:asip:ci-sis:2010:StatusType:Deleted"


class AssociationType(StrEnum):
    """Association types (TF-3 §4.2.2)."""

    HAS_MEMBER = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
    REPLACE = "urn:ihe:iti:2007:AssociationType:RPLC"
    TRANSFORM = "urn:ihe:iti:2007:AssociationType:XFRM"
    APPEND = "urn:ihe:iti:2007:AssociationType:APND"
    TRANSFORM_REPLACE = "urn:ihe:iti:2007:AssociationType:XFRM_RPLC"
    SIGNS = "urn:ihe:iti:2007:AssociationType:signs"


class Code(msgspec.Struct, frozen=True):
    """A coded value: code, coding scheme (an OID without prefix, or a URN), label."""

    code: str
    scheme: str
    display: str = ""


class Author(msgspec.Struct, frozen=True):
    """One author (TF-3 §4.2.3.2.1): XCN, XONs, roles, specialties, telecoms as received."""

    person: str = ""
    institutions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    telecoms: tuple[str, ...] = ()


class DocumentEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one document's metadata (TF-3 §4.2.3.2, DMP metadata rules §4.1).

    `entry_uuid` and `logical_id` are `urn:uuid:…` once registered; a symbolic id before. `hash` is
    SHA-1 in lower-case hexadecimal, `size` in bytes. `source_patient_info` holds the PID-n|value
    strings. `extra_slots` keeps slots whose name starts with `urn:` exactly as received (TF-3 §4.2.3.1.6).
    """

    entry_uuid: str
    unique_id: str
    patient_id: str
    mime_type: str
    class_code: Code | None = None
    type_code: Code | None = None
    format_code: Code | None = None
    healthcare_facility_type_code: Code | None = None
    practice_setting_code: Code | None = None
    confidentiality_codes: tuple[Code, ...] = ()
    event_codes: tuple[Code, ...] = ()
    authors: tuple[Author, ...] = ()
    legal_authenticator: str = ""
    title: str = ""
    comments: str = ""
    language_code: str = ""
    creation_time: str = ""
    service_start_time: str = ""
    service_stop_time: str = ""
    source_patient_id: str = ""
    source_patient_info: tuple[str, ...] = ()
    reference_ids: tuple[str, ...] = ()
    hash: str = ""
    size: int | None = None
    repository_unique_id: str = ""
    home_community_id: str = ""
    uri: str = ""
    document_availability: str = ""
    logical_id: str = ""
    version: int = 1
    status: Status = Status.APPROVED
    stable: bool = True
    extra_slots: tuple[tuple[str, tuple[str, ...]], ...] = ()


class SubmissionSet(msgspec.Struct, frozen=True, kw_only=True):
    """A submission set (TF-3 §4.2.3.3)."""

    entry_uuid: str
    unique_id: str
    source_id: str
    patient_id: str
    submission_time: str = ""
    content_type_code: Code | None = None
    authors: tuple[Author, ...] = ()
    intended_recipients: tuple[str, ...] = ()
    title: str = ""
    comments: str = ""
    home_community_id: str = ""
    status: Status = Status.APPROVED
    extra_slots: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder (TF-3 §4.2.3.4). `last_update_time` is the registry's: what a source sends there is not kept."""

    entry_uuid: str
    unique_id: str
    patient_id: str
    title: str = ""
    comments: str = ""
    codes: tuple[Code, ...] = ()
    last_update_time: str = ""
    logical_id: str = ""
    version: int = 1
    status: Status = Status.APPROVED
    home_community_id: str = ""
    extra_slots: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Association(msgspec.Struct, frozen=True, kw_only=True):
    """A relationship between two objects (TF-3 §4.2.2); `set_status` is SubmissionSetStatus, for HasMember."""

    entry_uuid: str
    type: str
    source: str
    target: str
    set_status: str = ""
    documentation: Code | None = None
    extra_slots: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What one ITI-41, ITI-42 or ITI-65 carries, its bytes apart."""

    submission_set: SubmissionSet
    entries: tuple[DocumentEntry, ...]
    associations: tuple[Association, ...] = ()
    folders: tuple[Folder, ...] = ()
