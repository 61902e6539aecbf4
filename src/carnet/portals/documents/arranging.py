"""A list of documents as a page shows it: filtered, the latest synthesis first, then month by month."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from carnet.portals.documents import kinds, presentation
from carnet.portals.documents.presentation import Line
from carnet.wire.xds.model import DocumentEntry, Status

_SYNTHESIS = "11"  # classCode of JDV_J57
_PATIENT = "patient"
# Beyond so many lines a list gets links to its years.
_LONG = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a reader asks of a list: a classCode, a year, an author, words of the title, replaced and archived ones."""

    kind: str = ""
    year: str = ""
    author: str = ""
    title: str = ""
    folder: str = ""
    with_replaced: bool = False
    with_archived: bool = False

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses to look for."""
        return (
            Status.APPROVED,
            *((Status.ARCHIVED,) if self.with_archived else ()),
            *((Status.DEPRECATED,) if self.with_replaced else ()),
        )

    @property
    def narrow(self) -> bool:
        """Whether some filter may leave documents out."""
        return bool(self.kind or self.year or self.author or self.title or self.folder)

    def keeps(self, line: Line) -> bool:
        """Whether a document is asked for."""
        if self.kind not in ("", line.class_code) or self.year not in ("", line.year):
            return False
        if self.author and self.author not in _authors(line):
            return False
        words = kinds.plain(f"{line.title} {line.type_label}") if self.title else ""
        return all(word in words for word in kinds.plain(self.title).split())


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a filter: value, words, how many documents, whether it is chosen."""

    value: str
    words: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Month:
    """Documents of one month; `mark` names it in the page, `year` leads to its year for the first of each."""

    name: str
    mark: str
    year: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The documents of a page, newest first, with what was asked and what may be asked."""

    asked: Asked
    synthesis: Line | None
    months: tuple[Month, ...]
    years: tuple[Month, ...]
    kinds: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    authors: tuple[Choice, ...]
    shown: int
    total: int
    folder: str = ""

    @property
    def filtered(self) -> bool:
        """Whether a filter hides something that could be listed."""
        return self.shown != self.total


def arrange(entries: Sequence[DocumentEntry], asked: Asked, *, folder: str = "") -> Listing:
    """Arrange what the record returned, newest first; `folder` is the title of the folder that they are in."""
    lines = [presentation.line(entry) for entry in entries]
    shown = [line for line in lines if asked.keeps(line)]
    synthesis = None if asked.narrow else next(filter(_is_synthesis, shown), None)
    rest = [line for line in shown if line is not synthesis]
    months = _months(rest)
    firsts = [next(group) for _, group in groupby(months, key=lambda month: month.year)]
    return Listing(
        asked=asked,
        synthesis=synthesis,
        months=tuple(months),
        years=tuple(firsts) if len(shown) > _LONG else (),
        kinds=_choices(((one.class_code, one.class_label or "Sans catégorie") for one in lines), asked.kind),
        periods=_choices(((one.year, one.year or "Sans date") for one in lines), asked.year, newest_first=True),
        authors=_choices((pair for one in lines for pair in _authors(one).items()), asked.author),
        shown=len(shown),
        total=len(lines),
        folder=folder,
    )


def _is_synthesis(line: Line) -> bool:
    """Whether a line is a synthesis in force by a professional: the person's own words stay in their month."""
    return line.class_code == _SYNTHESIS and not line.replaced and not line.by_patient


def _months(lines: Iterable[Line]) -> list[Month]:
    months = []
    for number, (name, group) in enumerate(groupby(lines, key=lambda line: line.month)):
        of_month = tuple(group)
        months.append(Month(name or "Sans date", f"mois-{number}", of_month[0].year, of_month))
    return months


def _authors(line: Line) -> dict[str, str]:
    """Who wrote a document, by a word that an address may carry: names of people are not written there."""
    if line.by_patient:
        return {_PATIENT: "Le patient"}
    names = line.people or line.places
    return {hashlib.sha256(name.encode()).hexdigest()[:8]: name for name in names}


def _choices(pairs: Iterable[tuple[str, str]], chosen: str, *, newest_first: bool = False) -> tuple[Choice, ...]:
    found: dict[str, tuple[str, int]] = {}
    for value, words in pairs:
        found[value] = (words, found.get(value, ("", 0))[1] + 1)
    ordered = sorted(found.items(), key=lambda item: kinds.plain(item[1][0]), reverse=newest_first)
    return tuple(Choice(value, words, count, value == chosen) for value, (words, count) in ordered)
