"""ITI-18 Registry Stored Query (IHE ITI TF-2 §3.18; DMP TD3.1): FindDocuments (by reference id too), GetDocuments.

Both directions: a registry reads requests and renders answers, a consumer the reverse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xds import names, registry_response, stored_query
from carnet.wire.xds.ebrim_parse import RegistryObjects, read_objects
from carnet.wire.xds.ebrim_render import render_entry, render_reference
from carnet.wire.xds.model import Code, DocumentEntry, Status
from carnet.wire.xds.registry_response import RegistryError
from carnet.wire.xds.stored_query import SOURCE, Parameters, any_of, codes, known, one, required, wrong_value

ACTION = "urn:ihe:iti:2007:RegistryStoredQuery"
RESPONSE_ACTION = "urn:ihe:iti:2007:RegistryStoredQueryResponse"

FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
FIND_DOCUMENTS_BY_REFERENCE_ID = "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492"
GET_DOCUMENTS = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
LEAF_CLASS = "LeafClass"
OBJECT_REF = "ObjectRef"

_PATIENT, _STATUS = "$XDSDocumentEntryPatientId", "$XDSDocumentEntryStatus"
_TYPE, _REFERENCES = "$XDSDocumentEntryType", "$XDSDocumentEntryReferenceIdList"
_AUTHOR = "$XDSDocumentEntryAuthorPerson"
_ENTRY_UUID, _UNIQUE_ID = "$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId"
_LOGICAL_ID = "$XDSDocumentEntryLogicalID"
_ANYWHERE = ("$homeCommunityId", "$MetadataLevel")
# Coded parameters and times of FindDocuments: attribute of the query → name.
_CODES = {
    "class_codes": "$XDSDocumentEntryClassCode",
    "type_codes": "$XDSDocumentEntryTypeCode",
    "practice_setting_codes": "$XDSDocumentEntryPracticeSettingCode",
    "healthcare_facility_type_codes": "$XDSDocumentEntryHealthcareFacilityTypeCode",
    "event_codes": "$XDSDocumentEntryEventCodeList",
    "confidentiality_codes": "$XDSDocumentEntryConfidentialityCode",
    "format_codes": "$XDSDocumentEntryFormatCode",
}
_TIMES = {
    "creation_time": "$XDSDocumentEntryCreationTime",
    "service_start_time": "$XDSDocumentEntryServiceStartTime",
    "service_stop_time": "$XDSDocumentEntryServiceStopTime",
}
_TIME_PARAMETERS = tuple(f"{name}{side}" for name in _TIMES.values() for side in ("From", "To"))
_FIND_PARAMETERS = frozenset((_PATIENT, _STATUS, _TYPE, _AUTHOR, *_ANYWHERE, *_CODES.values(), *_TIME_PARAMETERS))
_SINGLE = frozenset((_PATIENT, *_ANYWHERE, *_TIME_PARAMETERS))
# TF-2 §3.18.4.1.2.3.5: the same slot written twice means AND for these only.
_AND_ALLOWED = frozenset((_CODES["event_codes"], _CODES["confidentiality_codes"], _REFERENCES))
_TIME = re.compile(r"[0-9]{4}([0-9]{2}){0,5}")

CodeFilter = tuple[tuple[Code, ...], ...]


class FindDocuments(msgspec.Struct, frozen=True, kw_only=True):
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
    return_type: str = LEAF_CLASS


class GetDocuments(msgspec.Struct, frozen=True, kw_only=True):
    """GetDocuments by exactly one sort of identifier; `logical_ids` is that of metadata update (level 2)."""

    entry_uuids: tuple[str, ...] = ()
    unique_ids: tuple[str, ...] = ()
    logical_ids: tuple[str, ...] = ()
    return_type: str = LEAF_CLASS


class QueryResponse(msgspec.Struct, frozen=True):
    """An answer as a consumer reads it."""

    status: str
    errors: tuple[RegistryError, ...]
    objects: RegistryObjects


def read_request(request: etree._Element) -> FindDocuments | GetDocuments:
    """A query:AdhocQueryRequest.

    Raises Malformed: `query-request`, `query-unknown`, `query-return-type`, `query-parameter-missing`,
    `query-parameter-unknown`, `query-parameter-number`, `query-parameter-and`, `query-value`.
    """
    query = request.find(f"{{{names.RIM}}}AdhocQuery")
    if request.tag != f"{{{names.QUERY}}}AdhocQueryRequest" or query is None:
        raise Malformed(
            "query-request",
            "Le corps du message n'est pas une requête AdhocQueryRequest avec un AdhocQuery.",
            field="Body",
            found=str(request.tag)[:200],
            expected="query:AdhocQueryRequest",
            source=SOURCE,
        )
    option = request.find(f"{{{names.QUERY}}}ResponseOption")
    return_type = LEAF_CLASS if option is None else option.get("returnType", LEAF_CLASS)
    if return_type not in (LEAF_CLASS, OBJECT_REF):
        raise Malformed(
            "query-return-type",
            "Ce type de réponse n'est pas servi.",
            field="ResponseOption/@returnType",
            found=return_type[:60],
            expected="LeafClass ou ObjectRef",
            source="IHE ITI TF-2 §3.18.4.1.2.4",
        )
    parameters = stored_query.read_parameters(query)
    query_id = query.get("id", "")
    if query_id == FIND_DOCUMENTS:
        known(parameters, _FIND_PARAMETERS)
        return _find(parameters, return_type)
    if query_id == FIND_DOCUMENTS_BY_REFERENCE_ID:
        known(parameters, _FIND_PARAMETERS | {_REFERENCES})
        required(parameters, _REFERENCES)
        return _find(parameters, return_type)
    if query_id == GET_DOCUMENTS:
        known(parameters, {_ENTRY_UUID, _UNIQUE_ID, _LOGICAL_ID, *_ANYWHERE, "$XDSAssociationStatus"})
        return _get(parameters, return_type)
    raise Malformed(
        "query-unknown",
        "Cette requête enregistrée n'est pas servie.",
        field="AdhocQuery/@id",
        found=query_id[:60],
        expected="FindDocuments, FindDocumentsByReferenceId, GetDocuments",
        source="IHE ITI TF-2 §3.18.4.1.2.3.7",
    )


def _find(parameters: Parameters, return_type: str) -> FindDocuments:
    required(parameters, _PATIENT)
    required(parameters, _STATUS)
    for name, slots in parameters.items():
        if len(slots) > 1 and name not in _AND_ALLOWED:
            raise Malformed(
                "query-parameter-and",
                "Ce paramètre ne peut être répété : plusieurs valeurs s'écrivent dans une seule liste.",
                field=name,
                found=str(len(slots)),
                expected="1 Slot",
                source=SOURCE,
            )
    filters: dict[str, Any] = {attribute: codes(parameters, name) for attribute, name in _CODES.items()}
    for attribute, name in _TIMES.items():
        filters[attribute] = (_time(parameters, f"{name}From"), _time(parameters, f"{name}To"))
    return FindDocuments(
        patient_id=one(parameters, _PATIENT),
        statuses=tuple(_status(value) for value in any_of(parameters, _STATUS)),
        author_persons=any_of(parameters, _AUTHOR),
        entry_types=any_of(parameters, _TYPE) or (names.STABLE,),
        reference_ids=parameters.get(_REFERENCES, ()),
        return_type=return_type,
        **filters,
    )


def _get(parameters: Parameters, return_type: str) -> GetDocuments:
    given = [name for name in (_ENTRY_UUID, _UNIQUE_ID, _LOGICAL_ID) if name in parameters]
    if not given:
        required(parameters, _ENTRY_UUID)
    if len(given) > 1:
        raise Malformed(
            "query-parameter-number",
            "GetDocuments se fait par une seule sorte d'identifiants.",
            field=" ".join(given),
            found=str(len(given)),
            expected="1",
            source="IHE ITI TF-2 §3.18.4.1.2.3.7.5",
        )
    return GetDocuments(
        entry_uuids=any_of(parameters, _ENTRY_UUID),
        unique_ids=any_of(parameters, _UNIQUE_ID),
        logical_ids=any_of(parameters, _LOGICAL_ID),
        return_type=return_type,
    )


def _status(value: str) -> Status:
    try:
        return Status(value)
    except ValueError:
        raise wrong_value(_STATUS, value, Status.APPROVED) from None


def _time(parameters: Parameters, name: str) -> str:
    value = one(parameters, name)
    if value and not _TIME.fullmatch(value):
        raise wrong_value(name, value, "AAAA[MM[JJ[hh[mm[ss]]]]]")
    return value


def render_request(query: FindDocuments | GetDocuments) -> str:
    """The query:AdhocQueryRequest of a consumer."""
    parameters: Parameters = {}

    def add(name: str, values: tuple[str, ...]) -> None:
        if values:
            parameters[name] = (values,)

    if isinstance(query, GetDocuments):
        add(_ENTRY_UUID, query.entry_uuids)
        add(_UNIQUE_ID, query.unique_ids)
        add(_LOGICAL_ID, query.logical_ids)
        if query.logical_ids:
            add("$MetadataLevel", ("2",))
        return stored_query.render(GET_DOCUMENTS, parameters, single=_SINGLE, return_type=query.return_type)
    parameters[_PATIENT] = ((query.patient_id,),)
    add(_STATUS, tuple(status.value for status in query.statuses))
    for attribute, name in _CODES.items():
        filters: CodeFilter = getattr(query, attribute)
        if filters:
            parameters[name] = tuple(tuple(f"{code.code}^^{code.scheme}" for code in codes) for codes in filters)
    for attribute, name in _TIMES.items():
        for side, value in zip(("From", "To"), getattr(query, attribute), strict=True):
            add(f"{name}{side}", (value,) if value else ())
    add(_AUTHOR, query.author_persons)
    if query.entry_types != (names.STABLE,):
        add(_TYPE, query.entry_types)
    if query.reference_ids:
        parameters[_REFERENCES] = query.reference_ids
    query_id = FIND_DOCUMENTS_BY_REFERENCE_ID if query.reference_ids else FIND_DOCUMENTS
    return stored_query.render(query_id, parameters, single=_SINGLE, return_type=query.return_type)


def render_response(entries: Iterable[DocumentEntry], *, return_type: str = LEAF_CLASS) -> str:
    """A successful query:AdhocQueryResponse."""
    if return_type == OBJECT_REF:
        objects = "".join([render_reference(entry.entry_uuid, entry.home_community_id) for entry in entries])
    else:
        objects = "".join([render_entry(entry) for entry in entries])
    return _response(names.STATUS_SUCCESS, "", objects)


def render_failure(errors: tuple[RegistryError, ...]) -> str:
    """A failed query:AdhocQueryResponse."""
    return _response(names.STATUS_FAILURE, registry_response.render_errors(errors), "")


def _response(status: str, errors: str, objects: str) -> str:
    return (
        f'<q:AdhocQueryResponse xmlns:q="{names.QUERY}" xmlns:rs="{names.RS}" status="{status}">{errors}'
        f'<RegistryObjectList xmlns="{names.RIM}">{objects}</RegistryObjectList></q:AdhocQueryResponse>'
    )


def read_response(response: etree._Element) -> QueryResponse:
    """A query:AdhocQueryResponse. Raises Malformed (`query-response`, `ebrim-…`)."""
    if response.tag != f"{{{names.QUERY}}}AdhocQueryResponse":
        raise Malformed(
            "query-response", "La réponse n'est pas un AdhocQueryResponse.", field="Body", found=str(response.tag)[:200]
        )
    answer = registry_response.read(response)
    objects = response.find(f"{{{names.RIM}}}RegistryObjectList")
    found = RegistryObjects() if objects is None else read_objects(objects)
    return QueryResponse(answer.status, answer.errors, found)
