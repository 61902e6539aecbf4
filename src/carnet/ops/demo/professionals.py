"""The twenty professionals and three clerks of the demonstration. None of them exists.

Professions are TRE_G15 codes, specialties TRE_R01 ones for physicians and sections of the pharmacists'
register (TRE_G05) for pharmacists. Some work in two places.
"""

from __future__ import annotations

from dataclasses import dataclass

from carnet.ops.demo import structures as at
from carnet.ops.demo.numbers import rpps
from carnet.record.directory.api import Professional, Structure

PHYSICIAN, PHARMACIST, DENTIST, MIDWIFE, NURSE, PHYSIOTHERAPIST = "10", "21", "40", "50", "60", "70"


@dataclass(frozen=True, slots=True)
class Clerk:
    """A clerk: login, name, structure, and the number inside the structure that makes the identifier."""

    login: str
    name: str
    structure: Structure
    number: str

    @property
    def id(self) -> str:
        """PS_IdNat of an employee: `3` + FINESS + `/` + number."""
        return f"3{self.structure.id[1:]}/{self.number}"


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
    )


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

PROFESSIONALS = (
    GENERALIST,
    VISITING_NURSE,
    SECOND_GENERALIST,
    CARDIOLOGIST,
    DIABETOLOGIST,
    PAEDIATRICIAN,
    GYNAECOLOGIST,
    RADIOLOGIST,
    ANAESTHETIST,
    GERIATRICIAN,
    PSYCHIATRIST,
    REGULATOR,
    BIOLOGIST,
    MEDICAL_BIOLOGIST,
    DISPENSER,
    HOSPITAL_PHARMACIST,
    HOSPITAL_MIDWIFE,
    HOSPITAL_NURSE,
    REHABILITATION,
    DENTAL_SURGEON,
)

CLERKS = (
    Clerk("accueil.chu", "Jeanne PERRON, accueil", at.UNIVERSITY_HOSPITAL, "0101"),
    Clerk("accueil.ch", "Karim DUVIVIER, accueil", at.HOSPITAL, "0102"),
    Clerk("accueil.clinique", "Lucette TAMARIS, accueil", at.CLINIC, "0103"),
)
