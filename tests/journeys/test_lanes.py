"""Two lanes: slow or heavy clients wait for themselves and for nobody else."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import pytest

from carnet.client import xds
from carnet.client.identity import tls_context
from carnet.ops.sender import choose
from carnet.wire.xds.iti18_stored_query import GetDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from tests.conftest import Living
from tests.journeys.feeders import connect, create_records, physician, submission
from tests.journeys.test_crashes import below, command_line

MIB = 1024 * 1024
SLOW = 200
# A worker that waits for a slow client makes others wait for seconds; noise on a busy machine is far below.
WORST_RATIO = 3.0
WORST_EXTRA_MS = 150.0


@pytest.fixture(scope="module")
def record(living: Living) -> str:
    return create_records(living, 1)[0]


def context_of(living: Living) -> ssl.SSLContext:
    known = living.identities
    identity = choose(known, physician(living)["login"], structure="", home=living.home)
    return tls_context(identity, living.home / known["authority"])


def open_socket(living: Living, context: ssl.SSLContext) -> ssl.SSLSocket:
    raw = socket.create_connection(("127.0.0.1", int(living.environment["CARNET_TLS_PORT"])))
    return context.wrap_socket(raw, server_hostname="localhost")


class SlowClients:
    """Half send a body a few bytes at a time, half read an answer a few bytes at a time; one thread drives them."""

    def __init__(self, living: Living, binary: str) -> None:
        context = context_of(living)
        self._sockets: list[ssl.SSLSocket] = []
        self._stopping = threading.Event()
        for number in range(SLOW):
            connection = open_socket(living, context)
            if number % 2:
                head = f"GET /d/ihe/fhir/Binary/{binary} HTTP/1.1\r\nHost: localhost\r\n\r\n"
            else:
                size = 900_000 if number % 4 else 5_000_000
                head = (
                    "POST /d/ihe/xds/repository HTTP/1.1\r\nHost: localhost\r\n"
                    'Content-Type: multipart/related; type="application/xop+xml"; boundary=slow; '
                    'action="urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"\r\n'
                    f"Content-Length: {size}\r\n\r\n--slow\r\n"
                )
            connection.sendall(head.encode("ascii"))
            connection.setblocking(False)
            self._sockets.append(connection)
        self._thread = threading.Thread(target=self._drip)
        self._thread.start()

    def _drip(self) -> None:
        while not self._stopping.wait(0.5):
            for number, connection in enumerate(self._sockets):
                try:
                    connection.recv(512) if number % 2 else connection.send(b"x")
                except (ssl.SSLError, OSError):
                    continue

    def end(self) -> None:
        self._stopping.set()
        self._thread.join()
        for connection in self._sockets:
            connection.close()


@contextmanager
def slow_clients(living: Living, binary: str) -> Iterator[None]:
    clients = SlowClients(living, binary)
    try:
        time.sleep(1)
        yield
    finally:
        clients.end()


def p95_of_lists(living: Living, patient_id: str, count: int = 150) -> float:
    """Milliseconds within which 95 % of the searches of a record answer, one after the other on one connection."""
    identifier = patient_id.split("^")[0]
    request = (
        f"GET /d/ihe/fhir/DocumentReference?patient.identifier=urn:oid:1.3.6.1.4.1.21367.13.20.1000%7C{identifier}"
        "&status=current HTTP/1.1\r\nHost: localhost\r\n\r\n"
    ).encode("ascii")
    took = []
    with open_socket(living, context_of(living)) as connection:
        for _ in range(count):
            began = time.perf_counter()
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), answer[:500]
            length = int(
                next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")).split(b":")[1]
            )
            while len(body) < length:
                body += connection.recv(65536)
            took.append((time.perf_counter() - began) * 1000)
    return quantiles(took, n=20)[-1]


def feed(living: Living, patient_id: str, path: Path, unique_id: str) -> None:
    with connect(living, physician(living)) as connection:
        xds.provide(connection, submission(physician(living), patient_id, unique_id), {"document": path})


def entry_of(living: Living, patient_id: str, unique_id: str) -> str:
    with connect(living, physician(living)) as connection:
        (entry,) = xds.query(connection, GetDocuments(unique_ids=(unique_id,)), patient=patient_id).objects.entries
    return entry.entry_uuid.removeprefix("urn:uuid:")


def test_200_slow_clients_leave_the_quick_lane_alone(living: Living, record: str, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(8 * MIB))
    feed(living, record, path, "2.25.4200")
    binary = entry_of(living, record, "2.25.4200")
    p95_of_lists(living, record, 20)
    alone = p95_of_lists(living, record)
    with slow_clients(living, binary):
        among = p95_of_lists(living, record)
    print(f"quick lane p95: {alone:.1f} ms alone, {among:.1f} ms among {SLOW} slow clients")
    assert among < alone * WORST_RATIO + WORST_EXTRA_MS


def peak_memory(living: Living, word: str) -> int:
    """The sum of the peak resident sizes (bytes) of the processes whose command line holds `word`, and theirs below."""
    total = 0
    roots = [pid for pid in below(living.process.pid) if word in command_line(pid)]
    for pid in {below_pid for root in roots for below_pid in (root, *below(root))}:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        total += int(status.partition("VmHWM:")[2].split()[0]) * 1024
    return total


def write_pattern(path: Path, mebibytes: int) -> str:
    """A file of `mebibytes` MiB, no two of them alike; its SHA-256."""
    digest = hashlib.sha256()
    block = bytes(range(256)) * 4096
    with path.open("wb") as file:
        for number in range(mebibytes):
            piece = number.to_bytes(8) + block[8:]
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def through(living: Living, record: str, path: Path, unique_id: str, back: Path) -> str:
    """Feed a file, read it back into another; the SHA-256 of what came back."""
    feed(living, record, path, unique_id)
    with connect(living, physician(living)) as connection:
        (entry,) = xds.query(connection, GetDocuments(unique_ids=(unique_id,)), patient=record).objects.entries
        request = DocumentRequest(entry.repository_unique_id, unique_id)
        xds.retrieve(connection, request, patient=record, path=back)
    with back.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_100_megabytes_in_and_out_in_bounded_memory(living: Living, record: str, tmp_path: Path) -> None:
    path, back = tmp_path / "sent", tmp_path / "back"
    # Every process has loaded its code and grown its buffers before the measure begins.
    for number in range(4):
        write_pattern(path, 2)
        through(living, record, path, f"2.25.421{number}", back)
    words = ("carnet quick", "carnet bulk", "caddy")
    before = {word: peak_memory(living, word) for word in words}
    sent = write_pattern(path, 99)
    assert through(living, record, path, "2.25.4201", back) == sent
    grown = {word: (peak_memory(living, word) - before[word]) / MIB for word in words}
    print(
        "99 MiB in and out; peak memory grew by " + ", ".join(f"{word}: {size:.0f} MiB" for word, size in grown.items())
    )
    assert all(size < 40 for size in grown.values()), grown
