"""ITI-42 at the registry: documents that another repository keeps, registered all or none."""

from __future__ import annotations

from django.http import HttpResponse

from carnet.exchange.xds import errors
from carnet.exchange.xds.transaction import Call, answer, fault
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.errors import Malformed
from carnet.wire.xds import iti42_register as wire
from carnet.wire.xds import registry_response
from carnet.wire.xds.registry_response import RegistryError, RegistryResponse, status_of

ACTION = wire.ACTION


def serve(call: Call) -> HttpResponse:
    """Answers with a RegistryResponse."""
    try:
        submission = wire.read_request(call.message.envelope.body)
    except Malformed as error:
        wrong = errors.registry_error(error)
        if wrong is None:
            raise
        return _answer(call, (wrong,))
    outcome = documents.register(
        actor=call.actor, domain=call.domain, submission=submission, asserted_patient=call.patient
    )
    if not isinstance(outcome, Refusal):
        return _answer(call, errors.registry_errors(outcome.warnings))
    if errors.forbidden(outcome):
        return fault(errors.fault(outcome), relates_to=call.message.envelope.message_id)
    return _answer(call, errors.registry_errors(outcome.problems))


def _answer(call: Call, found: tuple[RegistryError, ...]) -> HttpResponse:
    body = registry_response.render(RegistryResponse(status_of(found), found))
    return answer(call, body, wire.RESPONSE_ACTION)
