"""The stored queries about submission sets, and GetAll (IHE ITI TF-2 §3.18.4.1.2.3.7.2, .4, .9, .10)."""

from __future__ import annotations

import msgspec

from carnet.wire.xds import names
from carnet.wire.xds.iti18_documents import (
    CONFIDENTIALITY_CODE,
    FORMAT_CODE,
    STATUS,
    TYPE,
    entry_types,
    written_types,
)
from carnet.wire.xds.model import Status
from carnet.wire.xds.stored_query import (
    ASSOCIATION_STATUS,
    CodeFilter,
    Form,
    Parameters,
    StoredQuery,
    any_of,
    both_sides,
    codes,
    exactly_one,
    one,
    statuses,
    times,
    written_codes,
    written_statuses,
    written_times,
)

FIND_SUBMISSION_SETS = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9"
GET_ALL = "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3"
GET_SUBMISSION_SETS = "urn:uuid:51224314-5390-4169-9b91-b1980040715a"
GET_SUBMISSION_SET_AND_CONTENTS = "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83"

UUID = "$uuid"
_PATIENT, _STATUS, _SOURCE_ID = "$XDSSubmissionSetPatientId", "$XDSSubmissionSetStatus", "$XDSSubmissionSetSourceId"
_TIME, _AUTHOR = "$XDSSubmissionSetSubmissionTime", "$XDSSubmissionSetAuthorPerson"
_CONTENT_TYPE = "$XDSSubmissionSetContentType"
_ENTRY_UUID, _UNIQUE_ID = "$XDSSubmissionSetEntryUUID", "$XDSSubmissionSetUniqueId"
_ANY_PATIENT, _FOLDER_STATUS = "$patientId", "$XDSFolderStatus"


class FindSubmissionSets(StoredQuery, frozen=True, kw_only=True):
    """FindSubmissionSets; `author_person` is a pattern with % and _, times are DTM, from ≤ t < to."""

    patient_id: str
    statuses: tuple[Status, ...]
    source_ids: tuple[str, ...] = ()
    submission_time: tuple[str, str] = ("", "")
    author_person: str = ""
    content_types: CodeFilter = ()


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """Which documents a query about their containers returns."""

    format_codes: CodeFilter = ()
    confidentiality_codes: CodeFilter = ()
    entry_types: tuple[str, ...] = (names.STABLE,)


class GetAll(StoredQuery, frozen=True, kw_only=True):
    """GetAll: sets, folders and documents of a patient, and the associations between them."""

    patient_id: str
    entry_statuses: tuple[Status, ...]
    set_statuses: tuple[Status, ...]
    folder_statuses: tuple[Status, ...]
    contents: Contents = Contents()


class GetSubmissionSets(StoredQuery, frozen=True, kw_only=True):
    """GetSubmissionSets: the sets that documents or folders came in, by entryUUID."""

    uuids: tuple[str, ...]


class GetSubmissionSetAndContents(StoredQuery, frozen=True, kw_only=True):
    """GetSubmissionSetAndContents, by one of its two names."""

    entry_uuid: str = ""
    unique_id: str = ""
    contents: Contents = Contents()


CONTENTS_LISTS = frozenset((FORMAT_CODE, TYPE, ASSOCIATION_STATUS))
CONTENTS_BOTH = frozenset((CONFIDENTIALITY_CODE,))


def read_contents(parameters: Parameters) -> Contents:
    """The filter on documents of GetAll and of the …AndContents queries."""
    return Contents(
        format_codes=codes(parameters, FORMAT_CODE),
        confidentiality_codes=codes(parameters, CONFIDENTIALITY_CODE),
        entry_types=entry_types(parameters),
    )


def write_contents(contents: Contents) -> Parameters:
    """The same as parameters."""
    return {
        FORMAT_CODE: written_codes(contents.format_codes),
        CONFIDENTIALITY_CODE: written_codes(contents.confidentiality_codes),
        **written_types(contents.entry_types),
    }


