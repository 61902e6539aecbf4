"""Writing an MTOM message: the SOAP envelope as root, the documents as binary parts (W3C MTOM, XOP)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_ROOT = "root@carnet"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part to write: `size` in bytes must be that of all `chunks` together."""

    content_id: str
    media_type: str
    chunks: Iterable[bytes]
    size: int


def render(root: bytes, attachments: Sequence[Attachment]) -> tuple[str, bytes]:
    """The Content-Type header and the body."""
    content_type, _, chunks = stream(root, attachments)
    return content_type, b"".join(chunks)


def stream(root: bytes, attachments: Sequence[Attachment]) -> tuple[str, int, Iterator[bytes]]:
    """The Content-Type header, the length of the body, and the body by pieces.

    Content-IDs must be URL-safe: they are written as they are in the header and after `cid:`.
    """
    boundary = f"carnet-{secrets.token_hex(16)}"
    content_type = (
        f'multipart/related; type="application/xop+xml"; boundary="{boundary}"; '
        f'start="<{_ROOT}>"; start-info="application/soap+xml"'
    )
    root_type = 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'
    head = _head(boundary, _ROOT, root_type).removeprefix(b"\r\n")
    # A media type comes from metadata: nothing in it may end the header line.
    heads = [_head(boundary, part.content_id, "".join(part.media_type.split())) for part in attachments]
    tail = f"\r\n--{boundary}--\r\n".encode("ascii")
    length = len(head) + len(root) + len(tail)
    length += sum(map(len, heads)) + sum(part.size for part in attachments)

    def body() -> Iterator[bytes]:
        yield head + root
        for header, part in zip(heads, attachments, strict=True):
            yield header
            yield from part.chunks
        yield tail

    return content_type, length, body()


def _head(boundary: str, content_id: str, media_type: str) -> bytes:
    return (
        f"\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{content_id}>\r\n\r\n"
    ).encode("ascii", "replace")
