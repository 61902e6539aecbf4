"""Bytes come back as they went in, or not at all."""

from __future__ import annotations

import hashlib
import os
import time
import tracemalloc
from pathlib import Path

import pytest

from carnet.kernel import blobs

MIB = 1024 * 1024


@pytest.fixture
def folder(tmp_path: Path, settings: object) -> Path:
    settings.CARNET_BLOBS = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, blobs.INLINE_LIMIT])
def test_small_bytes_stay_in_memory(folder: Path, size: int) -> None:
    data = os.urandom(size)
    received = blobs.from_bytes(data)
    assert received.inline == data
    assert received.sha1 == hashlib.sha1(data).hexdigest()  # noqa: S324 (XDS attribute)
    assert received.sha256 == hashlib.sha256(data).hexdigest()
    assert files(folder) == []


@pytest.mark.parametrize("size", [blobs.INLINE_LIMIT + 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 17])
def test_large_bytes_are_encrypted_on_disk_and_come_back(folder: Path, size: int) -> None:
    data = os.urandom(size)
    received = blobs.receive(data[start : start + 70_001] for start in range(0, size, 70_001))
    assert received.inline is None
    assert received.size == size
    assert received.sha256 == hashlib.sha256(data).hexdigest()
    (path,) = files(folder)
    assert path.stat().st_mode & 0o777 == 0o600
    assert data[:64] not in path.read_bytes()
    assert b"".join(blobs.read(received.name, received.key, received.size)) == data


def damage_flip(content: bytes) -> bytes:
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


def damage_cut(content: bytes) -> bytes:
    return content[: MIB + 16]


def damage_swap(content: bytes) -> bytes:
    block = MIB + 16
    return content[block : 2 * block] + content[:block] + content[2 * block :]


@pytest.mark.parametrize("damage", [damage_flip, damage_cut, damage_swap])
def test_changed_files_give_no_bytes(folder: Path, damage: object) -> None:
    received = blobs.from_bytes(os.urandom(3 * MIB))
    (path,) = files(folder)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(blobs.BlobDamagedError):
        list(blobs.read(received.name, received.key, received.size))


def test_a_missing_file_says_so(folder: Path) -> None:
    with pytest.raises(blobs.BlobDamagedError):
        list(blobs.read("ab" * 16, b"k" * 32, 10))


def test_an_interrupted_arrival_leaves_nothing(folder: Path) -> None:
    def chunks() -> object:
        yield os.urandom(MIB)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.receive(chunks())  # type: ignore[arg-type]
    assert files(folder) == []


def test_discarded_bytes_leave_nothing(folder: Path) -> None:
    blobs.from_bytes(os.urandom(MIB)).discard()
    assert files(folder) == []


def test_memory_stays_bounded(folder: Path) -> None:
    chunk = os.urandom(64 * 1024)
    tracemalloc.start()
    blobs.receive(chunk for _ in range(1024))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB, f"64 MiB took {peak / MIB:.1f} MiB of memory"


def test_the_sweeper_keeps_what_is_named_and_what_is_recent(folder: Path) -> None:
    named, forgotten, recent = (blobs.from_bytes(os.urandom(MIB)) for _ in range(3))
    long_ago = time.time() - 2 * 24 * 3600
    for path in files(folder):
        if path.name != recent.name:
            os.utime(path, (long_ago, long_ago))
    removed = blobs.sweep(lambda names: {name for name in names if name == named.name})
    assert removed == 1
    assert {path.name for path in files(folder)} == {named.name, recent.name}
    assert forgotten.name not in {path.name for path in files(folder)}
