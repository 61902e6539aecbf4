"""The table of OWASP ASVS 5.0.0 in our words (`docs/asvs.toml`): its rows, its page, each guard taken away in a copy.

`python -m tests.attacks.asvs` writes `docs/asvs.md`.
"""

from __future__ import annotations

import shutil
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA, PAGE = "docs/asvs.toml", "docs/asvs.md"
COPIED = ("src", "tests", "docs", "pyproject.toml", ".importlinter", "README.md", "GLOSSARY.md", "Makefile")
_MET = {"yes": "met", "part": "**in part**", "no": "**not met**", "n/a": "not applicable"}
LEVELS = (1, 2)
_CHAPTERS = {
    1: "Encoding", 2: "Validation", 3: "Browser", 4: "Web services", 5: "Files", 6: "Authentication", 7: "Sessions",
    8: "Authorisation", 9: "Tokens", 10: "OAuth and OIDC", 11: "Cryptography", 12: "Communication",
    13: "Configuration", 14: "Data", 15: "Code and architecture", 16: "Logs and errors", 17: "WebRTC",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One requirement: `remove` is a file, then pairs of a text and what takes its place; empty when nothing does."""

    id: str
    level: int
    asks: str
    met: str
    how: str
    guard: str = ""
    test: str = ""
    remove: tuple[str, ...] = ()

    @property
    def chapter(self) -> int:
        """The number in front."""
        return int(self.id.partition(".")[0])


def rows(root: Path = ROOT) -> list[Row]:
    """Every row, in the order of the file."""
    data = tomllib.loads((root / DATA).read_text(encoding="utf-8"))
    return [
        Row(**{**row, "remove": tuple(one.replace("\\n", "\n") for one in row.get("remove", ()))})
        for row in data["row"]
    ]


def take_away(row: Row, place: Path) -> None:
    """Copy the tree to `place` and take the guard of a row away there; AssertionError when it is not there any more."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=ignored)
        else:
            shutil.copy(source, place / name)
    name, *pairs = row.remove
    file = place / name
    text = file.read_text(encoding="utf-8")
    for before, after in zip(pairs[::2], pairs[1::2], strict=True):
        assert text.count(before) >= 1, f"{row.id}: {name} has no longer {before!r}"
        text = text.replace(before, after)
    file.write_text(text, encoding="utf-8")


_HEAD = """\
Every requirement of levels 1 and 2 of the OWASP Application Security Verification Standard 5.0.0, in our own words, by
its numbers. Made of `docs/asvs.toml`. Nobody but its authors has verified it.

| {all} requirements | met | in part | not met | not applicable |
| --- | --- | --- | --- | --- |
| level 1 | {yes1} | {part1} | {no1} | {none1} |
| level 2 | {yes2} | {part2} | {no2} | {none2} |

In part: {listed_part}. Not met: {listed_no}.

The guard of {removable} rows (●) can be taken away by a machine: `make test-long` draws ten of them, takes each away in
a copy of the tree, and wants the named test to fail.
"""


def _counted(found: list[Row]) -> dict[str, object]:
    counts = Counter((row.met, row.level) for row in found)
    told: dict[str, object] = {
        f"{'none' if met == 'n/a' else met}{level}": counts[met, level] for met in _MET for level in LEVELS
    }
    for met in ("part", "no"):
        told[f"listed_{met}"] = ", ".join(row.id for row in found if row.met == met and row.level in LEVELS) or "none"
    told["all"] = sum(row.level in LEVELS for row in found)
    told["removable"] = sum(bool(row.remove) for row in found)
    return told


def page(found: list[Row]) -> str:
    """The page of the table."""
    lines = ["# OWASP ASVS 5, level 2", "", *_HEAD.format(**_counted(found)).splitlines()]
    chapter = 0
    for row in found:
        if row.chapter != chapter:
            chapter = row.chapter
            lines += ["", f"## {chapter}. {_CHAPTERS[chapter]}", "", "| | L | asks | | how | guard | test |"]
            lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
        test = row.test.replace("tests/", "", 1)
        lines.append(
            f"| {row.id} | {row.level} | {row.asks} | {_MET[row.met]}{' ●' if row.remove else ''} | {row.how} | "
            f"{f'`{row.guard}`' if row.guard else ''} | {f'`{test}`' if test else ''} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(rows()), encoding="utf-8")
