"""What was just read from the directory, kept for a moment.

Every request of a machine starts with the same two reads of a directory that changes a few times a day. A change is
seen at once by the process that made it and within `SECONDS` by the others.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

SECONDS = 1.0
_MOST = 4096

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """A reading function whose answers hold for `SECONDS`."""

    def __init__(self, read: Callable[[str], Value]) -> None:
        self._read = read
        self._kept: dict[str, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str) -> Value:
        """The kept answer, or a fresh one."""
        # A duration and not a date: no clock of the domain is asked.
        now = time.monotonic()
        kept = self._kept.get(name)
        if kept is not None and kept[0] > now:
            return kept[1]
        value = self._read(name)
        with self._lock:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[name] = now + SECONDS, value
        return value

    def forget(self) -> None:
        """Read again from now on."""
        with self._lock:
            self._kept.clear()
