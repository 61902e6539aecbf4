"""An HTTP request as a SOAP message and its attachments, whole when small, streamed when large.

Up to 1 MiB the body is held and split at once. A larger multipart body is read as it arrives: the
envelope first, then each document straight into `kernel.blobs`, so memory does not grow with documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol
from urllib.parse import unquote

from carnet.kernel import blobs
from carnet.kernel.blobs import Received
from carnet.kernel.request_body import Body
from carnet.wire import mime, soap, xml
from carnet.wire.errors import Malformed
from carnet.wire.mime.content_type import ContentType, cid
from carnet.wire.mime.multipart import duplicate, missing
from carnet.wire.soap import Envelope

WHOLE_LIMIT = 1024 * 1024
ENVELOPE_LIMIT = 1024 * 1024
_MULTIPART = "multipart/related"


class Attachments(Protocol):
    """The parts that travel beside the envelope."""

    def receive(self, wanted: Mapping[str, str]) -> dict[str, Received]:
        """Store the parts that `wanted` names (document id → `cid:` address), all or none.

        Raises Malformed: `mime-part-missing`, `mime-part-duplicate`, `xop-href`, whatever a splitter raises.
        """


class Message:
    """An envelope, what came with it, and whether the body was multipart."""

    def __init__(self, envelope: Envelope, attachments: Attachments, *, multipart: bool) -> None:
        self.envelope = envelope
        self.attachments = attachments
        self.multipart = multipart


def read(content_type: str, body: Body) -> Message:
    """The message of a body. Raises TooLarge, Malformed (`http-content-type`, and what MIME, XML and SOAP raise)."""
    kind = ContentType.read(content_type)
    action = kind.parameters.get("action", "")
    if kind.media_type == soap.MEDIA_TYPE:
        data = _gathered(body.chunks(), xml.MAX_BYTES)
        return Message(soap.parse(data, action=action), _Nothing(), multipart=False)
    if kind.media_type != _MULTIPART:
        raise Malformed(
            "http-content-type",
            "Ce type de contenu n'est pas celui d'un message SOAP 1.2.",
            field="Content-Type",
            found=kind.media_type[:100],
            expected=f"{soap.MEDIA_TYPE} ou {_MULTIPART}",
            source="IHE ITI TF-2 Annexe V §V.3.2 ; W3C MTOM",
        )
    if body.length is not None and body.length <= WHOLE_LIMIT:
        parts = mime.split(body.whole(), content_type)
        action = action or ContentType.read(parts.root.content_type).parameters.get("action", "")
        return Message(soap.parse(parts.root.body, action=action), _Whole(parts), multipart=True)
    rest = mime.streamed(body.chunks(), content_type)
    root = next(rest, None)
    if root is None:
        raise missing("")
    action = action or ContentType.read(root.content_type).parameters.get("action", "")
    envelope = soap.parse(_gathered(root.chunks, ENVELOPE_LIMIT), action=action)
    return Message(envelope, _Streamed(rest), multipart=True)


def _gathered(chunks: Iterator[bytes], limit: int) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > limit:
            raise Malformed(
                "envelope-size",
                "L'enveloppe SOAP est trop grande : les documents s'envoient en parties MTOM.",
                field="Envelope",
                expected=f"<= {limit} octets",
                source="IHE ITI TF-2 Annexe V §V.3.6",
            )
    return bytes(data)


class _Nothing:
    """A message without parts."""

    def receive(self, wanted: Mapping[str, str]) -> dict[str, Received]:
        for href in wanted.values():
            raise missing(cid(href))
        return {}


class _Whole:
    """Parts that are in memory."""

    def __init__(self, parts: mime.Parts) -> None:
        self._parts = parts

    def receive(self, wanted: Mapping[str, str]) -> dict[str, Received]:
        found = {identifier: self._parts.find(href) for identifier, href in wanted.items()}
        received: dict[str, Received] = {}
        try:
            for identifier, part in found.items():
                received[identifier] = blobs.from_bytes(part.body)
        except BaseException:
            discard(received)
            raise
        return received


class _Streamed:
    """Parts that are still on their way."""

    def __init__(self, rest: Iterator[mime.StreamedPart]) -> None:
        self._rest = rest

    def receive(self, wanted: Mapping[str, str]) -> dict[str, Received]:
        owners: dict[str, str] = {}
        for identifier, href in wanted.items():
            if owners.setdefault(cid(href), identifier) != identifier:
                # A part is read once: it cannot be two documents.
                raise duplicate(cid(href))
        received: dict[str, Received] = {}
        try:
            for part in self._rest:
                owner = owners.get(part.content_id) or owners.get(unquote(part.content_id))
                if owner is not None:
                    received[owner] = blobs.receive(part.chunks)
            for name, identifier in owners.items():
                if identifier not in received:
                    raise missing(name)
        except BaseException:
            discard(received)
            raise
        return received


def discard(received: Mapping[str, Received]) -> None:
    """Forget bytes that nothing will name."""
    for content in received.values():
        content.discard()
