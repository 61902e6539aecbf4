"""The stored queries that return documents (IHE ITI TF-2 §3.18.4.1.2.3.7.1, .5, .14)."""

from __future__ import annotations

from typing import Any

from carnet.wire.xds import names
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

FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
FIND_DOCUMENTS_BY_REFERENCE_ID = "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492"
GET_DOCUMENTS = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"

ENTRY_UUID, UNIQUE_ID = "$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId"
LOGICAL_ID, STATUS, TYPE = "$XDSDocumentEntryLogicalID", "$XDSDocumentEntryStatus", "$XDSDocumentEntryType"
FORMAT_CODE, CONFIDENTIALITY_CODE = "$XDSDocumentEntryFormatCode", "$XDSDocumentEntryConfidentialityCode"

_PATIENT, _REFERENCES = "$XDSDocumentEntryPatientId", "$XDSDocumentEntryReferenceIdList"
_AUTHOR = "$XDSDocumentEntryAuthorPerson"
# Coded parameters and times of FindDocuments: attribute of the query → name.
_CODES = {
    "class_codes": "$XDSDocumentEntryClassCode",
    "type_codes": "$XDSDocumentEntryTypeCode",
    "practice_setting_codes": "$XDSDocumentEntryPracticeSettingCode",
    "healthcare_facility_type_codes": "$XDSDocumentEntryHealthcareFacilityTypeCode",
    "event_codes": "$XDSDocumentEntryEventCodeList",
    "confidentiality_codes": CONFIDENTIALITY_CODE,
    "format_codes": FORMAT_CODE,
}
_TIMES = {
    "creation_time": "$XDSDocumentEntryCreationTime",
    "service_start_time": "$XDSDocumentEntryServiceStartTime",
    "service_stop_time": "$XDSDocumentEntryServiceStopTime",
}


class FindDocuments(StoredQuery, frozen=True, kw_only=True):
    """FindDocuments, or FindDocumentsByReferenceId when `reference_ids` is given.

    Coded filters: all of the outer, any of the inner. Times are DTM pairs, from ≤ t < to, empty when open.
    `author_persons` are patterns with % and _. `entry_types` are `names.STABLE`, `names.ON_DEMAND`.
    """

    patient_id: str
    statuses: tuple[Status, ...]
    class_codes: CodeFilter = ()
    type_codes: CodeFilter = ()
    practice_setting_codes: CodeFilter = ()
    healthcare_facility_type_codes: CodeFilter = ()
    event_codes: CodeFilter = ()
    confidentiality_codes: CodeFilter = ()
    format_codes: CodeFilter = ()
    creation_time: tuple[str, str] = ("", "")
    service_start_time: tuple[str, str] = ("", "")
    service_stop_time: tuple[str, str] = ("", "")
    author_persons: tuple[str, ...] = ()
    entry_types: tuple[str, ...] = (names.STABLE,)
    reference_ids: tuple[tuple[str, ...], ...] = ()


class GetDocuments(StoredQuery, frozen=True, kw_only=True):
    """GetDocuments by exactly one sort of identifier; `logical_ids` is that of metadata update (level 2)."""

    entry_uuids: tuple[str, ...] = ()
    unique_ids: tuple[str, ...] = ()
    logical_ids: tuple[str, ...] = ()


def _read_find(parameters: Parameters, return_type: str) -> FindDocuments:
    """FindDocuments and FindDocumentsByReferenceId."""
    filters: dict[str, Any] = {attribute: codes(parameters, name) for attribute, name in _CODES.items()}
    for attribute, name in _TIMES.items():
        filters[attribute] = times(parameters, name)
    return FindDocuments(
        patient_id=one(parameters, _PATIENT),
        statuses=statuses(parameters, STATUS),
        author_persons=any_of(parameters, _AUTHOR),
        entry_types=entry_types(parameters),
        reference_ids=parameters.get(_REFERENCES, ()),
        return_type=return_type,
        **filters,
    )


def _write_find(query: FindDocuments) -> Parameters:
    """The parameters of both."""
    parameters: Parameters = {_PATIENT: ((query.patient_id,),), STATUS: written_statuses(query.statuses)}
    for attribute, name in _CODES.items():
        parameters[name] = written_codes(getattr(query, attribute))
    for attribute, name in _TIMES.items():
        parameters.update(written_times(name, getattr(query, attribute)))
    parameters[_AUTHOR] = (query.author_persons,)
    parameters.update(written_types(query.entry_types))
    parameters[_REFERENCES] = query.reference_ids
    return parameters


def entry_types(parameters: Parameters) -> tuple[str, ...]:
    """Document entry types; stable ones unless told otherwise."""
    return any_of(parameters, TYPE) or (names.STABLE,)


def written_types(values: tuple[str, ...]) -> Parameters:
    """Document entry types, written only where they differ from what is understood without them."""
    return {} if values == (names.STABLE,) else {TYPE: (values,)}


def _read_get(parameters: Parameters, return_type: str) -> GetDocuments:
    exactly_one(parameters, ENTRY_UUID, UNIQUE_ID, LOGICAL_ID)
    return GetDocuments(
        entry_uuids=any_of(parameters, ENTRY_UUID),
        unique_ids=any_of(parameters, UNIQUE_ID),
        logical_ids=any_of(parameters, LOGICAL_ID),
        return_type=return_type,
    )


def _write_get(query: GetDocuments) -> Parameters:
    parameters: Parameters = {
        ENTRY_UUID: (query.entry_uuids,),
        UNIQUE_ID: (query.unique_ids,),
        LOGICAL_ID: (query.logical_ids,),
    }
    if query.logical_ids:
        parameters["$MetadataLevel"] = (("2",),)
    return parameters


def _find(query_id: str, name: str, *references: str) -> Form:
    return Form(
        query_id,
        name,
        kind=FindDocuments,
        required=(_PATIENT, STATUS, *references),
        single=frozenset((_PATIENT,)) | both_sides(*_TIMES.values()),
        lists=frozenset((STATUS, TYPE, _AUTHOR, *_CODES.values())),
        both=frozenset((_CODES["event_codes"], CONFIDENTIALITY_CODE, *references)),
        read=_read_find,
        write=_write_find,
    )


FORMS = (
    _find(FIND_DOCUMENTS, "FindDocuments"),
    _find(FIND_DOCUMENTS_BY_REFERENCE_ID, "FindDocumentsByReferenceId", _REFERENCES),
    Form(
        GET_DOCUMENTS,
        "GetDocuments",
        kind=GetDocuments,
        required=(),
        single=frozenset(),
        lists=frozenset((ENTRY_UUID, UNIQUE_ID, LOGICAL_ID, ASSOCIATION_STATUS)),
        both=frozenset(),
        read=_read_get,
        write=_write_get,
    ),
)
