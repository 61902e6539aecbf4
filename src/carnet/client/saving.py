"""A document received into a file: streamed, measured, in place only when whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Saved:
    """Where the bytes are, how many, and their SHA-1 in hexadecimal, to compare with the metadata."""

    path: Path
    size: int
    sha1: str
    mime_type: str


def save(chunks: Iterable[bytes], path: Path, *, mime_type: str) -> Saved:
    """Write `chunks` under a temporary name beside `path`, then rename: a cut connection leaves no half document."""
    partial = path.with_name(f".{path.name}.partial")
    # SHA-1 is the XDS attribute `hash`; identity of bytes, not security.
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    try:
        with partial.open("wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Saved(path, size, digest.hexdigest(), mime_type)


def pieces(path: Path) -> Iterable[bytes]:
    """The bytes of a file, a chunk at a time."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
