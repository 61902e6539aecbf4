"""ITI-18 at the registry: every stored query, one call of the record each, and the answer to all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpResponse

from carnet.exchange.xds import errors
from carnet.exchange.xds.transaction import Call, answer, fault
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.errors import Malformed
from carnet.wire.xds import iti18_stored_query as wire
from carnet.wire.xds import names
from carnet.wire.xds.model import DocumentEntry, Status
from carnet.wire.xds.registry_response import RegistryError

ACTION = wire.ACTION

Found = documents.FoundObjects | Refusal


def serve(call: Call) -> HttpResponse:
    """Answers with objects or references, or with the errors of the query."""
    try:
        query = wire.read_request(call.message.envelope.body)
    except Malformed as error:
        return _malformed(call, error)
    found = _ANSWERS[type(query)](call, query)
    if isinstance(found, Refusal):
        if errors.forbidden(found):
            return fault(errors.fault(found), relates_to=call.message.envelope.message_id)
        return _failure(call, errors.registry_errors(found.problems))
    if found.records > 1 and query.return_type == wire.LEAF_CLASS:
        return _malformed(call, _several_patients())
    if query.association_statuses and Status.APPROVED not in query.association_statuses:
        found = _without_associations(query, found)
    body = wire.render_response(
        found.entries,
        sets=found.sets,
        folders=found.folders,
        associations=found.associations,
        return_type=query.return_type,
    )
    return answer(call, body, wire.RESPONSE_ACTION)


def _asking(call: Call, query: wire.StoredQuery) -> dict[str, Any]:
    """What every call of the record is given; references may be as many as there are."""
    return {
        "actor": call.actor,
        "domain": call.domain,
        "asserted_patient": call.patient,
        "whole": query.return_type == wire.LEAF_CLASS,
    }


def _find_documents(call: Call, query: wire.FindDocuments) -> Found:
    found = documents.find(
        patient_id=query.patient_id, query=document_query(query), strict=True, **_asking(call, query)
    )
    if isinstance(found, Refusal):
        return found
    return documents.FoundObjects(entries=tuple(entry for entry in found.entries if _asked(entry, query)), records=1)


def document_query(query: wire.FindDocuments) -> documents.DocumentQuery:
    """The record's question; what it has no word for is left to `_asked`."""
    return documents.DocumentQuery(
        statuses=query.statuses,
        type_codes=query.type_codes,
        class_codes=query.class_codes,
        format_codes=query.format_codes,
        practice_setting_codes=query.practice_setting_codes,
        healthcare_facility_type_codes=query.healthcare_facility_type_codes,
        confidentiality_codes=query.confidentiality_codes,
        event_codes=query.event_codes,
        creation_time=query.creation_time,
        service_start_time=query.service_start_time,
        service_stop_time=query.service_stop_time,
        author_persons=query.author_persons,
        reference_ids=query.reference_ids[0] if query.reference_ids else (),
    )


def _asked(entry: DocumentEntry, query: wire.FindDocuments) -> bool:
    """Document entry types, and reference ids that must all be there (TF-2 §3.18.4.1.2.3.7.14)."""
    kind = names.STABLE if entry.stable else names.ON_DEMAND
    if kind not in query.entry_types:
        return False
    return all(set(group).intersection(entry.reference_ids) for group in query.reference_ids[1:])


def _get_documents(call: Call, query: wire.GetDocuments) -> Found:
    got = documents.get(
        actor=call.actor,
        domain=call.domain,
        entry_uuids=query.entry_uuids,
        unique_ids=query.unique_ids,
        logical_ids=query.logical_ids,
        asserted_patient=call.patient,
    )
    if isinstance(got, Refusal):
        return got
    return documents.FoundObjects(entries=got.entries, records=got.records)


def _find_sets(call: Call, query: wire.FindSubmissionSets) -> Found:
    asked = documents.SetQuery(
        statuses=query.statuses,
        source_ids=query.source_ids,
        submission_time=query.submission_time,
        author_person=query.author_person,
        content_types=query.content_types,
    )
    return documents.find_sets(patient_id=query.patient_id, query=asked, **_asking(call, query))


def _find_folders(call: Call, query: wire.FindFolders) -> Found:
    asked = documents.FolderQuery(statuses=query.statuses, last_update_time=query.last_update_time, codes=query.codes)
    return documents.find_folders(patient_id=query.patient_id, query=asked, **_asking(call, query))


