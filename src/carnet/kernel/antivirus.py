"""The antivirus beside an installation: bytes from outside are shown to it on their way in.

It is asked by the protocol of ClamAV's daemon (clamd(8): INSTREAM, PING). A file in base64 inside a CDA is shown apart:
no antivirus opens one there. What it recognises is refused by the rules of documents. When it does not answer nothing
comes in, since nobody would look at it later.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from carnet.wire.cda.embedded import Embedded

_SECONDS = 10.0
# A large document is looked at when all of it is there.
_VERDICT_SECONDS = 120.0
_PIECE = 256 * 1024
_LONGEST_ANSWER = 4096
_END = struct.pack(">I", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it listens: a Unix socket by its `path`, else a host and a port."""

    path: str = ""
    host: str = ""
    port: int = 0

    @property
    def remote(self) -> bool:
        """Whether what is shown to it leaves this machine."""
        try:
            return bool(self.host) and not ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was recognised, "" for nothing; `asked` is False when it was to be asked and did not answer."""

    threat: str = ""
    asked: bool = True


HARMLESS = Verdict()


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


def begin() -> Scan | None:
    """Begin to show one document; None where no antivirus is set."""
    place: Place | None = settings.CARNET_ANTIVIRUS
    return None if place is None else Scan(place)


def verdict_on(data: bytes) -> Verdict:
    """The verdict on bytes that are in memory."""
    scan = begin()
    if scan is None:
        return HARMLESS
    scan.show(data)
    return scan.verdict()


def answers() -> bool:
    """Whether the antivirus that is set answers."""
    try:
        with _connection(settings.CARNET_ANTIVIRUS) as connection:
            connection.sendall(b"zPING\0")
            return connection.recv(_LONGEST_ANSWER) == b"PONG\0"
    except OSError:
        return False


class Scan:
    """One document on its way: `show` each piece in order, then ask for the `verdict`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._whole: _Stream | None = _Stream(place)
        self._embedded: Embedded | None = None
        self._file: tuple[int, _Stream] | None = None
        self._began = False
        self._verdicts: list[Verdict] = []

    def show(self, piece: bytes) -> None:
        """The next bytes of the document."""
        if not self._began and piece.strip():
            self._began = True
            self._embedded = Embedded() if piece.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else None
        if self._whole is not None:
            self._whole.send(piece)
        if self._embedded is not None:
            for number, data in self._embedded.feed(piece):
                if self._file is None or self._file[0] != number:
                    self._end_file()
                    self._file = number, _Stream(self._place)
                self._file[1].send(data)

    def verdict(self) -> Verdict:
        """What was recognised in the document or in a file inside it."""
        self._end_file()
        if self._whole is not None:
            self._verdicts.append(self._whole.verdict())
            self._whole = None
        harmful = next((one for one in self._verdicts if one.threat), None)
        return harmful or next((one for one in self._verdicts if not one.asked), HARMLESS)

    def abandon(self) -> None:
        """Nobody waits for the verdict any more."""
        for stream in (self._whole, self._file and self._file[1]):
            if stream is not None:
                stream.close()
        self._whole = self._file = None

    def _end_file(self) -> None:
        if self._file is not None:
            self._verdicts.append(self._file[1].verdict())
            self._file = None


class _Stream:
    """One INSTREAM exchange. A broken one stays quiet until it is asked for its verdict."""

    def __init__(self, place: Place) -> None:
        self._connection: socket.socket | None = None
        try:
            self._connection = _connection(place)
            self._connection.sendall(b"zINSTREAM\0")
        except OSError:
            self.close()

    def send(self, data: bytes) -> None:
        view = memoryview(data)
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
            self._connection.settimeout(_VERDICT_SECONDS)
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
