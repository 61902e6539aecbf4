"""What a deposit by hand says of itself, checked all at once: pure, over values.

Sources: DMP metadata rules (fiche; documents of the patient), JDV_J07, CI-SIS Structuration minimale.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from carnet.kernel.errors import Problem, Reason
from carnet.record.documents import patient_authored
from carnet.record.documents.problems import invalid, missing
from carnet.record.terminology import api as terminology
from carnet.wire.cda.header import Header

LONGEST_TITLE, LONGEST_COMMENT = 200, 2000
_DMP = "DMP, métadonnées, fiche"
_PATIENT_TYPES = "JDV_J07, DOCPAT01 à DOCPAT09 et classe 90 ; DMP, documents du patient"


def of_patient(type_code: str) -> bool:
    """Whether a type is one that the person of the record deposits: DOCPATxx, and class 90 (EXPPAT_x…)."""
    implied = terminology.class_of_type(type_code)
    return type_code.startswith(patient_authored.TYPES) or (
        implied is not None and implied.code == patient_authored.CLASS
    )


def check(
    *, by_patient: bool, title: str, type_code: str, event_date: date, today: date, born: date | None, comments: str
) -> Iterator[Problem]:
    """Everything that is wrong with what a form says of the file."""
    if not title.strip():
        yield missing("DocumentEntry.title", _DMP, "Donnez un titre au document.")
    elif len(title) > LONGEST_TITLE:
        expected = f"{LONGEST_TITLE} caractères au plus"
        yield invalid("title-length", "DocumentEntry.title", "Ce titre est trop long.", title, expected, _DMP)
    if len(comments) > LONGEST_COMMENT:
        expected = f"{LONGEST_COMMENT} caractères au plus"
        yield invalid("comments-length", "DocumentEntry.comments", "Ce commentaire est trop long.", "", expected, _DMP)
    yield from _check_type(type_code, by_patient=by_patient)
    if event_date > today:
        text = "L'acte ne peut pas être daté de l'avenir."
        yield invalid("date", "DocumentEntry.serviceStartTime", text, event_date.isoformat(), f"{today} au plus", _DMP)
    elif born is not None and event_date < born:
        text = "L'acte est daté d'avant la naissance de la personne."
        expected = "une date depuis la naissance"
        yield invalid("date", "DocumentEntry.serviceStartTime", text, event_date.isoformat(), expected, _DMP)


def _check_type(type_code: str, *, by_patient: bool) -> Iterator[Problem]:
    field = "DocumentEntry.typeCode"
    if not type_code:
        yield missing(field, _DMP, "Dites quelle sorte de document c'est.")
    elif terminology.class_of_type(type_code) is None:
        text = "Cette sorte de document ne se dépose pas."
        yield invalid("type-code", field, text, type_code, "un type du jeu de valeurs qui a une classe", "JDV_J07")
    elif by_patient and not of_patient(type_code):
        yield invalid(
            "type-of-patient",
            field,
            "Choisissez une sorte de document que la personne dépose elle-même.",
            type_code,
            "DOCPAT01 à DOCPAT09, EXPPAT_1 à EXPPAT_3 ou 74465-6",
            _PATIENT_TYPES,
        )
    elif not by_patient and of_patient(type_code):
        yield invalid(
            "type-of-professional",
            field,
            "Cette sorte de document est déposée par la personne elle-même.",
            type_code,
            "un type de document de professionnel",
            _PATIENT_TYPES,
        )


def check_cda(header: Header, *, type_code: str, by_patient: bool) -> Iterator[Problem]:
    """What is wrong with a CDA deposited as it is: it says itself what it is."""
    if by_patient:
        yield Problem(
            reason=Reason.UNSUPPORTED,
            rule="cda-of-patient",
            text="Un document CDA a déjà un auteur : la personne dépose plutôt un PDF, un texte ou une image.",
            field="Document",
            source=_PATIENT_TYPES,
        )
    if type_code and header.code is not None and header.code.code != type_code:
        yield invalid(
            "cda-type",
            "DocumentEntry.typeCode",
            "Le document dit lui-même quelle sorte de document il est.",
            type_code,
            f"{header.code.code} {header.code.display}".strip(),
            "ClinicalDocument/code ; DMP, métadonnées, fiche",
        )
