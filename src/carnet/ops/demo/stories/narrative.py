"""The blocks that the stories are written with: moments, sections under their LOINC codes, one-page letters."""

from __future__ import annotations

from datetime import date, datetime

from carnet.kernel import clock
from carnet.ops.demo.stories import catalogue
from carnet.ops.demo.stories.catalogue import LOINC
from carnet.wire.cda.coded import Allergies, Allergy, Measures, Medicines, Problem, Problems, Results, Vaccines
from carnet.wire.cda.header import Identifier
from carnet.wire.cda.pdf import text_pdf
from carnet.wire.cda.write import Block, File, Items, Paragraph, Section
from carnet.wire.xds.model import Code

_ICD10 = "2.16.840.1.113883.6.3"
# Sections with coded entries → their template of the CI-SIS (1.2.250.1.213.1.1.2.*).
_CHAPTER = (Identifier("1.3.6.1.4.1.19376.1.3.3.2.1"), Identifier("1.2.250.1.213.1.1.2.70"))
_DISCIPLINES = {
    "Biochimie": "18719-5",
    "Hématologie": "18723-7",
    "Hormonologie": "18719-5",
    "Gaz du sang": "18767-4",
    "Urines": "18719-5",
}


def paris(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    """A moment in local time, summer time included."""
    return datetime(year, month, day, hour, minute, tzinfo=clock.LEGAL_TIME)


def section(title: str, code: str, *blocks: Block) -> Section:
    """A section under a LOINC code."""
    return Section(title=title, code=Code(code, LOINC, title), blocks=blocks)


def text(title: str, code: str, words: str) -> Section:
    """A section of one paragraph."""
    return section(title, code, Paragraph(words))


def points(title: str, code: str, *items: str) -> Section:
    """A section that is a list."""
    return section(title, code, Items(items))


def results(title: str, *rows: tuple[str, str, str, str]) -> Section:
    """Laboratory results of one discipline: analysis, result, unit, reference values; coded as far as known."""
    return _chapter(
        title, Results(discipline=_discipline(title), time="", items=tuple(catalogue.result(*row) for row in rows))
    )


def labs(title: str, **values: str) -> Section:
    """Laboratory results of one discipline by the keys of the catalogue."""
    items = tuple(catalogue.known_result(key, value) for key, value in values.items())
    return _chapter(title, Results(discipline=_discipline(title), time="", items=items))


def _discipline(title: str) -> Code:
    return Code(_DISCIPLINES.get(title, "18719-5"), LOINC, title)


def _chapter(title: str, block: Results) -> Section:
    return Section(title=title, code=block.discipline, blocks=(block,), templates=_CHAPTER)


def drugs(*rows: tuple[str, str, str]) -> Section:
    """Medicines prescribed: name, dose, duration."""
    block = Medicines(items=tuple(catalogue.medicine(*row) for row in rows))
    return section("Prescriptions médicales", "57828-6", block)


def treatment(title: str, code: str, *rows: tuple[str, str, str]) -> Section:
    """Medicines taken, at a discharge or in a summary: name, dose, duration."""
    return section(title, code, Medicines(items=tuple(catalogue.medicine(*row) for row in rows), prescribed=False))


def problems(title: str, code: str, *rows: tuple[str, ...]) -> Section:
    """Conditions: words, ICD-10 code, since, and until when they are over."""
    items = tuple(
        Problem(
            name=row[0],
            code=Code(row[1], _ICD10, row[0]) if row[1] else None,
            since=row[2] if len(row) > 2 else "",
            until=row[3] if len(row) > 3 else "",
        )
        for row in rows
    )
    return section(title, code, Problems(items))


def allergies(*rows: tuple[str, str, str]) -> Section:
    """Allergies: agent, reaction, since; none known without rows."""
    if not rows:
        return text("Allergies", "48765-2", "Aucune allergie connue à ce jour.")
    items = tuple(Allergy(agent=agent, reaction=reaction, since=since) for agent, reaction, since in rows)
    return section("Allergies", "48765-2", Allergies(items))


def measures(**values: str) -> Section:
    """Measures of one examination by the keys of the catalogue."""
    items = tuple(catalogue.measure(key, value) for key, value in values.items())
    return section("Mesures", "8716-3", Measures(time="", items=items))


def shots(day: date, *given: tuple[str, int]) -> Section:
    """Vaccines given on one day: key of the vaccine, rank of the dose."""
    items = tuple(catalogue.vaccine(key, f"{day:%Y%m%d}", rank) for key, rank in given)
    return section("Vaccinations", "11369-6", Vaccines(items))


def history_of_shots(*given: tuple[date, str, int]) -> Section:
    """A history of vaccinations: day, key of the vaccine, rank of the dose."""
    items = tuple(catalogue.vaccine(key, f"{day:%Y%m%d}", rank) for day, key, rank in given)
    return section("Vaccinations", "11369-6", Vaccines(items))


def letter(title: str, *lines: str) -> File:
    """A one-page PDF."""
    return File("application/pdf", text_pdf(title, lines))
