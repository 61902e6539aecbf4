"""What a transaction is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from carnet.exchange.xds.message import Message
from carnet.kernel.actor import Actor
from carnet.wire import mime, soap
from carnet.wire.mime import Attachment

# An answer up to this size is sent whole, so that bytes that cannot be read are still a fault.
_WHOLE = 1024 * 1024
_SOAP = f"{soap.MEDIA_TYPE}; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """A recognised caller's message; `patient` is the CX that the assertion names, if any."""

    actor: Actor
    domain: str
    patient: str
    message: Message


Transaction = Callable[[Call], HttpResponseBase]


def answer(call: Call, body: str, action: str, *, mtom: bool = False) -> HttpResponse:
    """A SOAP answer; `mtom` when the other side expects multipart."""
    data = _envelope(call, body, action)
    if mtom:
        content_type, data = mime.render(data, ())
        return HttpResponse(data, content_type=content_type)
    return HttpResponse(data, content_type=_SOAP)


def answer_with(call: Call, body: str, action: str, attachments: list[Attachment]) -> HttpResponseBase:
    """An MTOM answer whose documents are streamed when they are large."""
    content_type, length, chunks = mime.stream(_envelope(call, body, action), attachments)
    if length <= _WHOLE:
        return HttpResponse(b"".join(chunks), content_type=content_type)
    response = StreamingHttpResponse(_named(chunks), content_type=content_type)
    response["Content-Length"] = str(length)
    return response


def fault(found: soap.Fault, *, relates_to: str = "", status: int = 0) -> HttpResponse:
    """A SOAP fault with the status of the HTTP binding, unless another says more."""
    data = soap.render_fault(found, message_id=uuid4().urn, relates_to=relates_to)
    return HttpResponse(data, content_type=_SOAP, status=status or found.http_status)


def _envelope(call: Call, body: str, action: str) -> bytes:
    return soap.render(body, action=action, message_id=uuid4().urn, relates_to=call.message.envelope.message_id)


def _named(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """A generator of its own: Django closes it when the reader goes away."""
    yield from chunks
