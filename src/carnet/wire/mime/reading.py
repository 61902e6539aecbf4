"""A streamed message as its root part followed by its attachments, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from carnet.wire.errors import Malformed
from carnet.wire.mime.content_type import ContentType
from carnet.wire.mime.multipart import duplicate
from carnet.wire.mime.splitter import Event, PartEnd, PartStart, Splitter


@dataclass(slots=True)
class StreamedPart:
    """A part whose bytes are read once, before the next part is asked for."""

    content_id: str
    content_type: str
    chunks: Iterator[bytes] = field(repr=False)


def streamed(chunks: Iterable[bytes], content_type: str) -> Iterator[StreamedPart]:
    """The parts in their order; what is left unread of a part is skipped when the next is asked for.

    The root must come first (W3C MTOM §3.3: it usually does): raises Malformed (`mime-start-order`)
    when the `start` parameter names another, and whatever `Splitter` raises.
    """
    events = _events(chunks, content_type)
    start = ContentType.read(content_type).start
    seen: set[str] = set()
    for event in events:
        if not isinstance(event, PartStart):
            continue
        if not seen and start and event.content_id != start:
            raise Malformed(
                "mime-start-order",
                "La partie racine d'un grand message doit être la première.",
                field="Content-Type",
                found=event.content_id[:200],
                expected=start[:200],
                source="RFC 2387 §3.2",
            )
        if event.content_id in seen:
            raise duplicate(event.content_id)
        seen.add(event.content_id)
        yield StreamedPart(event.content_id, event.content_type, _content(events))


def _events(chunks: Iterable[bytes], content_type: str) -> Iterator[Event]:
    splitter = Splitter(content_type)
    for chunk in chunks:
        yield from splitter.feed(chunk)
    splitter.close()


def _content(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, PartEnd):
            return
        if isinstance(event, bytes):
            yield event
