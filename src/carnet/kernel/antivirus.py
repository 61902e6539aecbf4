"""The antivirus beside an installation: bytes from outside are shown to it on their way in.

It is asked by the protocol of ClamAV's daemon (clamd(8): INSTREAM, PING). A file in base64 inside a CDA is shown apart:
no antivirus opens one there. What it recognises is refused by the rules of documents. When it does not answer nothing
comes in, since nobody would look at it later.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from carnet.wire.cda.embedded import Embedded

_SECONDS = 10.0
# It looks at a document once it has it whole: seconds, and seconds more for each MiB.
_VERDICT_SECONDS, _MORE_SECONDS = 20.0, 1.0
_MIB = 1024 * 1024
# Each file inside a document is asked about by itself; those past these are shown together, so that a document of
# nothing but files keeps the antivirus from nobody.
_MOST_FILES = 32
_PIECE = 256 * 1024
_LONGEST_ANSWER = 4096
_END = struct.pack(">I", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it listens: a Unix socket by its `path`, else a host and a port."""

    path: str = ""
    host: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was recognised, "" for nothing; `asked` is False when it was to be asked and did not answer."""

    threat: str = ""
    asked: bool = True


HARMLESS = Verdict()
# No antivirus tells it: what a file inside another holds depends on who reads it.
TANGLED = "Carnet.FileInsideFile"


def parse(url: str) -> Place | None:
    """The place of an address, None for an empty one. Raises ValueError with what was expected."""
    if not url:
        return None
    expected = "unix:/run/clamav/clamd.ctl or tcp://host:3310"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(expected) from None
    if parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc:
        return Place(path=parts.path)
    if parts.scheme == "tcp" and parts.hostname and port and not parts.path.strip("/"):
        return Place(host=parts.hostname, port=port)
    raise ValueError(expected)


def verdict_on(pieces: Iterable[bytes]) -> Verdict:
    """The verdict on a document, shown piece by piece in bounded memory; nothing is asked where no antivirus is set.

    It is asked once the document is here whole: whoever sends slowly must not keep it from others.
    """
    place: Place | None = settings.CARNET_ANTIVIRUS
    if place is None:
        return HARMLESS
    with ExitStack() as open_streams:
        return _worst(_looked_at(place, pieces, open_streams))


def answers() -> bool:
    """Whether the antivirus that is set answers."""
    try:
        with _connection(settings.CARNET_ANTIVIRUS) as connection:
            connection.sendall(b"zPING\0")
            return connection.recv(_LONGEST_ANSWER) == b"PONG\0"
    except OSError:
        return False


def _looked_at(place: Place, pieces: Iterable[bytes], open_streams: ExitStack) -> Iterator[Verdict]:
    """The verdicts on each file inside a document, then on the document."""
    whole = open_streams.enter_context(closing(_Stream(place)))
    reader, number, inside = Embedded(), 0, None
    for piece in pieces:
        whole.send(piece)
        for found, data in reader.feed(piece):
            found = min(found, _MOST_FILES)
            if inside is not None and found != number:
                yield inside.verdict()
                inside = None
            if inside is None:
                inside, number = open_streams.enter_context(closing(_Stream(place))), found
            inside.send(data)
    if inside is not None:
        yield inside.verdict()
    if reader.tangled:
        yield Verdict(threat=TANGLED)
    yield whole.verdict()


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Something recognised before something that was not looked at, and that before nothing."""
    return min(verdicts, key=lambda one: (not one.threat, one.asked))


class _Stream:
    """One INSTREAM exchange. A broken one stays quiet until it is asked for its verdict."""

    def __init__(self, place: Place) -> None:
        self._connection: socket.socket | None = None
        self._size = 0
        try:
            self._connection = _connection(place)
            self._connection.sendall(b"zINSTREAM\0")
        except OSError:
            self.close()

    def send(self, data: bytes) -> None:
        view = memoryview(data)
        self._size += len(view)
        try:
            for start in range(0, len(view), _PIECE):
                part = view[start : start + _PIECE]
                if self._connection is not None:
                    self._connection.sendall(struct.pack(">I", len(part)))
                    self._connection.sendall(part)
        except OSError:
            # It gave up: too large for it, or gone. Nothing was recognised, and nothing was looked at whole.
            self.close()

    def verdict(self) -> Verdict:
        if self._connection is None:
            return Verdict(asked=False)
        try:
            self._connection.settimeout(_VERDICT_SECONDS + _MORE_SECONDS * (self._size // _MIB))
            self._connection.sendall(_END)
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
                more = self._connection.recv(_LONGEST_ANSWER)
                if not more:
                    break
                answer += more
        except OSError:
            return Verdict(asked=False)
        finally:
            self.close()
        return _read(answer.rstrip(b"\0").decode("utf-8", "replace"))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _read(answer: str) -> Verdict:
    """`stream: OK`, `stream: NAME FOUND`, anything else is no answer."""
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return HARMLESS
    if said.endswith(" FOUND"):
        return Verdict(threat=said.removesuffix(" FOUND"))
    return Verdict(asked=False)


def _connection(place: Place) -> socket.socket:
    if not place.path:
        return socket.create_connection((place.host, place.port), timeout=_SECONDS)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_SECONDS)
    try:
        connection.connect(place.path)
    except OSError:
        connection.close()
        raise
    return connection
