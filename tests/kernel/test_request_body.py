"""One reader for every door: announced or chunked, up to a limit, and to its end where nobody read it."""

from __future__ import annotations

import io

import pytest

from carnet.config import wsgi
from carnet.kernel.request_body import Body, TooLarge


class Sent:
    """A request as a server hands it over."""

    def __init__(self, content: bytes, **meta: str) -> None:
        self.META = meta
        self._content = io.BytesIO(content)

    def read(self, size: int, /) -> bytes:
        return self._content.read(size)


def test_a_body_is_read_up_to_its_limit() -> None:
    assert Body(Sent(b"x" * 100_000, CONTENT_LENGTH="100000"), limit=100_000).whole() == b"x" * 100_000
    with pytest.raises(TooLarge) as told:
        Body(Sent(b"x" * 11), limit=10).whole()
    assert told.value.limit == 10


def test_an_announced_length_refuses_before_anything_is_read() -> None:
    request = Sent(b"x" * 11, CONTENT_LENGTH="11")
    with pytest.raises(TooLarge):
        next(Body(request, limit=10).chunks())
    assert request.read(11) == b"x" * 11


def test_the_length_of_a_chunked_body_is_not_believed() -> None:
    # What config/wsgi puts there is how far Django may read.
    body = Body(Sent(b"{}", CONTENT_LENGTH="104857600", HTTP_TRANSFER_ENCODING="Chunked"), limit=10)
    assert body.length is None
    assert body.whole() == b"{}"


def test_what_nobody_read_is_read_to_its_end_even_when_the_caller_has_gone() -> None:
    request = Sent(b"x" * 300_000)
    wsgi._drop(request)
    assert request.read(1) == b""

    class Gone(Sent):
        def read(self, size: int, /) -> bytes:
            raise OSError

    wsgi._drop(Gone(b""))
