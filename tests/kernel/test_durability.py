"""What is acknowledged is on stable storage: the file, its folder, and the database's log (B6)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from carnet.kernel import database
from tests.capabilities.world import World

PUTS = 5


def trace_of(folder: Path) -> list[str]:
    """The system calls of `PUTS` puts, one a line, descriptors shown with their paths."""
    log = folder / "trace"
    command = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,link,linkat,stat,newfstatat,mkdir", "-o", str(log)]
    script = Path(__file__).with_name("durable_put.py")
    answer = subprocess.run(
        [*command, sys.executable, str(script), str(folder / "blobs"), str(PUTS)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "PTRACE" in answer.stderr or "Operation not permitted" in answer.stderr:
        pytest.skip("strace may not trace processes here")
    assert answer.returncode == 0, answer.stderr
    return log.read_text(encoding="utf-8").splitlines()


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed (Debian: apt install strace)")
def test_each_put_syncs_its_file_then_names_it_then_syncs_the_folder(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    lines = trace_of(tmp_path)
    begins = [number for number, line in enumerate(lines) if "/put-begins" in line]
    ends = [number for number, line in enumerate(lines) if "/put-acknowledged" in line]
    assert len(begins) == len(ends) == PUTS
    for begin, end in zip(begins, ends, strict=True):
        steps = []
        for line in lines[begin:end]:
            if match := re.search(r"fsync\(\d+<(.*?)>\) += 0", line):
                name = Path(match.group(1)).name
                steps.append("file" if name.startswith(".incoming-") else "root" if name == "blobs" else "folder")
            elif re.search(r"link(at)?\(.*\) += 0", line):
                steps.append("link")
        # A folder that is made for the first time is made durable in its parent too.
        assert [step for step in steps if step != "root"] == ["file", "link", "folder"], steps


def test_each_acknowledged_submission_waits_for_the_log(transactional_db: None) -> None:
    version = int((database.row("SHOW server_version_num") or ("0",))[0])
    if version >= 180_000:
        pytest.skip("pg_stat_wal counts no syncs from PostgreSQL 18 on")
    assert database.row("SHOW fsync") == ("on",)
    assert database.row("SHOW synchronous_commit") == ("on",)

    def syncs() -> int:
        database.row("SELECT pg_stat_force_next_flush()")
        return int((database.row("SELECT wal_sync FROM pg_stat_wal") or (0,))[0])

    world = World()
    before = syncs()
    for _ in range(PUTS):
        world.fed()
    assert syncs() - before >= PUTS
