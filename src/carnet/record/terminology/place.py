"""Which state of the code lists holds now on this instance: today's, imported ones included.

Looked at once a second at most: a list that was imported, or whose day has come, holds within that second in every
process.
"""

from __future__ import annotations

import time
from pathlib import Path

from django.conf import settings

from carnet.kernel import clock
from carnet.record.terminology.lists import Place

_FRESH_SECONDS = 1.0


class _Seen:
    """What this process last saw, and when."""

    def __init__(self) -> None:
        self.at = -_FRESH_SECONDS
        self.place: Place | None = None


_seen = _Seen()


def folder() -> Path:
    """Where imported lists are: a folder for each list, a file for each date."""
    home: Path = settings.CARNET_HOME
    return home / "codes"


def present() -> Place:
    """The state of the lists that holds now."""
    at = time.monotonic()
    if _seen.place is None or at - _seen.at >= _FRESH_SECONDS:
        imported = folder()
        # Files are added by renaming, which changes the time of the folder that holds them.
        stamp = sum(each.stat().st_mtime_ns for each in imported.iterdir()) if imported.is_dir() else 0
        _seen.place = Place(clock.now().date(), imported, stamp)
        _seen.at = at
    return _seen.place


def forget() -> None:
    """Look again at the next question."""
    _seen.place = None
