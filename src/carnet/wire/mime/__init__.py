"""Multipart bodies of MTOM/XOP messages: whole, streamed in, streamed out (RFC 2046, RFC 2387, W3C XOP)."""

from carnet.wire.mime.content_type import ContentType
from carnet.wire.mime.multipart import Part, Parts, split
from carnet.wire.mime.reading import StreamedPart, streamed
from carnet.wire.mime.splitter import PartEnd, PartStart, Splitter
from carnet.wire.mime.writing import Attachment, render, stream

__all__ = [
    "Attachment",
    "ContentType",
    "Part",
    "PartEnd",
    "PartStart",
    "Parts",
    "Splitter",
    "StreamedPart",
    "render",
    "split",
    "stream",
    "streamed",
]
