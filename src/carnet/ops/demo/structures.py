"""The structures of the demonstration, in the five departments of Aquitaine. None of them exists.

Ten are named here for the stories; the others are rows of `people/structures.csv`, found by their key.
"""

from __future__ import annotations

from carnet.ops.demo.numbers import finess, rpps, siret
from carnet.ops.demo.people import Row, rows
from carnet.record.directory.api import Structure

UNIVERSITY_HOSPITAL = Structure(
    id="1" + finess("33", 1),
    name="CHU de la Dune (démonstration)",
    sector="SA01",
    kind="Centre hospitalier universitaire",
    city="Bordeaux",
    department="33",
)
HOSPITAL = Structure(
    id="1" + finess("24", 2),
    name="Centre hospitalier du Val fictif (démonstration)",
    sector="SA01",
    kind="Centre hospitalier",
    city="Périgueux",
    department="24",
)
CLINIC = Structure(
    id="1" + finess("40", 3),
    name="Clinique des Pins bleus (démonstration)",
    sector="SA04",
    kind="Clinique",
    city="Mont-de-Marsan",
    department="40",
)
PRACTICE = Structure(
    id="4" + rpps(1) + "001",
    name="Cabinet médical de la Source (démonstration)",
    sector="SA08",
    kind="Cabinet médical",
    city="Dax",
    department="40",
)
NURSES = Structure(
    id="4" + rpps(2) + "001",
    name="Cabinet infirmier des Pruniers (démonstration)",
    sector="SA08",
    kind="Cabinet infirmier",
    city="Agen",
    department="47",
)
PHARMACY = Structure(
    id="1" + finess("64", 4),
    name="Pharmacie du Gave (démonstration)",
    sector="SA33",
    kind="Pharmacie d'officine",
    city="Pau",
    department="64",
)
LABORATORY = Structure(
    id="3" + siret(5),
    name="Laboratoire de biologie de l'Estuaire (démonstration)",
    sector="SA25",
    kind="Laboratoire de biologie médicale",
    city="Bordeaux",
    department="33",
)
IMAGING = Structure(
    id="3" + siret(6),
    name="Centre d'imagerie de l'Adour (démonstration)",
    sector="SA09",
    kind="Centre d'imagerie",
    city="Bayonne",
    department="64",
)
NURSING_HOME = Structure(
    id="1" + finess("40", 7),
    name="EHPAD Les Arbousiers (démonstration)",
    sector="SA17",
    kind="EHPAD",
    city="Dax",
    department="40",
)
REGULATION = Structure(
    id="1" + finess("33", 8),
    name="SAMU 33 fictif, centre 15 (démonstration)",
    sector="SA01",
    kind="SAMU",
    city="Bordeaux",
    department="33",
)

_NAMED = {
    "university_hospital": UNIVERSITY_HOSPITAL,
    "hospital": HOSPITAL,
    "clinic": CLINIC,
    "practice": PRACTICE,
    "nurses": NURSES,
    "pharmacy": PHARMACY,
    "laboratory": LABORATORY,
    "imaging": IMAGING,
    "nursing_home": NURSING_HOME,
    "regulation": REGULATION,
}


def _listed(row: Row) -> Structure:
    rank = int(row["rank"])
    number = {
        "finess": lambda: "1" + finess(row["department"], rank),
        "siret": lambda: "3" + siret(rank),
        "rpps": lambda: "4" + rpps(rank) + "001",
    }
    return Structure(
        id=number[row["scheme"]](),
        name=f"{row['name']} (démonstration)",
        sector=row["sector"],
        kind=row["kind"],
        city=row["city"],
        department=row["department"],
    )


_BY_KEY = _NAMED | {row["key"]: _listed(row) for row in rows("structures")}
STRUCTURES = tuple(_BY_KEY.values())


def place(key: str) -> Structure:
    """A structure by its key: the name of a constant above in small letters, or the key of its row."""
    return _BY_KEY[key]
