"""The worker's daily tasks do what they say and are scheduled."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.conf import settings

from carnet.kernel import blobs, database
from carnet.ops import housekeeping
from tests.capabilities.world import AUTHOR, World


def test_the_sweep_removes_forgotten_files_and_keeps_documents(transactional_db: None) -> None:
    world = World()
    kept = world.fed(content=bytes(200_000))
    forgotten = blobs.from_bytes(bytes(200_000))
    (named,) = database.row("SELECT file FROM documents_object WHERE record_id = %s", (world.record_id,)) or ("",)
    long_ago = time.time() - 2 * 24 * 3600
    files = [path for path in blob_files() if path.name in (named, forgotten.name)]
    assert len(files) == 2
    for path in files:
        os.utime(path, (long_ago, long_ago))
    housekeeping.sweep_files(timestamp=0)
    assert forgotten.name not in {path.name for path in blob_files()}
    assert world.read(AUTHOR, kept.unique_id) == bytes(200_000)


def blob_files() -> list[Path]:
    return [path for path in settings.CARNET_BLOBS.rglob("*") if path.is_file()]


def test_the_journal_has_its_months_ahead(transactional_db: None) -> None:
    housekeeping.journal_partitions(timestamp=0)
    assert database.row(
        "SELECT to_regclass('journal_entry_' || to_char(now() + interval '3 months', 'YYYYMM')) IS NOT NULL"
    ) == (True,)


def test_both_are_scheduled() -> None:
    scheduled = {task for task, _ in housekeeping.app.periodic_registry.periodic_tasks}
    assert {"journal_partitions", "sweep_files"} <= scheduled
