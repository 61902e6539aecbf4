"""A body that stops coming is not waited for: the bulk lane cuts a request whose client falls silent.

The proxy hands large bodies on as they come, and bounds a request as a whole only. Here each read has
CARNET_STALL_SECONDS to bring what was asked for (at most 64 KiB at a time, hence also a lowest pace); then the request
reads as cut, nothing of it is kept, and the answer is 408. The read itself cannot be interrupted: it goes on in a
thread of its own until the proxy has closed the connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

STATUS = "408 Request Timeout"
_Reading = tuple[Callable[[int], bytes], int]


class Paced:
    """A request's body, read with patience for `seconds` at each read."""

    def __init__(self, source: Any, seconds: float) -> None:
        self.stalled = False
        self._source = source
        self._seconds = seconds
        self._asked: SimpleQueue[_Reading | None] = SimpleQueue()
        self._given: SimpleQueue[bytes | BaseException] = SimpleQueue()
        self._reader: threading.Thread | None = None

    def read(self, size: int = -1) -> bytes:
        """As the source reads; OSError when nothing more came in time."""
        return self._in_time(self._source.read, size)

    def readline(self, size: int = -1) -> bytes:
        """As the source reads a line; the same error."""
        return self._in_time(self._source.readline, size)

    def close(self) -> None:
        """Let the thread end once its last read has."""
        if self._reader is not None:
            self._asked.put(None)

    def _in_time(self, read: Callable[[int], bytes], size: int) -> bytes:
        if not self.stalled:
            if self._reader is None:
                self._reader = threading.Thread(target=self._read_on, daemon=True)
                self._reader.start()
            self._asked.put((read, size))
            try:
                answer = self._given.get(timeout=self._seconds)
            except Empty:
                self.stalled = True
            else:
                if isinstance(answer, BaseException):
                    raise answer
                return answer
        raise OSError("the body stopped before its end")

    def _read_on(self) -> None:
        while (asked := self._asked.get()) is not None:
            read, size = asked
            try:
                self._given.put(read(size))
            except BaseException as error:
                self._given.put(error)


class Answer:
    """An answer whose end is the end of its request's body."""

    def __init__(self, answer: Iterable[bytes], body: Paced) -> None:
        self._answer = answer
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer

    def close(self) -> None:
        """Close both."""
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        finally:
            self._body.close()


def paced(application: Callable[..., Iterable[bytes]], seconds: float) -> Callable[..., Iterable[bytes]]:
    """The application, patient for `seconds` with each read of a body; whatever it says of a cut one is 408."""

    def served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"] = Paced(environ["wsgi.input"], seconds)

        def starting(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(STATUS if body.stalled else status, headers, *more)

        try:
            return Answer(application(environ, starting), body)
        except BaseException:
            body.close()
            raise

    return served
