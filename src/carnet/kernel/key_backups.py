"""Backups of the records' wrapped keys, apart from the backups of the data, so that one key can be destroyed in them.

One file a backup, `<YYYYMMDDTHHMMSSZ>-<name>.keys`, lines of one width sorted by record number:

    record number (19 digits) ␠ master key's name (16) ␠ wrapped key in base64 (80) ⏎

A destroyed key is overwritten in place by dashes, and no rotation brings it back: the line says that there was a key
and that it is gone. On media that write elsewhere what is overwritten, the former bytes may last until they are
recycled; they are wrapped by the master key.
"""

from __future__ import annotations

import base64
import fcntl
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

_TIME = "%Y%m%dT%H%M%SZ"
_KEY = 80
_LINE = 19 + 1 + 16 + 1 + _KEY + 1
_DESTROYED = b"-" * _KEY


class KeysDamagedError(Exception):
    """A file of keys is not what this module writes."""


@dataclass(frozen=True, slots=True, order=True)
class KeyBackup:
    """One file of keys: when its backup was made, its name, where it is."""

    made_at: datetime
    name: str
    path: Path


def folder() -> Path:
    """Where the files are (`CARNET_KEY_BACKUPS`)."""
    place: Path = settings.CARNET_KEY_BACKUPS
    return place


def known() -> list[KeyBackup]:
    """The files there are, oldest first."""
    found = []
    for path in folder().glob("*.keys"):
        made, _, name = path.stem.partition("-")
        try:
            found.append(KeyBackup(datetime.strptime(made, _TIME).replace(tzinfo=UTC), name, path))
        except ValueError:
            continue
    return sorted(found)


def write(name: str, made_at: datetime, keys: Iterable[tuple[int, str, bytes]]) -> Path:
    """Write the keys of one backup, sorted by record; whole and durable on return, or absent."""
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / f"{made_at.strftime(_TIME)}-{name}.keys"
    draft = path.with_suffix(".part")
    _write(draft, keys)
    draft.rename(path)
    _sync(place)
    return path


def masters(path: Path) -> Counter[str]:
    """How many keys of a file each master key wraps, by its name; destroyed ones are nobody's."""
    return Counter(master for _, master, wrapped in read(path) if wrapped is not None)


def rewrap(path: Path, change: Callable[[int, str, bytes], tuple[str, bytes]]) -> None:
    """Write a file again, each key (record, master's name, wrapped) as `change` makes it; whole or as it was.

    Erasures wait meanwhile; what they destroyed stays destroyed.
    """
    handle = _locked(path)
    try:
        draft = path.with_suffix(".part")
        _write(
            draft,
            (
                (record_id, master, None) if wrapped is None else (record_id, *change(record_id, master, wrapped))
                for record_id, master, wrapped in read(path)
            ),
        )
        draft.rename(path)
        _sync(path.parent)
    finally:
        os.close(handle)


def _write(draft: Path, keys: Iterable[tuple[int, str, bytes | None]]) -> None:
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        for record_id, master, wrapped in keys:
            text = _DESTROYED if wrapped is None else base64.b64encode(wrapped)
            if len(text) != _KEY or len(master) != 16:
                raise KeysDamagedError("a wrapped key of this database is not 60 bytes long")
            file.write(b"%019d %b %b\n" % (record_id, master.encode(), text))
        file.flush()
        os.fsync(file.fileno())


def _locked(path: Path) -> int:
    """A handle on the file that bears this name once nobody else writes it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Whoever held it may have put another file in its place.
        if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
            return handle
        os.close(handle)


def read(path: Path) -> Iterator[tuple[int, str, bytes | None]]:
    """Record, master key's name and wrapped key of each line; None for a key that was destroyed."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size % _LINE:
            raise KeysDamagedError(f"{path} is cut")
        while line := file.read(_LINE):
            try:
                text = line[37:-1]
                wrapped = None if text == _DESTROYED else base64.b64decode(text, validate=True)
                yield int(line[:19]), line[20:36].decode("ascii"), wrapped
            except ValueError as error:
                raise KeysDamagedError(f"{path} cannot be read") from error


def destroy(record_ids: Iterable[int]) -> list[KeyBackup]:
    """Overwrite the keys of these records in every file; the files where there was a line for one of them."""
    wanted = sorted(record_ids)
    return [backup for backup in known() if _destroy_in(backup.path, wanted)]


def _destroy_in(path: Path, record_ids: list[int]) -> bool:
    handle = _locked(path)
    try:
        count, rest = divmod(os.fstat(handle).st_size, _LINE)
        if rest:
            raise KeysDamagedError(f"{path} is cut")
        places = [place for place in (_place(handle, count, one) for one in record_ids) if place is not None]
        for place in places:
            os.pwrite(handle, _DESTROYED, place * _LINE + 37)
        if places:
            os.fsync(handle)
        return bool(places)
    finally:
        os.close(handle)


def _place(handle: int, count: int, record_id: int) -> int | None:
    """The number of a record's line, by bisection."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if int(os.pread(handle, 19, middle * _LINE)) < record_id:
            low = middle + 1
        else:
            high = middle
    return low if low < count and int(os.pread(handle, 19, low * _LINE)) == record_id else None


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
