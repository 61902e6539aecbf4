"""The synthetic population of the five departments, sized so that the directory's doctors have the densities of 2009.

Published densities, doctors per 100,000 inhabitants, Aquitaine 2009: Gironde 409, Landes 278, Dordogne 253,
Lot-et-Garonne 259, Pyrénées-Atlantiques 365. `people/population.csv` is about one inhabitant in two hundred.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from carnet.ops.demo.people import rows
from carnet.ops.demo.professionals import INTERNS, PHYSICIAN, PROFESSIONALS
from carnet.ops.demo.structures import STRUCTURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department: number, name, synthetic inhabitants, its doctors in the directory, the published density."""

    number: str
    name: str
    population: int
    doctors: int
    published: int

    @property
    def density(self) -> float:
        """Doctors per 100,000 synthetic inhabitants."""
        return self.doctors * 100_000 / self.population


def departments() -> tuple[Department, ...]:
    """The five departments; a doctor counts where the first activity is, an intern does not count."""
    where = {structure.id: structure.department for structure in STRUCTURES}
    doctors = Counter(
        where[one.structures[0]] for one in PROFESSIONALS if one.profession == PHYSICIAN and one.id not in INTERNS
    )
    return tuple(
        Department(
            number=row["department"],
            name=row["name"],
            population=int(row["population"]),
            doctors=doctors[row["department"]],
            published=int(row["doctors_per_100000"]),
        )
        for row in rows("population")
    )
