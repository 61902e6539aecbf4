"""Bytes too large for a row: durable, encrypted, written once, before the transaction that names them.

A file is 1 MiB chunks of AES-256-GCM under a random key of its own; the nonce is the chunk's number
(11 bytes) and a last-chunk flag (1 byte), so chunks can be neither reordered, dropped nor cut
(the STREAM construction). The key is kept in the row, sealed by the record's key: bytes can be
received before the record is known, and destroying the record's key still destroys them.

Durability: an exclusive temporary file, fsync, link to its name, fsync of the folder. A file that no
row names is removed by the sweeper.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from carnet.kernel import antivirus

INLINE_LIMIT = 64 * 1024
_CHUNK = 1024 * 1024
_TAG = 16
_TEMPORARY = ".incoming-"


class BlobDamagedError(Exception):
    """A file is missing, cut or changed: its bytes are not given out."""


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes that arrived: in memory up to 64 KiB (`inline`), else in an encrypted file (`name`, `key`).

    `sha1` and `sha256` are lower-case hexadecimal, `size` is in bytes, `verdict` is the antivirus's if there is one.
    """

    size: int
    sha1: str
    sha256: str
    inline: bytes | None = None
    name: str = ""
    key: bytes = b""
    verdict: antivirus.Verdict = antivirus.HARMLESS

    def pieces(self) -> Iterator[bytes]:
        """The bytes, again."""
        return iter((self.inline,)) if self.inline is not None else read(self.name, self.key, self.size)

    def discard(self) -> None:
        """Forget the bytes: nothing will name them."""
        if self.name:
            _path(self.name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    blobs: Path = settings.CARNET_BLOBS
    return blobs / name[:2] / name


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + (b"\x01" if last else b"\x00")


def from_bytes(data: bytes, *, shown: bool = True) -> Received:
    """Receive bytes that are already in memory."""
    return receive((data,), shown=shown)


def receive(chunks: Iterable[bytes], *, shown: bool = True) -> Received:
    """Take bytes in, whatever their size, in bounded memory; larger ones are on stable storage on return.

    They are shown to the antivirus, but for `shown=False`: they were looked at, or will be in the document that they
    go into. Whoever keeps them asks for its `verdict`.
    """
    received = _received(chunks)
    if not shown:
        return received
    try:
        return replace(received, verdict=antivirus.verdict_on(received.pieces()))
    except BaseException:
        received.discard()
        raise


def _received(chunks: Iterable[bytes]) -> Received:
    sha1 = hashlib.sha1(usedforsecurity=False)
    sha256 = hashlib.sha256()
    buffer = bytearray()
    size = 0
    writer: _Writer | None = None
    try:
        for chunk in chunks:
            sha1.update(chunk)
            sha256.update(chunk)
            size += len(chunk)
            buffer += chunk
            if writer is None and len(buffer) > INLINE_LIMIT:
                writer = _Writer()
            if writer is not None:
                # One chunk is always kept back: only the end tells which one is the last.
                while len(buffer) > _CHUNK:
                    writer.write(bytes(buffer[:_CHUNK]), last=False)
                    del buffer[:_CHUNK]
        if writer is None:
            return Received(size, sha1.hexdigest(), sha256.hexdigest(), inline=bytes(buffer))
        writer.write(bytes(buffer), last=True)
        writer.keep()
        return Received(size, sha1.hexdigest(), sha256.hexdigest(), name=writer.name, key=writer.key)
    except BaseException:
        if writer is not None:
            writer.abandon()
        raise


class _Writer:
    """One encrypted file on its way to stable storage."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(16)
        self.key = secrets.token_bytes(32)
        self._cipher = AESGCM(self.key)
        self._number = 0
        self._path = _path(self.name)
        _make_folder(self._path.parent)
        self._temporary = self._path.with_name(_TEMPORARY + self.name)
        self._file = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, plain: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), plain, None)
        self._number += 1
        view = memoryview(sealed)
        while view:
            view = view[os.write(self._file, view) :]

    def keep(self) -> None:
        os.fsync(self._file)
        os.close(self._file)
        self._file = -1
        os.link(self._temporary, self._path)
        os.unlink(self._temporary)
        _sync_folder(self._path.parent)

    def abandon(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._temporary.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        # Each folder that is made is made durable in the one above it.
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(names: Iterable[str]) -> None:
    """Remove files that no row names any more; those that are gone already stay so."""
    for name in names:
        _path(name).unlink(missing_ok=True)


def read(name: str, key: bytes, size: int) -> Iterator[bytes]:
    """The plain bytes of a file, chunk by chunk; `size` is what its row says it holds."""
    cipher = AESGCM(key)
    path = _path(name)
    if not path.is_file():
        raise BlobDamagedError("a file that a row names is missing")
    with path.open("rb") as source:
        number = 0
        left = size
        while True:
            last = left <= _CHUNK
            sealed = source.read(min(left, _CHUNK) + _TAG)
            try:
                plain = cipher.decrypt(_nonce(number, last), sealed, None)
            except InvalidTag as error:
                raise BlobDamagedError("a file was cut or changed") from error
            yield plain
            left -= len(plain)
            number += 1
            if last:
                return


def sweep(is_named: Callable[[list[str]], set[str]], *, older_than: float = 24 * 3600.0) -> int:
    """Remove files that no row names and that are older than `older_than` seconds; returns how many."""
    limit = time.time() - older_than
    removed = 0
    for folder in sorted(settings.CARNET_BLOBS.glob("[0-9a-f][0-9a-f]")):
        old = [path for path in folder.iterdir() if path.stat().st_mtime < limit]
        named = is_named([path.name for path in old])
        for path in old:
            if path.name not in named:
                path.unlink(missing_ok=True)
                removed += 1
    return removed
