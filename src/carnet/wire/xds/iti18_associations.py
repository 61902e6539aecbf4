"""The stored queries about associations (IHE ITI TF-2 §3.18.4.1.2.3.7.7, .8, .13)."""

from __future__ import annotations

from carnet.wire.xds import names
from carnet.wire.xds.iti18_documents import ENTRY_UUID, TYPE, UNIQUE_ID, entry_types, written_types
from carnet.wire.xds.iti18_sets import UUID
from carnet.wire.xds.stored_query import ASSOCIATION_STATUS, Form, Parameters, StoredQuery, any_of, exactly_one, one

GET_ASSOCIATIONS = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155"
GET_DOCUMENTS_AND_ASSOCIATIONS = "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a"
GET_RELATED_DOCUMENTS = "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6"

_TYPES = "$AssociationTypes"


class GetAssociations(StoredQuery, frozen=True, kw_only=True):
    """GetAssociations: those with one of these objects at either end, by entryUUID."""

    uuids: tuple[str, ...]


class GetDocumentsAndAssociations(StoredQuery, frozen=True, kw_only=True):
    """GetDocumentsAndAssociations, by exactly one sort of identifier."""

    entry_uuids: tuple[str, ...] = ()
    unique_ids: tuple[str, ...] = ()


class GetRelatedDocuments(StoredQuery, frozen=True, kw_only=True):
    """GetRelatedDocuments of one document; `association_types` are URNs."""

    association_types: tuple[str, ...]
    entry_uuid: str = ""
    unique_id: str = ""
    entry_types: tuple[str, ...] = (names.STABLE,)


def _read_documents(parameters: Parameters, return_type: str) -> GetDocumentsAndAssociations:
    exactly_one(parameters, ENTRY_UUID, UNIQUE_ID)
    return GetDocumentsAndAssociations(
        entry_uuids=any_of(parameters, ENTRY_UUID), unique_ids=any_of(parameters, UNIQUE_ID), return_type=return_type
    )


def _read_related(parameters: Parameters, return_type: str) -> GetRelatedDocuments:
    exactly_one(parameters, ENTRY_UUID, UNIQUE_ID)
    return GetRelatedDocuments(
        association_types=any_of(parameters, _TYPES),
        entry_uuid=one(parameters, ENTRY_UUID),
        unique_id=one(parameters, UNIQUE_ID),
        entry_types=entry_types(parameters),
        return_type=return_type,
    )


def _write_related(query: GetRelatedDocuments) -> Parameters:
    return {
        _TYPES: (query.association_types,),
        ENTRY_UUID: ((query.entry_uuid,),) if query.entry_uuid else (),
        UNIQUE_ID: ((query.unique_id,),) if query.unique_id else (),
        **written_types(query.entry_types),
    }


FORMS = (
    Form(
        GET_ASSOCIATIONS,
        "GetAssociations",
        kind=GetAssociations,
        required=(UUID,),
        single=frozenset(),
        lists=frozenset((UUID, ASSOCIATION_STATUS)),
        both=frozenset(),
        read=lambda parameters, return_type: GetAssociations(uuids=any_of(parameters, UUID), return_type=return_type),
        write=lambda query: {UUID: (query.uuids,)},
    ),
    Form(
        GET_DOCUMENTS_AND_ASSOCIATIONS,
        "GetDocumentsAndAssociations",
        kind=GetDocumentsAndAssociations,
        required=(),
        single=frozenset(),
        lists=frozenset((ENTRY_UUID, UNIQUE_ID, ASSOCIATION_STATUS)),
        both=frozenset(),
        read=_read_documents,
        write=lambda query: {ENTRY_UUID: (query.entry_uuids,), UNIQUE_ID: (query.unique_ids,)},
    ),
    Form(
        GET_RELATED_DOCUMENTS,
        "GetRelatedDocuments",
        kind=GetRelatedDocuments,
        required=(_TYPES,),
        single=frozenset((ENTRY_UUID, UNIQUE_ID)),
        lists=frozenset((_TYPES, TYPE, ASSOCIATION_STATUS)),
        both=frozenset(),
        read=_read_related,
        write=_write_related,
    ),
)
