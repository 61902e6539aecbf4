"""The blocks that the stories are written with: moments, sections under their LOINC codes, one-page letters."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from carnet.wire.cda.pdf import text_pdf
from carnet.wire.cda.write import File, Items, Paragraph, Section, Table
from carnet.wire.xds.model import Code

_LOINC = "2.16.840.1.113883.6.1"
_PARIS = ZoneInfo("Europe/Paris")


def paris(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    """A moment in local time, summer time included."""
    return datetime(year, month, day, hour, minute, tzinfo=_PARIS)


def section(title: str, code: str, *blocks: Paragraph | Items | Table | File) -> Section:
    """A section under a LOINC code."""
    return Section(title=title, code=Code(code, _LOINC, title), blocks=blocks)


def text(title: str, code: str, words: str) -> Section:
    """A section of one paragraph."""
    return section(title, code, Paragraph(words))


def points(title: str, code: str, *items: str) -> Section:
    """A section that is a list."""
    return section(title, code, Items(items))


def results(title: str, *rows: tuple[str, str, str, str]) -> Section:
    """Laboratory results: analysis, result, unit, reference values."""
    return section(title, "26436-6", Table(("Analyse", "Résultat", "Unité", "Valeurs de référence"), rows))


def drugs(*rows: tuple[str, str, str]) -> Section:
    """Medicines: name, dose, duration."""
    return section("Prescriptions médicales", "57828-6", Table(("Médicament", "Posologie", "Durée"), rows))


def letter(title: str, *lines: str) -> File:
    """A one-page PDF."""
    return File("application/pdf", text_pdf(title, lines))
