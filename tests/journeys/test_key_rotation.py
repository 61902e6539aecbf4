"""The master key is rotated beside a running Carnet, fed and read; killed in the middle; no file written again."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from carnet.kernel import master_key
from tests.attacks.intruder import Intruder
from tests.journeys.conftest import CLERK, Secluded
from tests.journeys.plain_records import BIG, DOMAIN, PERSON, PHYSICIAN, cx, document, read

# As many keys as a region has records: a rotation long enough to be killed in the middle of.
MANY = 20_000
# Numbers that no record of this copy has: ids are drawn over 62 bits.
FIRST = 1_000_000


@pytest.fixture
def rows(secluded: Secluded) -> Iterator[psycopg.Connection]:
    """The database of the secluded copy, with many more wrapped keys in it."""
    password = (secluded.living.home / "secrets" / "database_password").read_text(encoding="ascii")
    with psycopg.connect(
        host=str(secluded.living.run), dbname="carnet", user="carnet", password=password, autocommit=True
    ) as connection:
        key = ring(secluded)[0]
        statement = "COPY kernel_record_key (record_id, master, wrapped) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for number in range(FIRST, FIRST + MANY):
                copy.write_row((number, key.name, key.wrap(number.to_bytes(32), number.to_bytes(8))))
        yield connection


def ring(secluded: Secluded) -> list[master_key.LocalKey]:
    """The keys in the file of this copy, the one that wraps first."""
    text = (secluded.living.home / "secrets" / "master_key").read_text(encoding="ascii")
    return [master_key.LocalKey(master_key.key_bytes(word)) for word in master_key.words(text)]


def wrapped_by(rows: psycopg.Connection, name: str) -> int:
    found = rows.execute("SELECT count(*) FROM kernel_record_key WHERE master = %s", (name,)).fetchone()
    assert found is not None
    return int(found[0])


def feed(secluded: Secluded, patient: str, folder: Path, conclusion: str) -> str:
    """Feed one document through the door; its uniqueId."""
    unique_id, data = document(patient.partition("^")[0], conclusion=conclusion)
    file = folder / f"{unique_id}.xml"
    file.write_bytes(data)
    secluded.done("feed", str(file), "--patient", patient, *PHYSICIAN, *DOMAIN)
    return unique_id


class Feeding(threading.Thread):
    """Somebody who creates records, feeds and reads them until told to stop; what failed is raised by `ended`."""

    def __init__(self, secluded: Secluded, folder: Path) -> None:
        super().__init__(daemon=True)
        self._secluded, self._folder = secluded, folder
        self._over = threading.Event()
        self.fed: list[tuple[str, str]] = []
        self._failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._over.is_set():
                patient = cx(f"TOURNE{len(self.fed)}")
                self._secluded.done("record", "create", patient, *PERSON, "--consent", "--as", CLERK, *DOMAIN)
                unique_id = feed(self._secluded, patient, self._folder, f"Document {len(self.fed)}.")
                assert isinstance(read(self._secluded, patient, unique_id, self._folder / "read"), bytes)
                self.fed.append((patient, unique_id))
        except BaseException as failure:
            self._failure = failure

    def ended(self) -> list[tuple[str, str]]:
        """What was fed, once it stopped."""
        self._over.set()
        self.join(60)
        if self._failure is not None:
            raise self._failure
        return self.fed


def test_the_master_key_is_rotated_beside_a_running_server(
    secluded: Secluded, rows: psycopg.Connection, tmp_path: Path
) -> None:
    home, (former,) = secluded.living.home, ring(secluded)
    kept = cx("GARDE")
    secluded.done("record", "create", kept, *PERSON, "--consent", "--as", CLERK, *DOMAIN)
    fed = feed(secluded, kept, tmp_path, BIG)
    before = read(secluded, kept, fed, tmp_path / "read")
    assert isinstance(before, bytes)
    files = {path: path.stat().st_mtime_ns for path in (home / "blobs").rglob("*") if path.is_file()}

    present_name = secluded.done("keys", "add").split()[0]
    feeding = Feeding(secluded, tmp_path)
    feeding.start()
    kill_in_the_middle(secluded, rows, present_name)
    assert f"{former.name} still wraps" in secluded.refused("keys", "retire", former.name)
    assert "keys wrapped again" in secluded.done("keys", "rotate")
    while not feeding.fed and feeding.is_alive():
        time.sleep(0.05)
    rotated = feeding.ended()

    assert wrapped_by(rows, former.name) == 0
    assert {path: path.stat().st_mtime_ns for path in files} == files, "no document was written again"
    secluded.done("keys", "retire", former.name)
    assert [key.name for key in ring(secluded)] == [present_name]
    rows.execute("DELETE FROM kernel_record_key WHERE record_id BETWEEN %s AND %s", (FIRST, FIRST + MANY))
    rows.close()

    # Nothing remembers the former key once every process has been started again.
    secluded.stop()
    secluded.start()
    assert read(secluded, kept, fed, tmp_path / "read") == before
    patient, unique_id = rotated[-1]
    assert isinstance(read(secluded, patient, unique_id, tmp_path / "read"), bytes)
    # What follows in this copy finds it as it was.
    secluded.record("erase", kept, "--now", "--yes", *DOMAIN)
    intruder = Intruder(secluded.living)
    client, answer = intruder.sign_in(intruder.person("camille.aubier"))
    client.close()
    assert answer.status_code == 302, "the seed of a second factor opens after the rotation"


def kill_in_the_middle(secluded: Secluded, rows: psycopg.Connection, present: str) -> None:
    """`carnet keys rotate`, killed once it has begun and before it has ended."""
    command = [sys.executable, "-m", "carnet.ops.command", "keys", "rotate"]
    process = subprocess.Popen(
        command, env=dict(secluded.living.environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while wrapped_by(rows, present) < MANY // 100 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    assert process.wait() < 0, "the rotation ended before it was killed"
