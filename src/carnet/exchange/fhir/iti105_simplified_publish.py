"""ITI-105 Simplified Publish: one DocumentReference with its document in, the one that was created out."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers
from carnet.exchange.fhir.completion import complete
from carnet.exchange.fhir.door import Address, lenient, read_body, require_json, require_json_body
from carnet.kernel import blobs, clock
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.fhir import iti105_simplified_publish as wire
from carnet.wire.fhir.documentreference import encode, render


def publish(request: HttpRequest, actor: Actor, address: Address, _name: str) -> HttpResponseBase:
    """201 with the resource as it was registered, for a resend too; every problem at once otherwise."""
    require_json(request)
    require_json_body(request)
    publication = wire.read(read_body(request), profile=address.asked, lenient=lenient(request))
    submission = complete(publication, actor=actor, domain=address.configuration, now=clock.now())
    answer = documents.provide(
        actor=actor,
        domain=address.domain,
        submission=submission,
        contents={submission.entries[0].entry_uuid: blobs.from_bytes(publication.document)},
        by_document=True,
    )
    if isinstance(answer, Refusal):
        return answers.refused(answer)
    entry = answer.submission.entries[0]
    identity = entry.logical_id.removeprefix("urn:uuid:")
    return answers.resource(
        encode(render(entry, base=address.base, profile=address.profile)),
        status=201,
        Location=f"{address.base}/DocumentReference/{identity}/_history/{entry.version}",
        ETag=f'W/"{entry.version}"',
    )
