"""The ten structures of the demonstration, in the five departments of Aquitaine. None of them exists."""

from __future__ import annotations

from carnet.ops.demo.numbers import finess, rpps, siret
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

STRUCTURES = (
    UNIVERSITY_HOSPITAL,
    HOSPITAL,
    CLINIC,
    PRACTICE,
    NURSES,
    PHARMACY,
    LABORATORY,
    IMAGING,
    NURSING_HOME,
    REGULATION,
)
