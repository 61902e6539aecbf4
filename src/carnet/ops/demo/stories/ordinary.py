"""An ordinary life: its doctor, its laboratory, and days and figures that are the person's own.

Figures vary with the person and not with the moment: they derive from the login, so that each home tells the same.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

from carnet.ops.demo.patients import Person
from carnet.ops.demo.professionals import person as professional
from carnet.ops.demo.stories.narrative import measures, text
from carnet.ops.demo.stories.telling import Life, on
from carnet.wire.cda.write import Section

LAST = date(2026, 1, 25)


class Ordinary(Life):
    """A life with its general practitioner, the days and figures that are the person's own."""

    def __init__(self, person: Person) -> None:
        super().__init__(person.login)
        self._left = list(hashlib.sha256(person.login.encode()).digest())
        self.doctor = person.treating
        self.laboratory = professional("biologist_64" if person.identifier.value[5:7] == "64" else "biologist_33")

    def figure(self, low: int, high: int) -> int:
        """A whole number between two bounds, the next of this person's."""
        number = self._left.pop(0)
        self._left.append(number)
        return low + number % (high - low + 1)

    def tenths(self, low: int, high: int) -> str:
        """A number with one decimal, between two bounds in tenths."""
        value = self.figure(low, high)
        return f"{value // 10},{value % 10}"

    def day(self, year: int) -> date:
        """A weekday of a year."""
        day = date(year, 1, 8) + timedelta(days=self.figure(0, 179) + self.figure(0, 170))
        day -= timedelta(days=max(0, day.weekday() - 4))
        return min(day, LAST)

    def visit(self, year: int, title: str, words: str, *more: Section) -> date:
        """A consultation of the general practitioner; its day."""
        day = self.day(year)
        self.tell(
            self.doctor,
            on(day, 9 + self.figure(0, 8), 15),
            "11488-4",
            title,
            *more,
            text("Conclusion", "55110-1", words),
        )
        return day

    def pressure(self, low: int, high: int) -> Section:
        """Blood pressure and weight."""
        return measures(
            systolic=str(self.figure(low, high)), diastolic=str(self.figure(66, 84)), weight=str(self.figure(56, 92))
        )

    def at_age(self, months: int) -> date:
        """A weekday of the month in which the person reaches an age."""
        month = self.born.month - 1 + months
        day = date(self.born.year + month // 12, month % 12 + 1, min(self.born.day, 28))
        return day + timedelta(days=(7 - day.weekday()) % 7 + 1 if day.weekday() > 4 else 0)
