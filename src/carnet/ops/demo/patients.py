"""The patients of the demonstration and their families. None of them exists.

Twelve are named here; the others are rows of `people/patients.csv`, found by their login.
Birth names are those of civil status (capitals without accents, as INSi gives them) and start with DEMO;
the names in use keep their accents. There are two Corsicans (2A, 2B), a number given while waiting for
the definitive one (NIA, first digit 8), twins of the same sex, two homonyms, children and very old people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from carnet.ops.demo import professionals as by
from carnet.ops.demo.numbers import ins
from carnet.ops.demo.people import Row, rows
from carnet.record.directory.api import Professional
from carnet.record.identity.api import PatientIdentifier, Sex, Traits

TEST_INS = "1.2.250.1.213.1.4.10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A patient: login, identifier, traits, médecin traitant, the other professionals authorised in the record.

    `blocked` are professionals whom the person shut out, let in before or not. `former` is the number given
    while waiting (NIA) for `identifier`; `mother` and `father` are logins; `story` says which life is told; `flags`
    what is particular (`closed`, `refused`, `protected`, `no-ins`, `nia`, `twin`, `homonym`).
    """

    login: str
    identifier: PatientIdentifier
    traits: Traits
    treating: Professional
    team: tuple[Professional, ...] = ()
    blocked: tuple[Professional, ...] = ()
    former: PatientIdentifier | None = None
    mother: str = ""
    father: str = ""
    story: str = ""
    flags: frozenset[str] = frozenset()

    def age(self, day: date) -> int:
        """Age in whole years on a day."""
        born = self.traits.birth_date or day
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _person(
    login: str,
    names: tuple[str, str],
    sex: Sex,
    born: tuple[int, int, int],
    place: str,
    order: int,
    *,
    used: tuple[str, str] = ("", ""),
    first: str = "",
    digit: str = "",
    treating: Professional = by.GENERALIST,
    team: tuple[Professional, ...] = (),
    parents: tuple[str, str] = ("", ""),
) -> Person:
    year, month, day = born
    number = ins(digit or ("1" if sex == "M" else "2"), year, month, place, order)
    return Person(
        login=login,
        identifier=PatientIdentifier(TEST_INS, number, "NH"),
        traits=Traits(
            birth_name=names[0],
            given_names=names[1],
            first_given=first or names[1].split()[0],
            used_name=used[0],
            used_given=used[1],
            sex=sex,
            birth_date=date(year, month, day),
            birth_place=place,
        ),
        treating=treating,
        team=team,
        mother=parents[0],
        father=parents[1],
    )


