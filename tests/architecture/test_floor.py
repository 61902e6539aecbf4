"""The floor that the bench measures against stands still: a floor that moves measures nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

FLOOR = "src/carnet/ops/bench/floor"
DIGEST = "993a00e4574debc941af6035d13607a88344254e5abb0560fee78db3c0c6c676"


def digest(root: Path) -> str:
    """SHA-256 over the names and bytes of the floor's scripts."""
    found = hashlib.sha256()
    for script in sorted((root / FLOOR).glob("*.sql")):
        found.update(script.name.encode() + b"\0" + script.read_bytes() + b"\0")
    return found.hexdigest()


def test_the_floor_changes_only_by_a_decision(house) -> None:
    found = digest(house.root)
    assert found == DIGEST, (
        f"the floor changes only by an ADR (docs/adr/0009-the-floor-of-the-bench-is-fixed.md): write it, "
        f"measure both floors, then set DIGEST to {found}"
    )


def test_any_change_of_the_floor_is_seen(tmp_path: Path) -> None:
    floor = tmp_path / FLOOR
    floor.mkdir(parents=True)
    (floor / "list.sql").write_text("SELECT 1;", encoding="utf-8")
    before = digest(tmp_path)
    (floor / "list.sql").write_text("SELECT 1 ;", encoding="utf-8")
    changed = digest(tmp_path)
    (floor / "more.sql").write_text("", encoding="utf-8")
    assert len({before, changed, digest(tmp_path)}) == 3
