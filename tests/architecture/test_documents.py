"""The pages tell the truth about the files: every path they name exists, the tour is short, decisions are complete."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

PATH = re.compile(r"`((?:src|tests|docs|bench)/[\w./-]+)(?:::(\w+))?`")
STOPS = 8
SECTIONS = ["Context", "Options", "Decision", "Consequences"]


def missing(house) -> list[str]:
    """Paths (`src/…`) and names (`src/….py::name`) that pages mention and that are not there."""
    found = []
    for page in [*house.root.glob("*.md"), *sorted((house.root / "docs").rglob("*.md"))]:
        for name, symbol in PATH.findall(page.read_text(encoding="utf-8")):
            target = house.root / name
            if not target.exists():
                found.append(f"{house.name(page)}: {name} does not exist")
            elif symbol and not re.search(rf"^\s*(?:def |class )?{symbol}\b", target.read_text("utf-8"), re.MULTILINE):
                found.append(f"{house.name(page)}: {name} has no {symbol}")
    return found


def stops(page: Path) -> list[str]:
    """Files of the package that the tour visits, each once, in order."""
    names = [name for name, _ in PATH.findall(page.read_text(encoding="utf-8"))]
    return list(dict.fromkeys(name for name in names if name.startswith("src/")))


def incomplete(folder: Path) -> list[str]:
    """Decisions out of sequence, or without their date, status or sections."""
    found = []
    for number, page in enumerate(sorted(folder.glob("*.md"))):
        text = page.read_text(encoding="utf-8")
        whole = (
            page.name.startswith(f"{number:04}-")
            and re.match(rf"# {number}\. \S", text)
            and re.search(r"^Date: \d{4}-\d\d-\d\d$", text, re.MULTILINE)
            and re.search(r"^Status: (accepted|superseded by \d+)$", text, re.MULTILINE)
            and re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
        )
        if not whole:
            found.append(page.name)
    return found


def test_pages_name_files_that_exist(house) -> None:
    found = missing(house)
    assert not found, "A page that names a file is read by somebody who looks for it.\n" + "\n".join(found)


def test_the_tour_is_short(house) -> None:
    visited = stops(house.root / "docs/tour.md")
    assert 3 <= len(visited) <= STOPS, f"One lab report, door to screen, in at most {STOPS} files: {visited}"


def test_decisions_are_complete(house) -> None:
    found = incomplete(house.root / "docs/adr")
    assert (house.root / "docs/adr").is_dir()
    assert not found, f"docs/adr/0000 says what a decision record has: {found}"


def test_the_readme_fits_on_a_screen(house) -> None:
    text = (house.root / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60, "README.md is one screen: the rest is in docs/"
    assert all(command in text for command in ("make run", "make test"))


def test_each_fault_is_reported(build: Callable) -> None:
    head = "# {}. T\n\nDate: 2026-11-22\nStatus: accepted\n\n## Context\n## Options\n## Decision\n"
    house = build(
        {
            "docs/tour.md": "`src/carnet/a.py::there`, `src/carnet/a.py::absent`, `src/carnet/b.py`, `tests/x`\n",
            "src/carnet/a.py": "def there() -> None: ...\n",
            "docs/adr/0000-a.md": head.format(0) + "## Consequences\n",
            "docs/adr/0001-b.md": head.format(1),
            "docs/adr/0003-c.md": head.format(3) + "## Consequences\n",
        }
    )
    assert missing(house) == [
        "docs/tour.md: src/carnet/a.py has no absent",
        "docs/tour.md: src/carnet/b.py does not exist",
        "docs/tour.md: tests/x does not exist",
    ]
    assert stops(house.root / "docs/tour.md") == ["src/carnet/a.py", "src/carnet/b.py"]
    assert incomplete(house.root / "docs/adr") == ["0001-b.md", "0003-c.md"]
