"""Bodies as they are kept: documents in them shortened, everything else as it was received."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A document up to this size stays whole, so that its message can be sent again as it was.
DOCUMENT_BYTES = 16 * 1024
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))', re.IGNORECASE)
# Begins where a run begins, so that a body is read once, and stops at nothing that is short enough to stay.
_LONG_BASE64 = re.compile(rb"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/=]{%d,}" % (DOCUMENT_BYTES + 1))
_HEAD = 256


def boundary_of(content_type: str) -> bytes:
    """The boundary of a multipart body, empty when it is none."""
    found = _BOUNDARY.search(content_type) if content_type.lower().lstrip().startswith("multipart/") else None
    return (found[1] or found[2]).encode("utf-8", "replace") if found else b""


def sections(content_type: str, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(headers, body) of each part of a body that may be cut or wrong; one part without headers when not multipart."""
    boundary = boundary_of(content_type)
    if not boundary or b"--" + boundary not in data:
        yield b"", data
        return
    for part in data.split(b"--" + boundary)[1:]:
        if part.startswith(b"--"):
            return
        head, blank, body = part.lstrip(b"\r\n").partition(b"\r\n\r\n")
        yield (head, body.removesuffix(b"\r\n")) if blank else (b"", head)


def cut(content_type: str, data: bytes) -> bytes:
    """The body with its documents shortened: parts after the first, and long runs of base64."""
    boundary = boundary_of(content_type)
    if boundary:
        pieces = data.split(b"--" + boundary)
        shorter = [piece if number < 2 else _shortened(piece) for number, piece in enumerate(pieces)]
        data = (b"--" + boundary).join(shorter)
    return _LONG_BASE64.sub(lambda run: _shortened(run.group(), _HEAD), data)


def _shortened(piece: bytes, head: int = DOCUMENT_BYTES) -> bytes:
    if len(piece) <= DOCUMENT_BYTES:
        return piece
    return piece[:head] + f"[… {len(piece) - head} octets de document non gardés]\r\n".encode()
