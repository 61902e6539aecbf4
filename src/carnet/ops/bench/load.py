"""A load generator small enough to share two cores with what it measures: one loop, TLS sockets, no client library.

Each connection sends a prepared request, reads the answer to its end, and sends the next one. What is
checked of an answer is its status and one marker, so that a fast error does not count as work.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_READ = 256 * 1024


@dataclass(slots=True)
class Load:
    """What one slice did: answers that were right, wrong ones (with a sample), seconds, latencies in ms."""

    done: int = 0
    failures: int = 0
    sample: str = ""
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return self.done / self.seconds if self.seconds else 0.0


class _Connection:
    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        raw = socket.create_connection(("127.0.0.1", port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        self.socket.setblocking(False)
        self.outgoing = memoryview(b"")
        self.incoming = bytearray()
        self.total = -1
        self.began = 0.0

    def begin(self, request: bytes) -> None:
        self.outgoing = memoryview(request)
        self.incoming.clear()
        self.total = -1
        self.began = time.perf_counter()
        self.write()

    def write(self) -> None:
        try:
            while self.outgoing:
                self.outgoing = self.outgoing[self.socket.send(self.outgoing) :]
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass

    def read(self) -> bool:
        """Take what is there; True once the whole answer is."""
        try:
            while True:
                data = self.socket.recv(_READ)
                if not data:
                    raise ConnectionError("the server closed the connection")
                self.incoming += data
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        if self.total < 0:
            end = self.incoming.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.incoming[:end]).lower()
            at = head.find(b"content-length:")
            if at < 0:
                return self.incoming.endswith(b"\r\n0\r\n\r\n")
            self.total = end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
        return len(self.incoming) >= self.total


def drive(
    *, port: int, context: ssl.SSLContext, clients: int, seconds: float, request: Callable[[], bytes], marker: bytes
) -> Load:
    """Keep `clients` connections busy for `seconds`; answers begin with 200 or 201 and hold `marker`."""
    load = Load()
    selector = selectors.DefaultSelector()
    connections = [_Connection(port, context) for _ in range(clients)]
    began = time.perf_counter()
    for connection in connections:
        connection.begin(request())
        selector.register(connection.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, connection)
    end = began + seconds
    busy = len(connections)
    while busy:
        for key, events in selector.select(1.0):
            served: _Connection = key.data
            if served.outgoing:
                served.write()
                if not served.outgoing:
                    selector.modify(served.socket, selectors.EVENT_READ, served)
            elif events & selectors.EVENT_WRITE:
                selector.modify(served.socket, selectors.EVENT_READ, served)
            if not served.read():
                continue
            now = time.perf_counter()
            _count(load, served, now, marker)
            if now < end:
                served.begin(request())
                if served.outgoing:
                    selector.modify(served.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, served)
            else:
                selector.unregister(served.socket)
                busy -= 1
    load.seconds = time.perf_counter() - began
    for connection in connections:
        connection.socket.close()
    return load


def _count(load: Load, connection: _Connection, now: float, marker: bytes) -> None:
    head = bytes(connection.incoming[9:12])
    if head in (b"200", b"201") and marker in connection.incoming:
        load.done += 1
        load.latencies.append((now - connection.began) * 1000)
    else:
        load.failures += 1
        load.sample = load.sample or bytes(connection.incoming[:2000]).decode("utf-8", "replace")