def _get_all(call: Call, query: wire.GetAll) -> Found:
    asked = documents.ContentsQuery(
        entry_statuses=query.entry_statuses,
        set_statuses=query.set_statuses,
        folder_statuses=query.folder_statuses,
        only=_only(query.contents),
    )
    return documents.get_all(patient_id=query.patient_id, query=asked, **_asking(call, query))


def _get_set_and_contents(call: Call, query: wire.GetSubmissionSetAndContents) -> Found:
    return documents.get_set_and_contents(
        entry_uuid=query.entry_uuid,
        unique_id=query.unique_id,
        only=_only(query.contents),
        **_asking(call, query),
    )


def _get_folder_and_contents(call: Call, query: wire.GetFolderAndContents) -> Found:
    return documents.get_folder_and_contents(
        entry_uuid=query.entry_uuid,
        unique_id=query.unique_id,
        only=_only(query.contents),
        **_asking(call, query),
    )


def _get_folders(call: Call, query: wire.GetFolders) -> Found:
    return documents.get_folders(
        entry_uuids=query.entry_uuids,
        unique_ids=query.unique_ids,
        logical_ids=query.logical_ids,
        **_asking(call, query),
    )


def _get_related(call: Call, query: wire.GetRelatedDocuments) -> Found:
    return documents.get_related_documents(
        association_types=query.association_types,
        entry_uuid=query.entry_uuid,
        unique_id=query.unique_id,
        only=_only(wire.Contents(entry_types=query.entry_types)),
        **_asking(call, query),
    )


def _only(contents: wire.Contents) -> documents.EntryFilter:
    return documents.EntryFilter(
        format_codes=contents.format_codes,
        confidentiality_codes=contents.confidentiality_codes,
        stable=names.STABLE in contents.entry_types,
        on_demand=names.ON_DEMAND in contents.entry_types,
    )


_ANSWERS: dict[type[wire.StoredQuery], Callable[[Call, Any], Found]] = {
    wire.FindDocuments: _find_documents,
    wire.GetDocuments: _get_documents,
    wire.FindSubmissionSets: _find_sets,
    wire.FindFolders: _find_folders,
    wire.GetAll: _get_all,
    wire.GetSubmissionSets: lambda call, query: documents.get_sets(uuids=query.uuids, **_asking(call, query)),
    wire.GetSubmissionSetAndContents: _get_set_and_contents,
    wire.GetFolders: _get_folders,
    wire.GetFolderAndContents: _get_folder_and_contents,
    wire.GetFoldersForDocument: lambda call, query: documents.get_folders_for_document(
        entry_uuid=query.entry_uuid, unique_id=query.unique_id, **_asking(call, query)
    ),
    wire.GetAssociations: lambda call, query: documents.get_associations(uuids=query.uuids, **_asking(call, query)),
    wire.GetDocumentsAndAssociations: lambda call, query: documents.get_documents_and_associations(
        entry_uuids=query.entry_uuids, unique_ids=query.unique_ids, **_asking(call, query)
    ),
    wire.GetRelatedDocuments: _get_related,
}


# What these find, they find by associations.
_BY_ASSOCIATION = (
    wire.GetAssociations,
    wire.GetSubmissionSets,
    wire.GetFoldersForDocument,
    wire.GetRelatedDocuments,
)


def _without_associations(query: wire.StoredQuery, found: documents.FoundObjects) -> documents.FoundObjects:
    """What is left to a consumer that asks for associations of a status that none has here."""
    return documents.FoundObjects() if isinstance(query, _BY_ASSOCIATION) else replace(found, associations=())


def _several_patients() -> Malformed:
    return Malformed(
        "query-several-patients",
        "Ces identifiants désignent des objets de plusieurs patients : demandez des références (ObjectRef).",
        field="ResponseOption/@returnType",
        found=wire.LEAF_CLASS,
        expected=wire.OBJECT_REF,
        source="IHE ITI TF-3 §4.2.4.1 (XDSResultNotSinglePatient)",
    )


def _malformed(call: Call, error: Malformed) -> HttpResponse:
    wrong = errors.registry_error(error)
    if wrong is None:
        raise error
    return _failure(call, (wrong,))


def _failure(call: Call, wrong: tuple[RegistryError, ...]) -> HttpResponse:
    return answer(call, wire.render_failure(wrong), wire.RESPONSE_ACTION)
