"""Somebody else's audit repository (ITI-20): takes batches of whoever shows a certificate, and answers its own way."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class ForeignRepository(http.server.ThreadingHTTPServer):
    """Known by the demonstration's authority of `home`; `taken` holds (path, common name, Bundle) of each batch."""

    daemon_threads = True

    def __init__(self, home: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        pki = home / "demo" / "pki"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki / "server.pem", pki / "server.key")
        context.load_verify_locations(pki / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.base = f"https://localhost:{self.server_address[1]}/audit/fhir"
        self.taken: list[tuple[str, str, dict[str, Any]]] = []
        # Called before a batch that was taken is answered, with how many were.
        self.before: Callable[[int], None] = lambda batches: None
        self.lock = threading.Lock()

    def handle_error(self, *_: object) -> None:
        """A sender ends its connection as it likes."""

    @property
    def ids(self) -> list[str]:
        """The AuditEvents in order of arrival."""
        return [one["resource"]["id"] for _, _, bundle in self.taken for one in bundle["entry"]]


@contextmanager
def foreign_repository(home: Path) -> Iterator[ForeignRepository]:
    """A running one."""
    server = ForeignRepository(home)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, ForeignRepository)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        subject = dict(pair for part in self.connection.getpeercert()["subject"] for pair in part)  # type: ignore[attr-defined]
        with self.server.lock:
            self.server.taken.append((self.path, subject.get("commonName", ""), body))
            self.server.before(len(self.server.taken))
        entries = [{"response": {"status": "201", "etag": 'W/"1"'}} for _ in body["entry"]]
        answer = json.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": entries}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
