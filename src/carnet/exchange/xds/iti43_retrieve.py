"""ITI-43 at the repository: several documents in one answer, streamed, with partial success."""

from __future__ import annotations

from django.http import HttpResponseBase

from carnet.exchange.xds import errors
from carnet.exchange.xds.transaction import Call, answer, answer_with
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.errors import Malformed
from carnet.wire.mime import Attachment
from carnet.wire.xds import iti43_retrieve as wire
from carnet.wire.xds.registry_response import RegistryError, RegistryResponse, status_of

ACTION = wire.ACTION


def serve(call: Call) -> HttpResponseBase:
    """Answers with the documents that may be read, and an error for each of the others."""
    try:
        asked = wire.read_request(call.message.envelope.body)
    except Malformed as error:
        wrong = errors.registry_error(error)
        if wrong is None:
            raise
        body = wire.render_response(RegistryResponse(status_of((wrong,)), (wrong,)), ())
        return answer(call, body, wire.RESPONSE_ACTION, mtom=True)
    returned: list[wire.DocumentResponse] = []
    attachments: list[Attachment] = []
    found: list[RegistryError] = []
    for number, request in enumerate(asked, 1):
        document = documents.retrieve(
            actor=call.actor,
            domain=call.domain,
            unique_id=request.document_unique_id,
            repository=request.repository_unique_id,
            asserted_patient=call.patient,
        )
        if isinstance(document, Refusal):
            found += _located(errors.registry_errors(document.problems), request)
            continue
        content_id = f"document{number}@carnet"
        mime_type = document.entry.mime_type
        attachments.append(Attachment(content_id, mime_type, document.chunks, document.size))
        returned.append(
            wire.DocumentResponse(
                request.repository_unique_id,
                request.document_unique_id,
                mime_type,
                f"cid:{content_id}",
                request.home_community_id,
            )
        )
    response = RegistryResponse(status_of(found, partial=bool(returned)), tuple(found))
    return answer_with(call, wire.render_response(response, returned), wire.RESPONSE_ACTION, attachments)


def _located(wrong: tuple[RegistryError, ...], request: wire.DocumentRequest) -> list[RegistryError]:
    """Each error names the document it is about (TF-2 §3.43.4.2.3: codeContext tells which)."""
    return [
        RegistryError(
            code=error.code,
            context=f"{error.context} [document : {request.document_unique_id}]",
            location=error.location,
            warning=error.warning,
        )
        for error in wrong
    ]
