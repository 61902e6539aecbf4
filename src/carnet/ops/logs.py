"""Files that processes write their messages to, kept at a bounded size while they write on."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

LOG_BYTES = 10 * 1024 * 1024


def rotate(log: Path, limit: int = LOG_BYTES) -> bool:
    """Moves what a file of more than `limit` bytes holds to `.log.1`, in place of what was there; whether it did.

    The file itself stays, since its writer has it open: it is emptied, and whoever appends goes on at its beginning. A
    line that is written in between is lost. A disk that is full, or a file that is not there, is no accident.
    """
    with suppress(OSError):
        if log.stat().st_size > limit:
            draft = log.with_suffix(".log.part")
            shutil.copyfile(log, draft)
            draft.chmod(0o600)
            os.truncate(log, 0)
            draft.replace(log.with_suffix(".log.1"))
            return True
    return False
