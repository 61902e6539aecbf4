"""ITI-20 Record Audit Event (RESTful ATNA): software says what it did, one AuditEvent or a batch of them.

One is answered 201; a batch 200, with a status an entry, in its order: what is refused does not hold the rest up.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers
from carnet.exchange.fhir.door import Address, Choice, read_body, require_json, require_json_body
from carnet.exchange.fhir.iti65_provide_document_bundle import provide
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.wire.fhir.audit_event import trace_id
from carnet.wire.fhir.audit_read import Reported, holds_events, is_batch, read


def record(request: HttpRequest, actor: Actor, address: Address, _name: str) -> HttpResponseBase:
    """POST of one AuditEvent, or of a batch."""
    require_json(request)
    require_json_body(request)
    body = read_body(request)
    events = read(body)
    if not is_batch(body):
        kept = _keep(events[0], actor, address)
        if isinstance(kept, Refusal):
            return answers.refused(kept)
        return answers.resource(b"", status=201, Location=f"{address.base}/{kept}")
    entries: list[dict[str, Any]] = [{"response": _response(_keep(event, actor, address))} for event in events]
    answer = {"resourceType": "Bundle", "type": "batch-response", "entry": entries}
    return answers.resource(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())


def _keep(event: Reported, actor: Actor, address: Address) -> str | Refusal:
    """The name of what was kept, or why it was not."""
    said = access.Said(
        who=event.who,
        software=event.software,
        kind=event.kind,
        action=event.action,
        outcome=event.outcome,
        at=event.recorded,
    )
    kept = access.note_reported(actor=actor, domain=address.domain, patient_id=event.patient, said=said)
    return kept if isinstance(kept, Refusal) else f"AuditEvent/{trace_id(*kept)}"


def _response(kept: str | Refusal) -> dict[str, Any]:
    if not isinstance(kept, Refusal):
        return {"status": "201 Created", "location": kept}
    said = answers.refused(kept)
    return {"status": f"{said.status_code} {said.reason_phrase}", "outcome": json.loads(said.content)}


def _chosen(request: HttpRequest) -> Any:
    """At the base address a batch of AuditEvents is ITI-20's, anything else ITI-65's."""
    return record if holds_events(read_body(request)) else provide


at_base = Choice((record, provide), _chosen)
