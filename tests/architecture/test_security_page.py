"""The page on security maps each concept to the file that holds it and the test that guards it: both exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.test_asvs import _names

PAGE = "docs/security.md"
_ROW = re.compile(r"^\| ([^|`]+?) \| `([^`|]+)` \| `([^`|]+)` \|$", re.MULTILINE)
LEAST = 30


def guarded(page: str) -> list[tuple[str, str, str]]:
    """Concept, file and test of each row of the list."""
    return _ROW.findall(page.partition("## What guards what")[2])


def lost(page: str, root: Path) -> list[str]:
    """Files and tests that the list names and that are not there."""
    found = []
    for concept, *places in guarded(page):
        for place in places:
            path, _, name = place.partition("::")
            if not (root / path).is_file():
                found.append(f"{concept}: {path} does not exist")
            elif name and name not in _names(root / path):
                found.append(f"{concept}: {path} has no {name}")
    return found


def test_every_guard_and_test_of_the_page_exists(house) -> None:
    page = (house.root / PAGE).read_text(encoding="utf-8")
    rows = guarded(page)
    assert len(rows) >= LEAST
    assert len({concept for concept, _, _ in rows}) == len(rows), "a concept has one row"
    assert not (found := lost(page, house.root)), f"{PAGE}:\n" + "\n".join(found)


def test_a_guard_that_went_away_is_reported(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("def f(): ...\n")
    page = "## What guards what\n\n| a | `src/a.py` | `src/a.py::g` |\n| b | `src/b.py` | `src/a.py::f` |\n"
    assert lost(page, tmp_path) == ["a: src/a.py has no g", "b: src/b.py does not exist"]
