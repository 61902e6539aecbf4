"""The stored queries about folders (IHE ITI TF-2 §3.18.4.1.2.3.7.3, .6, .11, .12)."""

from __future__ import annotations

from carnet.wire.xds.iti18_documents import ENTRY_UUID, UNIQUE_ID
from carnet.wire.xds.iti18_sets import CONTENTS_BOTH, CONTENTS_LISTS, Contents, read_contents, write_contents
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

FIND_FOLDERS = "urn:uuid:958f3006-baad-4929-a4de-ff1114824431"
GET_FOLDERS = "urn:uuid:5737b14c-8a1a-4539-b659-e03a34a5e1e4"
GET_FOLDER_AND_CONTENTS = "urn:uuid:b909a503-523d-4517-8acf-8e5834dfc4c7"
GET_FOLDERS_FOR_DOCUMENT = "urn:uuid:10cae35a-c7f9-4cf5-b61e-fc3278ffb578"

_PATIENT, _STATUS, _TIME = "$XDSFolderPatientId", "$XDSFolderStatus", "$XDSFolderLastUpdateTime"
_CODES = "$XDSFolderCodeList"
_ENTRY_UUID, _UNIQUE_ID, _LOGICAL_ID = "$XDSFolderEntryUUID", "$XDSFolderUniqueId", "$XDSFolderLogicalID"


class FindFolders(StoredQuery, frozen=True, kw_only=True):
    """FindFolders; `codes`: all of the outer, any of the inner; times are DTM, from ≤ t < to."""

    patient_id: str
    statuses: tuple[Status, ...]
    last_update_time: tuple[str, str] = ("", "")
    codes: CodeFilter = ()


class GetFolders(StoredQuery, frozen=True, kw_only=True):
    """GetFolders by exactly one sort of identifier; `logical_ids` is that of metadata update (level 2)."""

    entry_uuids: tuple[str, ...] = ()
    unique_ids: tuple[str, ...] = ()
    logical_ids: tuple[str, ...] = ()


class GetFolderAndContents(StoredQuery, frozen=True, kw_only=True):
    """GetFolderAndContents, by one of its names."""

    entry_uuid: str = ""
    unique_id: str = ""
    contents: Contents = Contents()


class GetFoldersForDocument(StoredQuery, frozen=True, kw_only=True):
    """GetFoldersForDocument: the folders that hold a document, by one of its names."""

    entry_uuid: str = ""
    unique_id: str = ""


def _read_find(parameters: Parameters, return_type: str) -> FindFolders:
    return FindFolders(
        patient_id=one(parameters, _PATIENT),
        statuses=statuses(parameters, _STATUS),
        last_update_time=times(parameters, _TIME),
        codes=codes(parameters, _CODES),
        return_type=return_type,
    )


def _write_find(query: FindFolders) -> Parameters:
    return {
        _PATIENT: ((query.patient_id,),),
        _STATUS: written_statuses(query.statuses),
        **written_times(_TIME, query.last_update_time),
        _CODES: written_codes(query.codes),
    }


def _read_get(parameters: Parameters, return_type: str) -> GetFolders:
    exactly_one(parameters, _ENTRY_UUID, _UNIQUE_ID, _LOGICAL_ID)
    return GetFolders(
        entry_uuids=any_of(parameters, _ENTRY_UUID),
        unique_ids=any_of(parameters, _UNIQUE_ID),
        logical_ids=any_of(parameters, _LOGICAL_ID),
        return_type=return_type,
    )


def _write_get(query: GetFolders) -> Parameters:
    return {
        _ENTRY_UUID: (query.entry_uuids,),
        _UNIQUE_ID: (query.unique_ids,),
        _LOGICAL_ID: (query.logical_ids,),
    }


def _read_with_contents(parameters: Parameters, return_type: str) -> GetFolderAndContents:
    exactly_one(parameters, _ENTRY_UUID, _UNIQUE_ID)
    return GetFolderAndContents(
        entry_uuid=one(parameters, _ENTRY_UUID),
        unique_id=one(parameters, _UNIQUE_ID),
        contents=read_contents(parameters),
        return_type=return_type,
    )


def _write_with_contents(query: GetFolderAndContents) -> Parameters:
    return {
        _ENTRY_UUID: ((query.entry_uuid,),) if query.entry_uuid else (),
        _UNIQUE_ID: ((query.unique_id,),) if query.unique_id else (),
        **write_contents(query.contents),
    }


def _read_for_document(parameters: Parameters, return_type: str) -> GetFoldersForDocument:
    exactly_one(parameters, ENTRY_UUID, UNIQUE_ID)
    return GetFoldersForDocument(
        entry_uuid=one(parameters, ENTRY_UUID), unique_id=one(parameters, UNIQUE_ID), return_type=return_type
    )


def _write_for_document(query: GetFoldersForDocument) -> Parameters:
    return {
        ENTRY_UUID: ((query.entry_uuid,),) if query.entry_uuid else (),
        UNIQUE_ID: ((query.unique_id,),) if query.unique_id else (),
    }


FORMS = (
    Form(
        FIND_FOLDERS,
        "FindFolders",
        kind=FindFolders,
        required=(_PATIENT, _STATUS),
        single=frozenset((_PATIENT,)) | both_sides(_TIME),
        lists=frozenset((_STATUS,)),
        both=frozenset((_CODES,)),
        read=_read_find,
        write=_write_find,
    ),
    Form(
        GET_FOLDERS,
        "GetFolders",
        kind=GetFolders,
        required=(),
        single=frozenset(),
        lists=frozenset((_ENTRY_UUID, _UNIQUE_ID, _LOGICAL_ID)),
        both=frozenset(),
        read=_read_get,
        write=_write_get,
    ),
    Form(
        GET_FOLDER_AND_CONTENTS,
        "GetFolderAndContents",
        kind=GetFolderAndContents,
        required=(),
        single=frozenset((_ENTRY_UUID, _UNIQUE_ID)),
        lists=CONTENTS_LISTS,
        both=CONTENTS_BOTH,
        read=_read_with_contents,
        write=_write_with_contents,
    ),
    Form(
        GET_FOLDERS_FOR_DOCUMENT,
        "GetFoldersForDocument",
        kind=GetFoldersForDocument,
        required=(),
        single=frozenset((ENTRY_UUID, UNIQUE_ID)),
        lists=frozenset((ASSOCIATION_STATUS,)),
        both=frozenset(),
        read=_read_for_document,
        write=_write_for_document,
    ),
)
