"""The body of an HTTP request, read once and never beyond a limit, by whichever door it came in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

_CHUNK = 64 * 1024


class Request(Protocol):
    """What is asked of a request: its WSGI environment and a stream that ends with the body."""

    META: Mapping[str, Any]

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end, OSError when the caller has left in the middle."""


class TooLarge(ValueError):  # noqa: N818 - what it says of the body is its name
    """A body beyond `limit` bytes; what is left of it is unread."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a body of more than {limit} bytes")
        self.limit = limit


class Body:
    """The bytes of a request, up to `limit`.

    `length` is what the caller announced: nothing for a chunked body, whose end only the server underneath knows
    (`config/wsgi` gives Django the limit in place of a length, so that it reads it at all).
    """

    def __init__(self, request: Request, *, limit: int) -> None:
        self._request = request
        self._limit = limit
        chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        announced = "" if chunked else request.META.get("CONTENT_LENGTH") or ""
        self.length = int(announced) if announced.isascii() and announced.isdigit() else None

    def chunks(self) -> Iterator[bytes]:
        """What has not been read yet; raises TooLarge, at once when the announced length says so."""
        if self.length is not None and self.length > self._limit:
            raise TooLarge(self._limit)
        size = 0
        while chunk := self._request.read(_CHUNK):
            size += len(chunk)
            if size > self._limit:
                raise TooLarge(self._limit)
            yield bytes(chunk)

    def whole(self) -> bytes:
        """All of it, in memory; raises TooLarge."""
        return b"".join(self.chunks())
