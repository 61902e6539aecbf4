"""A multipart body read as it arrives, in bounded memory.

What is held back is never more than a delimiter line, or the headers of one part.
"""

from __future__ import annotations

from dataclasses import dataclass

from carnet.wire.mime.content_type import (
    ContentType,
    bare,
    read_headers,
    transfer_encoding,
)
from carnet.wire.mime.multipart import (
    MAX_HEADERS,
    MAX_PARTS,
    decode_base64,
    headers_too_long,
    too_many,
    truncated,
)

_MAX_PADDING = 256


@dataclass(frozen=True, slots=True)
class PartStart:
    """A part begins: Content-ID without brackets, Content-Type as written."""

    content_id: str
    content_type: str


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The part that began last is over."""


Event = PartStart | bytes | PartEnd


class Splitter:
    """Feed it chunks, it answers with events; `close` says that nothing more comes.

    Raises Malformed under the same rules as `carnet.wire.mime.split`, the choice of the root apart.
    """

    def __init__(self, content_type: str) -> None:
        self._delimiter = b"\n--" + ContentType.read(content_type).boundary
        # A virtual line end, so that a delimiter at the very beginning looks like any other.
        self._buffer = b"\n"
        self._step = self._preamble
        self._events: list[Event] = []
        self._parts = 0
        self._at_start = False
        self._base64: bytes | None = None
        self._over = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes, in order."""
        if self._over:
            return []
        self._buffer += chunk
        while self._step():
            pass
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """Checks that the closing delimiter came; raises Malformed (`mime-truncated`)."""
        if not self._over:
            raise truncated("Le message s'arrête avant son délimiteur de fin.")

    def _preamble(self) -> bool:
        found = self._buffer.find(self._delimiter)
        if found < 0:
            self._buffer = self._buffer[-len(self._delimiter) :]
            return False
        return self._delimiter_line(found)

    def _delimiter_line(self, found: int) -> bool:
        """Reads the line at `found`; False when more bytes are needed to know."""
        after = found + len(self._delimiter)
        rest = self._buffer[after : after + _MAX_PADDING]
        if rest.startswith(b"--"):
            self._finish_part(found)
            self._over = True
            self._buffer = b""
            return False
        line = rest.lstrip(b" \t")
        padding = len(rest) - len(line)
        if line.startswith((b"\r\n", b"\n")):
            self._finish_part(found)
            self._buffer = self._buffer[after + padding + (2 if line.startswith(b"\r\n") else 1) :]
            self._step = self._headers
            return True
        if rest == b"-" or (line in (b"", b"\r") and len(rest) < _MAX_PADDING):
            return False
        # Only the beginning of a longer word: part of the content.
        self._data(after)
        return True

    def _headers(self) -> bool:
        buffer = self._buffer
        if buffer in (b"", b"\r"):
            return False
        if buffer.startswith((b"\r\n", b"\n")):
            headers, end = {}, buffer.index(b"\n") + 1
        else:
            crlf, lf = buffer.find(b"\r\n\r\n"), buffer.find(b"\n\n")
            if lf >= 0 and (crlf < 0 or lf < crlf):
                headers, end = read_headers(buffer[:lf]), lf + 2
            elif crlf >= 0:
                headers, end = read_headers(buffer[:crlf]), crlf + 4
            elif len(buffer) > MAX_HEADERS:
                raise headers_too_long()
            else:
                return False
        if self._parts == MAX_PARTS:
            raise too_many()
        self._parts += 1
        self._base64 = b"" if transfer_encoding(headers) == "base64" else None
        self._events.append(PartStart(bare(headers.get("content-id", "")), headers.get("content-type", "")))
        # Kept: the line end that closes the headers may open the delimiter of an empty part.
        self._buffer = buffer[end - 1 :]
        self._at_start = True
        self._step = self._body
        return True

    def _body(self) -> bool:
        found = self._buffer.find(self._delimiter)
        if found >= 0:
            return self._delimiter_line(found)
        self._data(len(self._buffer) - len(self._delimiter) - 1)
        return False

    def _data(self, end: int) -> None:
        """Releases the content before `end`."""
        if self._step != self._body:
            self._buffer = self._buffer[end:]
            return
        start = 1 if self._at_start else 0
        if end <= start:
            return
        self._release(self._buffer[start:end])
        self._buffer = self._buffer[end:]
        self._at_start = False

    def _release(self, data: bytes) -> None:
        if self._base64 is not None:
            data = self._base64 + data.translate(None, b" \t\r\n")
            # The last group is kept: only there may the padding be.
            whole = max(0, len(data) // 4 * 4 - 4)
            self._base64, data = data[whole:], decode_base64(data[:whole])
        if data:
            self._events.append(data)

    def _finish_part(self, found: int) -> None:
        if self._step != self._body:
            return
        end = found - 1 if found and self._buffer[found - 1] == 0x0D else found
        start = 1 if self._at_start else 0
        if end > start:
            self._release(self._buffer[start:end])
        if self._base64 is not None:
            data, self._base64 = decode_base64(self._base64), None
            if data:
                self._events.append(data)
        self._events.append(PartEnd())
