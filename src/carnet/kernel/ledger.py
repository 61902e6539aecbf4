"""Ledgers kept outside the database: what a restored backup must not undo.

One file of JSON lines each, under `$CARNET_HOME/ledger`, appended and never rewritten; a line is on stable storage
when `append` returns. No line carries data of a person: record numbers, keyed hashes, dates.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings


class LedgerDamagedError(Exception):
    """A line that is not the last one cannot be read: the file was changed or its disk failed."""


def path(name: str) -> Path:
    """The file of a ledger (`erasures`, `oppositions`, `domains`)."""
    home: Path = settings.CARNET_HOME
    return home / "ledger" / f"{name}.jsonl"


def append(name: str, line: dict[str, Any]) -> None:
    """Add one line; it is durable on return."""
    file = path(name)
    _make_folder(file.parent)
    text = json.dumps(line, separators=(",", ":"), sort_keys=True).encode() + b"\n"
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            # A line was cut by a failure: it stands alone, and is nobody's.
            text = b"\n" + text
        view = memoryview(text)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    _sync(file.parent)


def begin(name: str) -> None:
    """Make the file if it is missing: one that is there and empty says that nothing happened."""
    file = path(name)
    _make_folder(file.parent)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    _sync(file.parent)


def lines(name: str) -> Iterator[dict[str, Any]]:
    """Every line, oldest first; none when the file does not exist. A line cut by a failure is left out."""
    try:
        data = path(name).read_bytes()
    except FileNotFoundError:
        return
    for number, raw in enumerate(data.split(b"\n"), 1):
        if not raw:
            continue
        try:
            yield json.loads(raw)
        except ValueError as error:
            # What was cut has no end; whatever has one and cannot be read was changed.
            if raw.endswith(b"}"):
                raise LedgerDamagedError(f"line {number} of {path(name)} cannot be read") from error


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
