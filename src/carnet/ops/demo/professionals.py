"""The professionals, clerks and institutions of the demonstration. None of them exists.

Professions are TRE_G15 codes, specialties TRE_R01 ones for physicians and sections of the pharmacists'
register (TRE_G05) for pharmacists. Some work in two places. Twenty professionals are named here for the stories;
the others are rows of `people/professionals.csv`, found by their key, among them a locum and interns (CPF cards).

Who is not a health professional has no right to content. Clerks (admissions, secretariats, coordinators of MAIA,
CLIC and networks, agents of the health insurance) create records and see that one exists; one of them is a service
card that names nobody (CPE). Institutions (regional agency, union, users, project teams) have an account
without a place in the directory: nobody may act under it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from carnet.ops.demo import structures as at
from carnet.ops.demo.numbers import rpps
from carnet.ops.demo.people import Row, rows
from carnet.record.directory.api import Professional, Structure

PHYSICIAN, PHARMACIST, DENTIST, MIDWIFE, NURSE, PHYSIOTHERAPIST = "10", "21", "40", "50", "60", "70"


@dataclass(frozen=True, slots=True)
class Clerk:
    """A clerk: login, name, structure, the number inside the structure that makes the identifier, and the role."""

    login: str
    name: str
    structure: Structure
    number: str
    role: str = ""

    @property
    def id(self) -> str:
        """PS_IdNat of an employee: `3` + FINESS + `/` + number."""
        return f"3{self.structure.id[1:]}/{self.number}"

    @property
    def nominative(self) -> bool:
        """Whether the card names a person; a service card does not (its number starts with 9)."""
        return not self.number.startswith("9")


@dataclass(frozen=True, slots=True)
class Institution:
    """Somebody of an institution: an account under which nobody may act in the record."""

    login: str
    name: str
    institution: str
    role: str


@dataclass(frozen=True, slots=True)
class Caregiver:
    """Somebody who helps others and has no record here: an account, and whatever codes they were given."""

    login: str
    name: str


def _person(
    rank: int, family: str, given: str, profession: str, specialty: str, *places: Structure, title: str = ""
) -> Professional:
    return Professional(
        id="8" + rpps(rank),
        family=family,
        given=given,
        profession=profession,
        specialty=specialty,
        title=title or ("Dr" if profession == PHYSICIAN else ""),
        structures=tuple(place.id for place in places),
        email=_mailbox(given, family),
    )


def _mailbox(given: str, family: str) -> str:
    """A mailbox of a domain that leads nowhere (RFC 2606)."""
    letters = unicodedata.normalize("NFD", f"{given}.{family}".lower())
    return re.sub(r"[^a-z.]+", "-", "".join(one for one in letters if not unicodedata.combining(one))) + "@mss.example"


GENERALIST = _person(1, "AUBIER", "Camille", PHYSICIAN, "SM54", at.PRACTICE)
VISITING_NURSE = _person(2, "RAMEAU", "Solène", NURSE, "", at.NURSES)
SECOND_GENERALIST = _person(3, "SARMENT", "Yann", PHYSICIAN, "SM26", at.PRACTICE, at.NURSING_HOME)
CARDIOLOGIST = _person(4, "BOURGEON", "Idriss", PHYSICIAN, "SM04", at.UNIVERSITY_HOSPITAL, at.CLINIC, title="Pr")
DIABETOLOGIST = _person(5, "LIÈGE", "Hélène", PHYSICIAN, "SM16", at.UNIVERSITY_HOSPITAL)
PAEDIATRICIAN = _person(6, "CORMIER", "Maïa", PHYSICIAN, "SM40", at.HOSPITAL)
GYNAECOLOGIST = _person(7, "VIGNOT", "Ondine", PHYSICIAN, "SM19", at.CLINIC)
RADIOLOGIST = _person(8, "FOUGERAY", "Baptiste", PHYSICIAN, "SM44", at.IMAGING)
ANAESTHETIST = _person(9, "TREMBLAIE", "Ismaël", PHYSICIAN, "SM02", at.CLINIC)
GERIATRICIAN = _person(10, "NOISERAIE", "Odile", PHYSICIAN, "SM18", at.NURSING_HOME, at.HOSPITAL)
PSYCHIATRIST = _person(11, "HOULETTE", "Arnaud", PHYSICIAN, "SM42", at.HOSPITAL)
REGULATOR = _person(12, "ÉPICÉA", "Nadia", PHYSICIAN, "SM54", at.REGULATION)
BIOLOGIST = _person(13, "PALUDIER", "Sixtine", PHARMACIST, "G", at.LABORATORY)
MEDICAL_BIOLOGIST = _person(14, "ROSEAU", "Loïc", PHYSICIAN, "SM03", at.LABORATORY)
DISPENSER = _person(15, "GARRIGUE", "Bérénice", PHARMACIST, "A", at.PHARMACY)
HOSPITAL_PHARMACIST = _person(16, "MURIER", "Tanguy", PHARMACIST, "H", at.UNIVERSITY_HOSPITAL)
HOSPITAL_MIDWIFE = _person(17, "OSERAIE", "Gwenaëlle", MIDWIFE, "", at.CLINIC)
HOSPITAL_NURSE = _person(18, "CHARMILLE", "Driss", NURSE, "", at.UNIVERSITY_HOSPITAL)
REHABILITATION = _person(19, "BOSQUET", "Quitterie", PHYSIOTHERAPIST, "", at.PRACTICE)
DENTAL_SURGEON = _person(20, "LAURIER", "Zoé", DENTIST, "", at.PRACTICE)

_NAMED = {
    "GENERALIST": GENERALIST,
    "VISITING_NURSE": VISITING_NURSE,
    "SECOND_GENERALIST": SECOND_GENERALIST,
    "CARDIOLOGIST": CARDIOLOGIST,
    "DIABETOLOGIST": DIABETOLOGIST,
    "PAEDIATRICIAN": PAEDIATRICIAN,
    "GYNAECOLOGIST": GYNAECOLOGIST,
    "RADIOLOGIST": RADIOLOGIST,
    "ANAESTHETIST": ANAESTHETIST,
    "GERIATRICIAN": GERIATRICIAN,
    "PSYCHIATRIST": PSYCHIATRIST,
    "REGULATOR": REGULATOR,
    "BIOLOGIST": BIOLOGIST,
    "MEDICAL_BIOLOGIST": MEDICAL_BIOLOGIST,
    "DISPENSER": DISPENSER,
    "HOSPITAL_PHARMACIST": HOSPITAL_PHARMACIST,
    "HOSPITAL_MIDWIFE": HOSPITAL_MIDWIFE,
    "HOSPITAL_NURSE": HOSPITAL_NURSE,
    "REHABILITATION": REHABILITATION,
    "DENTAL_SURGEON": DENTAL_SURGEON,
}


def _listed(row: Row) -> Professional:
    places = (at.place(key) for key in row["places"].split())
    return _person(
        int(row["rank"]),
        row["family"],
        row["given"],
        row["profession"],
        row["specialty"],
        *places,
        title="Interne" if row["note"] == INTERN else row["title"],
    )


INTERN = "interne (CPF)"
_BY_KEY = _NAMED | {row["key"]: _listed(row) for row in rows("professionals")}
PROFESSIONALS = tuple(_BY_KEY.values())
# What the identifier does not say: locum, head nurse, respiratory physiotherapist…
NOTES = {_BY_KEY[row["key"]].id: row["note"] for row in rows("professionals") if row["note"]}
INTERNS = frozenset(identifier for identifier, note in NOTES.items() if note == INTERN)

CLERKS = tuple(
    Clerk(row["login"], row["name"], at.place(row["structure"]), row["number"], row["role"]) for row in rows("clerks")
)
INSTITUTIONS = tuple(
    Institution(row["login"], row["name"], row["institution"], row["role"]) for row in rows("institutions")
)

CAREGIVERS = (Caregiver("lucienne.demo-tremble", "Lucienne DEMO-TREMBLE"),)


def person(key: str) -> Professional:
    """A professional by key: the name of a constant above, or the key of a row."""
    return _BY_KEY[key]
