"""The journal's way to an audit repository (ITI-20), sealer to relay to worker, with the worker killed in a batch."""

from __future__ import annotations

import http.server
import json
import os
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Living, begin_with_the_demonstration, start_carnet, stop_carnet
from tests.processes.conftest import processes_of, wait_for

KILLS = 3
# What was sealed, in the order of the seals, as the repository knows it: received ones are others' to send.
_SEALED = """
import json
import django
django.setup()
from carnet.kernel import database
from carnet.wire.fhir.audit_event import trace_id
rows = database.rows(
    "SELECT l.record_id, l.writer, l.number FROM journal_link l WHERE l.writer IS NOT NULL ORDER BY l.seal, l.leaf"
)
print(json.dumps([str(trace_id(*row)) for row in rows]))
"""


class Repository(http.server.ThreadingHTTPServer):
    """Somebody's repository: demands a certificate, keeps the ids of what it answered for, in order of arrival."""

    daemon_threads = True

    def __init__(self, home: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        pki = home / "demo" / "pki"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki / "server.pem", pki / "server.key")
        context.load_verify_locations(pki / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.base = f"https://localhost:{self.server_address[1]}/fhir"
        self.kept: list[str] = []
        # Called with each batch before it is answered.
        self.before: Callable[[int], None] = lambda batch: None
        self.batches = 0
        self.lock = threading.Lock()

    def handle_error(self, *_: object) -> None:
        """A sender that is killed ends its connection as it likes."""


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Repository)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.batches += 1
            self.server.kept += [one["resource"]["id"] for one in body["entry"]]
            self.server.before(self.server.batches)
        entries = [{"response": {"status": "201"}} for _ in body["entry"]]
        answer = json.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": entries}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    begin_with_the_demonstration(tmp_path / "home")
    server = Repository(tmp_path / "home")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def worker_of(home: Path) -> int:
    return min(pid for pid, line in processes_of(home).items() if line == "carnet worker")


def sealed(living: Living) -> list[str]:
    told = living.python(_SEALED)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_a_worker_killed_in_a_batch_leaves_nothing_out(repository: Repository, tmp_path: Path) -> None:
    home = tmp_path / "home"
    card = json.loads((home / "demo" / "identities.json").read_text(encoding="utf-8"))["professionals"][0]
    killed: list[int] = []

    def kill(batch: int) -> None:
        # Recorded there and never answered: the batch must come again.
        if batch % 2 and len(killed) < KILLS:
            killed.append(worker_of(home))
            os.kill(killed[-1], signal.SIGKILL)

    repository.before = kill
    living = start_carnet(
        home,
        CARNET_AUDIT_REPOSITORY=repository.base,
        CARNET_AUDIT_CERTIFICATE=str(home / card["certificate"]),
        CARNET_AUDIT_KEY=str(home / card["key"]),
        CARNET_AUDIT_AUTHORITY=str(home / "demo" / "pki" / "ca.pem"),
    )
    try:
        first = sealed(living)
        assert len(first) > 100, "the demonstration's own traces are enough for several batches"
        wait_for(lambda: len(killed) == KILLS and set(first) <= set(repository.kept), 120)
        ever = sealed(living)
        arrived = list(dict.fromkeys(repository.kept))
        print(f"{len(first)} sealed, {len(repository.kept)} arrived, {len(arrived)} distinct, {KILLS} kills")
        assert len(repository.kept) > len(arrived), "what was not answered for came again"
        assert arrived == ever[: len(arrived)], "in the order of the seals, none left out"
    finally:
        stop_carnet(living)