MARCEL = _person(
    "marcel.demo-chene",
    ("DEMO-CHENE", "MARCEL HENRI"),
    "M",
    (1932, 3, 12),
    "40088",
    981,
    used=("", "Marcel"),
    treating=by.SECOND_GENERALIST,
    team=(by.DIABETOLOGIST, by.CARDIOLOGIST, by.GERIATRICIAN, by.VISITING_NURSE),
)
ELOISE = _person(
    "eloise.demo-bruyere",
    ("DEMO-BRUYERE", "ELOISE ANNE MARIE"),
    "F",
    (1991, 6, 5),
    "33063",
    982,
    used=("DEMO-L'HÉRAULT", "Éloïse"),
    team=(by.GYNAECOLOGIST, by.HOSPITAL_MIDWIFE),
)
ANGHJULU = _person(
    "anghjulu.demo-castellu",
    ("DEMO-CASTELLU", "ANGHJULU"),
    "M",
    (1972, 9, 17),
    "2A004",
    983,
    team=(by.CARDIOLOGIST,),
)
LISANDRA = _person(
    "lisandra.demo-castellu",
    ("DEMO-CASTELLU", "LISANDRA MARIA"),
    "F",
    (1975, 2, 28),
    "2B033",
    984,
    used=("", "Lisandra"),
    team=(by.RADIOLOGIST,),
)
LEA = _person(
    "lea.demo-acacia",
    ("DEMO-ACACIA", "LEA ROSE"),
    "F",
    (2014, 4, 2),
    "64445",
    985,
    used=("", "Léa"),
    team=(by.PAEDIATRICIAN,),
    parents=("sophie.demo-roussillon", "julien.demo-acacia"),
)
LINA = _person(
    "lina.demo-acacia",
    ("DEMO-ACACIA", "LINA ROSE"),
    "F",
    (2014, 4, 2),
    "64445",
    986,
    team=(by.PAEDIATRICIAN,),
    parents=("sophie.demo-roussillon", "julien.demo-acacia"),
)
JEAN_THE_ELDER = _person(
    "jean.demo-pin.1955",
    ("DEMO-PIN", "JEAN PAUL"),
    "M",
    (1955, 1, 20),
    "24322",
    987,
    used=("", "Jean-Paul"),
    treating=by.SECOND_GENERALIST,
    team=(by.CARDIOLOGIST, by.ANAESTHETIST),
)
JEAN_THE_YOUNGER = _person(
    "jean.demo-pin.1981",
    ("DEMO-PIN", "JEAN MICHEL"),
    "M",
    (1981, 11, 30),
    "47001",
    988,
    team=(by.REHABILITATION,),
)
AISSATA = _person(
    "aissata.demo-okoume",
    ("DEMO-OKOUME", "AISSATA"),
    "F",
    (2001, 7, 14),
    "99326",
    989,
    used=("", "Aïssata"),
    digit="8",
)
NOE = _person(
    "noe.demo-tilleul",
    ("DEMO-TILLEUL", "NOE GABRIEL"),
    "M",
    (2025, 10, 8),
    "64102",
    990,
    used=("", "Noé"),
    team=(by.PAEDIATRICIAN,),
    parents=("camille.demo-garric", "thomas.demo-tilleul"),
)
FRANCOISE = _person(
    "francoise.demo-genet",
    ("DEMO-GENET", "FRANCOISE-HELENE MARTHE"),
    "F",
    (1949, 12, 24),
    "40192",
    991,
    used=("DEMO-D'ARZACQ", "Françoise"),
    treating=by.SECOND_GENERALIST,
    team=(by.RADIOLOGIST, by.DISPENSER),
)
MAELYS = _person(
    "maelys.demo-sorbier",
    ("DEMO-SORBIER", "MAELYS"),
    "F",
    (2010, 2, 27),
    "33243",
    992,
    used=("", "Maëlys"),
    team=(by.PSYCHIATRIST,),
    parents=("veronique.demo-plantey", "fabrice.demo-sorbier"),
)

FIRST = (
    MARCEL,
    ELOISE,
    ANGHJULU,
    LISANDRA,
    LEA,
    LINA,
    JEAN_THE_ELDER,
    JEAN_THE_YOUNGER,
    AISSATA,
    NOE,
    FRANCOISE,
    MAELYS,
)


def _listed(row: Row) -> Person:
    year, month, day = (int(part) for part in row["born"].split("-"))
    flags = frozenset(row["flags"].split())

    def matricule(digit: str) -> PatientIdentifier:
        return PatientIdentifier(TEST_INS, ins(digit, year, month, row["place"], int(row["order"])), "NH")

    first = row["first_given"] or row["given_names"].split()[0]
    number = matricule("1" if row["sex"] == "M" else "2")
    return Person(
        login=row["login"],
        identifier=PatientIdentifier(settings.CARNET_LOCAL_OID, f"DEMO-{row['order']}", "PI")
        if "no-ins" in flags
        else number,
        former=matricule(row["digit"]) if row["digit"] else None,
        traits=Traits(
            birth_name=row["birth_name"],
            given_names=row["given_names"],
            first_given=first,
            used_name=row["used_name"],
            used_given=row["used_given"],
            sex="M" if row["sex"] == "M" else "F",
            birth_date=date(year, month, day),
            birth_place=row["place"],
        ),
        treating=by.person(row["treating"]),
        team=tuple(by.person(key) for key in row["team"].split()),
        blocked=tuple(by.person(key) for key in row["blocked"].split()),
        mother=row["mother"],
        father=row["father"],
        story=row["story"],
        flags=flags,
    )


PATIENTS = (*FIRST, *(_listed(row) for row in rows("patients")))
_BY_LOGIN = {person.login: person for person in PATIENTS}


def person(login: str) -> Person:
    """A patient by login."""
    return _BY_LOGIN[login]
