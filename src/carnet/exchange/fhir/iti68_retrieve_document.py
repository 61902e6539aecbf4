"""ITI-68 Retrieve Document: the document's own bytes, or a Binary resource for who asks for FHIR JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from uuid import UUID

import msgspec
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers
from carnet.exchange.fhir.door import Address, accepted, door, media_type
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents


def _retrieve(request: HttpRequest, actor: Actor, address: Address, name: str) -> HttpResponseBase:
    try:
        entry_uuid = f"urn:uuid:{UUID(name)}"
    except ValueError:
        raise _unknown() from None
    found = documents.retrieve(actor=actor, domain=address.domain, entry_uuid=entry_uuid)
    if isinstance(found, Refusal):
        return answers.refused(found)
    entry = found.entry
    as_resource = _as_resource(request, media_type(entry.mime_type))
    response: HttpResponseBase
    if as_resource:
        head = msgspec.json.encode({"resourceType": "Binary", "id": name, "contentType": entry.mime_type})
        response = StreamingHttpResponse(_in_base64(head, found.chunks), content_type=answers.JSON)
        response["Content-Length"] = str(len(head) + len(b',"data":""') + 4 * ((found.size + 2) // 3))
    else:
        response = StreamingHttpResponse(found.chunks, content_type=entry.mime_type)
        response["Content-Length"] = str(found.size)
        response["Content-Disposition"] = "attachment"
    response["ETag"] = f'"{entry.hash}{"-json" if as_resource else ""}"'
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    # A document is somebody's content at our address: a browser must not run it as a page of ours.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _as_resource(request: HttpRequest, mime_type: str) -> bool:
    """Whether the caller wants a Binary resource; NotServed (406) when it takes neither form."""
    kinds = accepted(request)
    asked = media_type(request.GET.get("_format", "").replace(" ", "+"))
    if asked in ("json", "application/fhir+json", "application/json"):
        return True
    if mime_type in kinds or ("*/*" in kinds and kinds[0] != "application/fhir+json"):
        return False
    if {"application/fhir+json", "application/json"}.intersection(kinds):
        return True
    if mime_type.split("/")[0] + "/*" in kinds:
        return False
    raise answers.NotServed(
        406,
        "not-supported",
        "accept",
        "Le document n'est pas de ce type.",
        found=", ".join(kinds),
        expected=f"{mime_type}, ou application/fhir+json pour une Binary",
    )


def _in_base64(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """A Binary resource, its data encoded as it comes."""
    yield head[:-1] + b',"data":"'
    rest = b""
    for chunk in chunks:
        whole = rest + chunk
        cut = len(whole) - len(whole) % 3
        rest = whole[cut:]
        yield base64.b64encode(whole[:cut])
    yield base64.b64encode(rest) + b'"}'


def _unknown() -> answers.NotServed:
    return answers.NotServed(
        404, "not-found", "document-unknown", "Aucun document consultable ne porte cet identifiant."
    )


view = door(GET=_retrieve)
