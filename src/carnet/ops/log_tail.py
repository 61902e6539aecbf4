"""What was written to the logs and not yet read: a place in each file, which outlives the process that reads.

The files are emptied while they are written (`carnet.ops.logs`): what they held is in `.log.1` then, and is read first.
Where two of them went by unread, what the older one held is lost.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_STATE = "read.json"
# Read at once from one file; a line that is longer is cut there.
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes of the file that were read, and the inode of the `.log.1` beside it at that time (0: there was none)."""

    offset: int = 0
    former: int = 0


class Tail:
    """The logs of a folder. `read` goes on where `keep` left off; what was read and not kept is read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = _load(folder / _STATE)

    def read(self, log: Path) -> tuple[list[str], Place]:
        """Whole lines that came to a file, and the place after them."""
        place = self._kept.get(log.stem, Place())
        former = log.with_suffix(".log.1")
        if log.with_suffix(".log.part").exists():
            return [], place
        if place.former == _inode(former):
            data, offset = _piece(log, place.offset, ended=False)
            return _lines(data), Place(offset, place.former)
        # It was emptied since: what is left of what it held comes first.
        size = _size(former)
        data, offset = _piece(former, place.offset if place.offset <= size else 0, ended=True)
        return _lines(data), Place(0, _inode(former)) if offset >= size else Place(offset, place.former)

    def keep(self, log: Path, place: Place) -> bool:
        """Notes that what was read up to a place was taken care of; whether that was anything."""
        if self._kept.get(log.stem, Place()) == place:
            return False
        self._kept[log.stem] = place
        draft = self._folder / f"{_STATE}.part"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({name: [one.offset, one.former] for name, one in self._kept.items()}, file)
        draft.replace(self._folder / _STATE)
        return True

    def waiting(self) -> int:
        """Bytes that were written and not yet taken care of."""
        total = 0
        for log in logs(self._folder):
            place = self._kept.get(log.stem, Place())
            former = log.with_suffix(".log.1")
            moved = place.former != _inode(former)
            total += _size(log) + max(0, _size(former) - place.offset) if moved else max(0, _size(log) - place.offset)
        return total

    def looked(self) -> None:
        """Notes that everything was taken care of at this moment."""
        with suppress(OSError):
            os.utime(self._folder / _STATE)

    def looked_at(self) -> float:
        """When everything was last taken care of, in seconds since 1970; 0: never."""
        with suppress(OSError):
            return (self._folder / _STATE).stat().st_mtime
        return 0.0


def logs(folder: Path) -> list[Path]:
    """The files that processes write to."""
    return sorted(folder.glob("*.log"))


def _load(state: Path) -> dict[str, Place]:
    with suppress(OSError, ValueError, TypeError):
        kept = json.loads(state.read_bytes())
        return {name: Place(int(offset), int(former)) for name, (offset, former) in kept.items()}
    return {}


def _lines(data: bytes) -> list[str]:
    return [line.rstrip("\r") for line in data.decode("utf-8", "replace").split("\n") if line.strip()]


def _piece(file: Path, offset: int, *, ended: bool) -> tuple[bytes, int]:
    """Whole lines from a place on, and the place after them; `ended` when nobody writes to the file any more."""
    try:
        with file.open("rb") as opened:
            opened.seek(offset)
            data = opened.read(_PIECE)
    except OSError:
        return b"", offset
    if not ended or len(data) == _PIECE:
        whole = data.rfind(b"\n") + 1
        data = data[:whole] if whole or len(data) < _PIECE else data
    return data, offset + len(data)


def _inode(file: Path) -> int:
    with suppress(OSError):
        return file.stat().st_ino
    return 0


def _size(file: Path) -> int:
    with suppress(OSError):
        return file.stat().st_size
    return 0
