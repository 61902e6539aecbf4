"""ITI-41 at the repository: take the documents in, then register them, all or none."""

from __future__ import annotations

from django.http import HttpResponse

from carnet.exchange.xds import errors
from carnet.exchange.xds.message import discard
from carnet.exchange.xds.transaction import Call, answer, fault
from carnet.kernel import blobs
from carnet.kernel.blobs import Received
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.errors import Malformed
from carnet.wire.xds import iti41_provide_and_register as wire
from carnet.wire.xds import registry_response
from carnet.wire.xds.registry_response import RegistryError, RegistryResponse, status_of

ACTION = wire.ACTION


def serve(call: Call) -> HttpResponse:
    """Answers with a RegistryResponse; bytes of a refused submission are forgotten."""
    try:
        request = wire.read_request(call.message.envelope.body)
        contents = _received(call, request.documents)
    except Malformed as error:
        wrong = errors.registry_error(error)
        if wrong is None:
            raise
        return _answer(call, (wrong,))
    outcome = documents.provide(
        actor=call.actor,
        domain=call.domain,
        submission=request.submission,
        contents=contents,
        asserted_patient=call.patient,
    )
    if not isinstance(outcome, Refusal):
        return _answer(call, errors.registry_errors(outcome.warnings))
    if errors.forbidden(outcome):
        return fault(errors.fault(outcome), relates_to=call.message.envelope.message_id)
    return _answer(call, errors.registry_errors(outcome.problems))


def _received(call: Call, sent: dict[str, str | bytes]) -> dict[str, Received]:
    wanted = {identifier: href for identifier, href in sent.items() if isinstance(href, str)}
    received = call.message.attachments.receive(wanted)
    try:
        for identifier, content in sent.items():
            if isinstance(content, bytes):
                received[identifier] = blobs.from_bytes(content)
    except BaseException:
        discard(received)
        raise
    return received


def _answer(call: Call, found: tuple[RegistryError, ...]) -> HttpResponse:
    body = registry_response.render(RegistryResponse(status_of(found), found))
    return answer(call, body, wire.RESPONSE_ACTION, mtom=call.message.multipart)
