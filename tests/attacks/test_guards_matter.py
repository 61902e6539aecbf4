"""A guard that is taken away makes its test fail: rows of docs/asvs.toml, drawn at random, in a copy of the tree.

`make test-long` draws ten; `CARNET_GUARDS=all` takes every one, `CARNET_GUARDS=6.8.3,9.1.2` those. The seed is printed:
`CARNET_GUARDS_SEED` draws the same again.
"""

from __future__ import annotations

import os
import random
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.asvs import ROOT, Row, rows, take_away

ASKED = os.environ.get("CARNET_GUARDS", "10")
SEED = os.environ.get("CARNET_GUARDS_SEED") or secrets.token_hex(4)


def drawn() -> list[Row]:
    """The rows of this run."""
    removable = [row for row in rows() if row.remove]
    if ASKED == "all":
        return removable
    if ASKED.isdecimal():
        # Not a secret: a draw that can be drawn again.
        return random.Random(SEED).sample(removable, int(ASKED))  # noqa: S311
    return [row for row in removable if row.id in ASKED.split(",")]


@pytest.mark.long
@pytest.mark.parametrize("row", drawn(), ids=lambda row: row.id)
def test_a_guard_that_is_taken_away_is_missed(row: Row, tmp_path: Path) -> None:
    take_away(row, tmp_path)
    said = run(row.test, tmp_path)
    print(f"seed {SEED}: {row.id} {row.guard}: {row.test}\n{said.stdout[-3000:]}")
    test = row.test.partition("::")[2]
    failed = re.findall(rf"^FAILED \S*{re.escape(test)}", said.stdout, re.MULTILINE)
    assert failed, f"{row.id}: {row.guard} is gone and {row.test} does not see it (seed {SEED})"


def run(test: str, place: Path) -> subprocess.CompletedProcess[str]:
    """One test in the copy of the tree, on the database of this run."""
    environment = os.environ | {"PYTHONPATH": f"{place / 'src'}:{place}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--reuse-db", "-p", "no:cacheprovider", test]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=600)


def test_the_copy_of_a_tree_whose_guard_stands_passes(tmp_path: Path) -> None:
    """The harness itself: with nothing taken away, the test that would fail passes."""
    (row,) = [row for row in rows() if row.id == "1.5.1"]
    file = ROOT / row.remove[0]
    take_away(row, tmp_path)
    (tmp_path / row.remove[0]).write_bytes(file.read_bytes())
    assert run(row.test, tmp_path).returncode == 0
