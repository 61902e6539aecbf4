"""What stands outside the database: ledgers that are appended, key backups in which one key is destroyed."""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnet.kernel import key_backups, ledger, master_key, rotation

MADE = datetime(2026, 11, 22, 3, tzinfo=UTC)
MASTER = "0123456789abcdef"
RECORDS = st.sets(st.integers(1, (1 << 62) - 1), max_size=40)


@pytest.fixture(autouse=True)
def apart(settings, tmp_path: Path) -> None:
    """A home of one test."""
    settings.CARNET_HOME = tmp_path
    settings.CARNET_KEY_BACKUPS = tmp_path / "keys"


def key(record_id: int) -> bytes:
    return record_id.to_bytes(8) * 7 + b"\0\0\0\0"


def write(name: str, records: set[int]) -> Path:
    return key_backups.write(name, MADE, ((one, MASTER, key(one)) for one in sorted(records)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, RECORDS)
def test_only_the_keys_that_were_named_are_destroyed(records: set[int], gone: set[int]) -> None:
    path = write("a", records)
    size = path.stat().st_size
    found = key_backups.destroy(gone)
    assert bool(found) == bool(records & gone)
    assert list(key_backups.read(path)) == [(one, MASTER, None if one in gone else key(one)) for one in sorted(records)]
    assert path.stat().st_size == size
    key_backups.destroy(gone)
    assert {one for one, _, wrapped in key_backups.read(path) if wrapped is None} == records & gone, "twice is once"


def test_a_key_is_destroyed_in_every_backup_and_its_bytes_are_gone() -> None:
    first, second = write("a", {1, 2}), write("b", {2, 3})
    bytes_of_two = b64encode(key(2))
    assert bytes_of_two in first.read_bytes()
    assert [one.name for one in key_backups.destroy([2])] == ["a", "b"]
    assert [one.name for one in key_backups.known()] == ["a", "b"]
    for path in (first, second):
        assert path.stat().st_mode & 0o077 == 0
        assert bytes_of_two not in path.read_bytes()


def test_a_cut_file_of_keys_is_refused() -> None:
    path = write("a", {1, 2})
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(key_backups.KeysDamagedError, match="cut"):
        list(key_backups.read(path))
    with pytest.raises(key_backups.KeysDamagedError, match="cut"):
        key_backups.destroy([1])


def test_a_ledger_is_read_as_it_was_written() -> None:
    assert list(ledger.lines("erasures")) == []
    ledger.begin("erasures")
    for number in range(3):
        ledger.append("erasures", {"record": number})
    ledger.begin("erasures")
    assert [line["record"] for line in ledger.lines("erasures")] == [0, 1, 2]
    assert ledger.path("erasures").stat().st_mode & 0o077 == 0


def test_a_line_that_a_failure_cut_is_nobodys_and_a_changed_one_is_refused() -> None:
    ledger.append("erasures", {"record": 1})
    path = ledger.path("erasures")
    with path.open("ab") as file:
        file.write(b'{"reco')
    ledger.append("erasures", {"record": 2})
    assert [line["record"] for line in ledger.lines("erasures")] == [1, 2]
    path.write_bytes(path.read_bytes().replace(b'"record":1', b'"record":x'))
    with pytest.raises(ledger.LedgerDamagedError, match="line 1"):
        list(ledger.lines("erasures"))


def ring(settings, *words: str) -> list[str]:
    """Put keys in force; their names."""
    settings.CARNET_MASTER_KEY_FILE, settings.CARNET_MASTER_KEY = None, words
    return [one.name for one in master_key.ring()]


def test_a_rotation_reaches_the_backups_and_brings_no_destroyed_key_back(settings) -> None:
    former, present = (b64encode(bytes(range(start, start + 32))).decode() for start in (1, 2))
    (name,) = ring(settings, former)
    wrapped = {one: master_key.wrap(one.to_bytes(32), one.to_bytes(8))[1] for one in (1, 2, 3)}
    paths = [key_backups.write(backup, MADE, ((one, name, wrapped[one]) for one in (1, 2, 3))) for backup in "ab"]
    key_backups.destroy([2])
    now, _ = ring(settings, present, former)
    assert [step.wrapped for step in rotation.rewrap_backups()] == [2, 2]
    assert list(rotation.rewrap_backups()) == []
    ring(settings, present)
    for path in paths:
        assert path.stat().st_mode & 0o077 == 0
        assert key_backups.masters(path) == {now: 2}
        found = {one: again for one, _, again in key_backups.read(path)}
        assert found.pop(2) is None
        assert {one: master_key.unwrap(again, one.to_bytes(8)) for one, again in found.items() if again} == {
            one: one.to_bytes(32) for one in (1, 3)
        }


def test_an_erasure_that_waited_for_a_rotation_destroys_in_the_file_that_took_the_place(settings) -> None:
    path = write("a", {1, 2})
    begun, asked = threading.Event(), threading.Event()

    def change(record_id: int, master: str, wrapped: bytes) -> tuple[str, bytes]:
        begun.set()
        assert asked.wait(10)
        # The erasure is at the lock by then, or comes after the rename: both find the file of that name.
        time.sleep(0.05)
        return "f" * 16, wrapped

    rewrapping = threading.Thread(target=key_backups.rewrap, args=(path, change))
    rewrapping.start()
    assert begun.wait(10)
    asked.set()
    key_backups.destroy([1])
    rewrapping.join(10)
    assert list(key_backups.read(path)) == [(1, "f" * 16, None), (2, "f" * 16, key(2))]