def _read_find(parameters: Parameters, return_type: str) -> FindSubmissionSets:
    return FindSubmissionSets(
        patient_id=one(parameters, _PATIENT),
        statuses=statuses(parameters, _STATUS),
        source_ids=any_of(parameters, _SOURCE_ID),
        submission_time=times(parameters, _TIME),
        author_person=one(parameters, _AUTHOR),
        content_types=codes(parameters, _CONTENT_TYPE),
        return_type=return_type,
    )


def _write_find(query: FindSubmissionSets) -> Parameters:
    return {
        _PATIENT: ((query.patient_id,),),
        _STATUS: written_statuses(query.statuses),
        _SOURCE_ID: (query.source_ids,),
        **written_times(_TIME, query.submission_time),
        _AUTHOR: ((query.author_person,),) if query.author_person else (),
        _CONTENT_TYPE: written_codes(query.content_types),
    }


def _read_all(parameters: Parameters, return_type: str) -> GetAll:
    return GetAll(
        patient_id=one(parameters, _ANY_PATIENT),
        entry_statuses=statuses(parameters, STATUS),
        set_statuses=statuses(parameters, _STATUS),
        folder_statuses=statuses(parameters, _FOLDER_STATUS),
        contents=read_contents(parameters),
        return_type=return_type,
    )


def _write_all(query: GetAll) -> Parameters:
    return {
        _ANY_PATIENT: ((query.patient_id,),),
        STATUS: written_statuses(query.entry_statuses),
        _STATUS: written_statuses(query.set_statuses),
        _FOLDER_STATUS: written_statuses(query.folder_statuses),
        **write_contents(query.contents),
    }


def _read_with_contents(parameters: Parameters, return_type: str) -> GetSubmissionSetAndContents:
    exactly_one(parameters, _ENTRY_UUID, _UNIQUE_ID)
    return GetSubmissionSetAndContents(
        entry_uuid=one(parameters, _ENTRY_UUID),
        unique_id=one(parameters, _UNIQUE_ID),
        contents=read_contents(parameters),
        return_type=return_type,
    )


def _write_with_contents(query: GetSubmissionSetAndContents) -> Parameters:
    return {
        _ENTRY_UUID: ((query.entry_uuid,),) if query.entry_uuid else (),
        _UNIQUE_ID: ((query.unique_id,),) if query.unique_id else (),
        **write_contents(query.contents),
    }


FORMS = (
    Form(
        FIND_SUBMISSION_SETS,
        "FindSubmissionSets",
        kind=FindSubmissionSets,
        required=(_PATIENT, _STATUS),
        single=frozenset((_PATIENT, _AUTHOR)) | both_sides(_TIME),
        lists=frozenset((_STATUS, _SOURCE_ID, _CONTENT_TYPE)),
        both=frozenset(),
        read=_read_find,
        write=_write_find,
    ),
    Form(
        GET_ALL,
        "GetAll",
        kind=GetAll,
        required=(_ANY_PATIENT, STATUS, _STATUS, _FOLDER_STATUS),
        single=frozenset((_ANY_PATIENT,)),
        lists=CONTENTS_LISTS | {STATUS, _STATUS, _FOLDER_STATUS},
        both=CONTENTS_BOTH,
        read=_read_all,
        write=_write_all,
    ),
    Form(
        GET_SUBMISSION_SETS,
        "GetSubmissionSets",
        kind=GetSubmissionSets,
        required=(UUID,),
        single=frozenset(),
        lists=frozenset((UUID, ASSOCIATION_STATUS)),
        both=frozenset(),
        read=lambda parameters, return_type: GetSubmissionSets(uuids=any_of(parameters, UUID), return_type=return_type),
        write=lambda query: {UUID: (query.uuids,)},
    ),
    Form(
        GET_SUBMISSION_SET_AND_CONTENTS,
        "GetSubmissionSetAndContents",
        kind=GetSubmissionSetAndContents,
        required=(),
        single=frozenset((_ENTRY_UUID, _UNIQUE_ID)),
        lists=CONTENTS_LISTS,
        both=CONTENTS_BOTH,
        read=_read_with_contents,
        write=_write_with_contents,
    ),
)
