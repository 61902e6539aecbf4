"""The table of ASVS names what is there: guards, tests, and texts that a machine can take away."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.attacks.asvs import DATA, LEVELS, PAGE, Row, page, rows

_ID = re.compile(r"\d{1,2}\.\d{1,2}\.\d{1,2}")
# Requirements of each level that the standard has, by chapter (OWASP ASVS 5.0.0, appendix of its table of contents).
REQUIREMENTS = {1: 70, 2: 183}
LEAST_REMOVABLE = 120


def missing(row: Row, root: Path) -> list[str]:
    """What a row names and nobody has."""
    found = []
    for named in (row.guard, row.test):
        path, _, name = named.partition("::")
        if not path.startswith(("src/", "tests/", "docs/")):
            continue
        file = root / path
        if not file.exists():
            found.append(f"{row.id}: {path} does not exist")
        elif name and name not in _names(file):
            found.append(f"{row.id}: {path} has no {name}")
    if row.remove:
        file = root / row.remove[0]
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        found += [f"{row.id}: {row.remove[0]} has not {one!r}" for one in row.remove[1::2] if one not in text]
    return found


def _names(file: Path) -> set[str]:
    tree = ast.parse(file.read_bytes())
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_every_row_names_what_exists(house) -> None:
    found = [line for row in rows(house.root) for line in missing(row, house.root)]
    assert not found, f"{DATA} names a guard, a test or a text that is not there:\n" + "\n".join(found)


def test_every_row_is_whole(house) -> None:
    table = rows(house.root)
    ids = [row.id for row in table]
    assert all(_ID.fullmatch(one) for one in ids)
    assert len(set(ids)) == len(ids), "a requirement has one row"
    assert ids == sorted(ids, key=lambda one: [int(part) for part in one.split(".")])
    for row in table:
        assert row.met in ("yes", "part", "no", "n/a"), row.id
        assert row.asks, row.id
        assert row.how, row.id
        assert not row.remove or (row.test and len(row.remove) % 2 == 1), row.id
        assert row.met != "part" or len(row.how) > 60, f"{row.id}: what is missing?"
    assert {level: sum(row.level == level for row in table) for level in LEVELS} == REQUIREMENTS
    assert sum(bool(row.remove) for row in table) >= LEAST_REMOVABLE


def test_the_page_is_the_table(house) -> None:
    written = (house.root / PAGE).read_text(encoding="utf-8")
    assert written == page(rows(house.root)), f"{PAGE} is made of {DATA}: python -m tests.attacks.asvs"


def test_a_row_about_nothing_is_reported(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("def f(): ...\n")
    gone = Row("1.1.1", 1, "x", "yes", "x", "src/a.py::g", "tests/b.py::t", ("src/a.py", "def g", "x"))
    assert len(missing(gone, tmp_path)) == 3
    kept = Row("1.1.1", 1, "x", "yes", "x", "src/a.py::f", "", ("src/a.py", "def f", "x"))
    assert missing(kept, tmp_path) == []
