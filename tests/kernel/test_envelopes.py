"""What is sealed to an instance comes back there, and nowhere else, whole or not at all."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from carnet.kernel import envelopes, keys

CHUNK = 1024 * 1024


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "derived_key", lambda purpose: b"\7" * 32)


def sealed(path: Path, content: bytes, to: str = "") -> Path:
    with path.open("wb") as output:
        envelope = envelopes.Sealed(output, envelopes.recipient(to or envelopes.public_key()))
        for start in range(0, len(content), 300_000):
            envelope.write(content[start : start + 300_000])
        envelope.finish()
    return path


def opened(path: Path) -> bytes:
    with envelopes.Opened(path) as source:
        return source.read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 12_345])
def test_any_content_comes_back_and_shows_nothing(tmp_path: Path, size: int) -> None:
    content = b"secret " * (size // 7) + b"x" * (size % 7)
    path = sealed(tmp_path / "one", content)
    assert opened(path) == content
    assert b"secret" not in path.read_bytes()


def test_it_is_read_from_any_place(tmp_path: Path) -> None:
    content = os.urandom(CHUNK + 500_000)
    path = sealed(tmp_path / "one", content)
    with envelopes.Opened(path) as source, io.BufferedReader(source) as reader:
        for place, length in ((CHUNK - 10, 20), (0, 5), (CHUNK + 499_990, 100), (-3, 3)):
            reader.seek(place, io.SEEK_END if place < 0 else io.SEEK_SET)
            begin = place % len(content)
            assert reader.read(length) == content[begin : begin + length]


def test_an_archive_is_written_and_read_through_it(tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    with path.open("wb") as output:
        envelope = envelopes.Sealed(output, envelopes.recipient(envelopes.public_key()))
        with zipfile.ZipFile(envelope, "w") as archive:
            archive.writestr("a", b"a" * 2_000_000)
        envelope.finish()
    with envelopes.Opened(path) as source, zipfile.ZipFile(source) as archive:
        assert archive.read("a") == b"a" * 2_000_000


def _cut(data: bytes) -> bytes:
    return data[: -(CHUNK // 2)]


def _cut_at_a_chunk(data: bytes) -> bytes:
    return data[: len(envelopes.MAGIC) + 80 + CHUNK + 16]


def _swapped(data: bytes) -> bytes:
    head, one = len(envelopes.MAGIC) + 80, CHUNK + 16
    return data[:head] + data[head + one : head + 2 * one] + data[head : head + one] + data[head + 2 * one :]


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize("change", [_cut, _cut_at_a_chunk, _swapped, _flipped, lambda data: b"PK" + data])
def test_what_was_changed_does_not_open(tmp_path: Path, change: object) -> None:
    path = sealed(tmp_path / "one", os.urandom(2 * CHUNK + 5))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(envelopes.EnvelopeError):
        opened(path)


def test_it_opens_for_its_recipient_alone(tmp_path: Path) -> None:
    other = X25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    with pytest.raises(envelopes.EnvelopeError, match="another instance"):
        opened(sealed(tmp_path / "one", b"x", other))
    for wrong in ("", "zz", "00" * 31, "00" * 32):
        with pytest.raises(envelopes.EnvelopeError):
            envelopes.recipient(wrong)
