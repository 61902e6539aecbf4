"""ITI-18 at the registry: find documents, or get them by name."""

from __future__ import annotations

from django.http import HttpResponse

from carnet.exchange.xds import errors
from carnet.exchange.xds.transaction import Call, answer, fault
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.errors import Malformed
from carnet.wire.xds import iti18_stored_query as wire
from carnet.wire.xds import names
from carnet.wire.xds.model import DocumentEntry
from carnet.wire.xds.registry_response import RegistryError

ACTION = wire.ACTION


def serve(call: Call) -> HttpResponse:
    """Answers with entries or references, or with the errors of the query."""
    try:
        query = wire.read_request(call.message.envelope.body)
    except Malformed as error:
        wrong = errors.registry_error(error)
        if wrong is None:
            raise
        return _failure(call, (wrong,))
    found = _found(call, query)
    if isinstance(found, Refusal):
        if errors.forbidden(found):
            return fault(errors.fault(found), relates_to=call.message.envelope.message_id)
        return _failure(call, errors.registry_errors(found.problems))
    return answer(call, wire.render_response(found, return_type=query.return_type), wire.RESPONSE_ACTION)


def _found(call: Call, query: wire.FindDocuments | wire.GetDocuments) -> list[DocumentEntry] | Refusal:
    if isinstance(query, wire.GetDocuments):
        got = documents.get(
            actor=call.actor,
            domain=call.domain,
            entry_uuids=query.entry_uuids,
            unique_ids=query.unique_ids,
            logical_ids=query.logical_ids,
            asserted_patient=call.patient,
        )
        return got if isinstance(got, Refusal) else list(got.entries)
    found = documents.find(
        actor=call.actor,
        domain=call.domain,
        patient_id=query.patient_id,
        query=document_query(query),
        asserted_patient=call.patient,
    )
    if isinstance(found, Refusal):
        return found
    return [entry for entry in found.entries if _asked(entry, query)]


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


def _failure(call: Call, wrong: tuple[RegistryError, ...]) -> HttpResponse:
    return answer(call, wire.render_failure(wrong), wire.RESPONSE_ACTION)
