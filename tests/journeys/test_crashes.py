"""`kill -9` of every process, one after the other, under eight feeding clients (A1, B6).

What was acknowledged is there and readable, nothing is there half, and what was sent twice is there once.
CARNET_CRASHES sets how often each process is killed: 5 by default, 50 in `make test-long`.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

import pytest

from carnet.client import xds
from carnet.client.connection import Connection
from carnet.client.errors import Unreachable
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import DocumentEntry, Status
from tests.conftest import Living, start_carnet, stop_carnet
from tests.journeys.feeders import Feeders, connect, create_records, physician
from tests.processes.conftest import command_line

ROUNDS = int(os.environ.get("CARNET_CRASHES", "5"))
# httpx leaves its socket to the collector when the proxy dies in the middle of a TLS handshake.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)
# Words of the command line of each process, or what it calls itself, below the supervisor.
PROCESSES = {
    "proxy": "caddy",
    "quick lane": "carnet quick",
    "bulk lane": "carnet bulk",
    "worker": "carnet worker",
    "relay": "carnet relay",
    "sealer": "carnet.ops.command sealer",
    "stem": "carnet.ops.stem",
    "database": "postgres -D",
}


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def below(root: int) -> list[int]:
    """Every process below `root`, nearest first."""
    parents = {int(entry.name): parent(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    found, level = [], [root]
    while level:
        level = [pid for pid, above in parents.items() if above in level]
        found += level
    return found


def find_process(living: Living, word: str) -> int:
    """The process of the supervisor whose command line holds `word`, waited for while it starts again."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for pid in below(living.process.pid):
            if word in command_line(pid):
                return pid
        time.sleep(0.05)
    raise AssertionError(f"no process of {word} below the supervisor")


def everything(connection: Connection, patient_id: str) -> tuple[DocumentEntry, ...]:
    return xds.query(
        connection, FindDocuments(patient_id=patient_id, statuses=(Status.APPROVED, Status.DEPRECATED))
    ).objects.entries


def read_back(connection: Connection, document: DocumentRequest, patient: str, path: Path) -> bytes:
    """The bytes of a document, asked for again while what was killed last starts again."""
    deadline = time.monotonic() + 30
    while True:
        try:
            xds.retrieve(connection, document, patient=patient, path=path)
            return path.read_bytes()
        except Unreachable:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def verify(living: Living, feeders: Feeders, folder: Path) -> None:
    """Every acknowledged document is found once and reads back; whatever else is listed reads back too."""
    there: dict[str, list[DocumentEntry]] = {}
    person = physician(living)
    with connect(living, person) as connection:
        for patient_id in feeders.patients:
            for entry in everything(connection, patient_id):
                if entry.title == "Compte rendu fictif":
                    there.setdefault(entry.unique_id, []).append(entry)
        lost = feeders.acknowledged.keys() - there.keys()
        assert not lost, f"{len(lost)} acknowledged documents are gone"
        twice = [name for name, entries in there.items() if len(entries) != 1]
        assert not twice, f"{len(twice)} documents are there more than once"
        for unique_id, (entry,) in there.items():
            document = DocumentRequest(entry.repository_unique_id, unique_id)
            content = read_back(connection, document, entry.patient_id, folder / "read-back")
            assert hashlib.sha1(content, usedforsecurity=False).hexdigest() == entry.hash, "an entry without its bytes"
            if unique_id in feeders.acknowledged:
                assert hashlib.sha256(content).hexdigest() == feeders.acknowledged[unique_id][1]


@pytest.mark.parametrize("name", list(PROCESSES))
def test_a_killed_process_loses_nothing(crashing: Living, tmp_path: Path, name: str) -> None:
    records = create_records(crashing, name.upper().replace(" ", ""))
    with Feeders(crashing, tmp_path, records) as feeders:
        feeders.wait_for(8)
        for _ in range(ROUNDS):
            os.kill(find_process(crashing, PROCESSES[name]), signal.SIGKILL)
            feeders.wait_for(8)
    assert not feeders.refused, feeders.refused[0]
    print(f"{name}: {ROUNDS} kills, {len(feeders.acknowledged)} acknowledged, {feeders.retries} sent again")
    verify(crashing, feeders, tmp_path)


@pytest.fixture(scope="module")
def crashing(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A copy of its own: the other tests' copy is not shot at."""
    living = start_carnet(tmp_path_factory.mktemp("crashing") / "home")
    yield living
    stop_carnet(living)


def test_a_killed_supervisor_leaves_nothing_and_loses_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    living = start_carnet(home)
    ports = {name: living.environment[name] for name in ("CARNET_PORT", "CARNET_TLS_PORT")}
    with Feeders(living, tmp_path, create_records(living)) as feeders:
        for _ in range(ROUNDS):
            feeders.wait_for(8)
            children = below(living.process.pid)
            living.process.kill()
            living.process.wait()
            deadline = time.monotonic() + 5
            while any(command_line(pid) for pid in children) and time.monotonic() < deadline:
                time.sleep(0.05)
            left = [line for pid in children if (line := command_line(pid))]
            assert not left, f"still running after 5 s: {left}"
            living = start_carnet(home, **ports)
            feeders.living = living
        feeders.wait_for(8)
    try:
        assert not feeders.refused, feeders.refused[0]
        verify(living, feeders, tmp_path)
    finally:
        stop_carnet(living)
