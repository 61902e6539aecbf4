"""A receiver of syslog messages over TLS, as a collector of logs has one: it keeps what it is sent."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class LogReceiver:
    """`certificate` and `key` say who it is; with `authority`, who sends has to say who they are."""

    certificate: Path
    key: Path
    authority: Path | None = None
    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    _open: list[ssl.SSLSocket] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """It answers on its port, the same one each time."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        if self.authority is not None:
            context.load_verify_locations(self.authority)
            context.verify_mode = ssl.CERT_REQUIRED
        with socket.create_server(("127.0.0.1", self.port)) as listener:
            self.port = listener.getsockname()[1]
            listener.settimeout(0.1)
            over = threading.Event()
            thread = threading.Thread(target=self._accept, args=(listener, context, over))
            thread.start()
            try:
                yield
            finally:
                over.set()
                thread.join()
                for one in self._open:
                    one.close()
                self._open.clear()

    def _accept(self, listener: socket.socket, context: ssl.SSLContext, over: threading.Event) -> None:
        while not over.is_set():
            try:
                plain, _ = listener.accept()
            except TimeoutError:
                self._read_all()
                continue
            plain.settimeout(2)
            with suppress(OSError):
                connection = context.wrap_socket(plain, server_side=True)
                connection.settimeout(0.05)
                self._open.append(connection)
                continue
            plain.close()
        self._read_all()

    def _read_all(self) -> None:
        for connection in list(self._open):
            self._read(connection)

    def _read(self, connection: ssl.SSLSocket) -> None:
        """Messages one after another (RFC 5425 §4.3: their length, a space, so many bytes)."""
        length = b""
        try:
            while byte := connection.recv(1):
                if byte != b" ":
                    length += byte
                    continue
                connection.settimeout(2)
                message = b""
                while len(message) < int(length):
                    message += connection.recv(int(length) - len(message))
                self.messages.append(message)
                length = b""
                connection.settimeout(0.05)
        except TimeoutError:
            return
        except OSError:
            pass
        connection.close()
        self._open.remove(connection)
