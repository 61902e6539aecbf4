"""Documents that a patient wrote or deposited (DMP, fiche: auteur patient; JDV_J07 DOCPAT01 to DOCPAT09, class 90)."""

from __future__ import annotations

from collections.abc import Iterator

from carnet.kernel.errors import Problem, Reason
from carnet.record.documents.problems import invalid
from carnet.record.identity import api as identity
from carnet.wire.xds.model import Author, Code, DocumentEntry

CLASS = "90"
TYPES = "DOCPAT"
PLACE = "EXP_PATIENT"
_NAME_TYPE = "NH"
_SOURCE = "DMP, métadonnées d'un document du patient (auteur NH, EXP_PATIENT, pas d'établissement)"


def patient_authored(entry: DocumentEntry) -> bool:
    """Whether an entry is to be shown as the patient's own: by its type, its class or its author."""
    return (
        _deposited(entry)
        or (entry.class_code is not None and entry.class_code.code == CLASS)
        or any(is_patient(author, entry.patient_id) for author in entry.authors)
    )


def is_patient(author: Author, patient_id: str) -> bool:
    """Whether an author is named by a patient's identifier: an INS (XCN.13 = NH), or the document's patient's own.

    That one whatever its type: some people are numbered by nobody but us, and a name without type is no disguise.
    """
    parts = author.person.split("^")
    return (len(parts) > 12 and parts[12] == _NAME_TYPE) or _same_person(author.person, patient_id)


def check(entry: DocumentEntry, *, by_patient: bool) -> Iterator[Problem]:
    """What is wrong with an entry that says it is the patient's, or should; `by_patient` when a patient sends it."""
    field = "DocumentEntry.author"
    mine = [author for author in entry.authors if is_patient(author, entry.patient_id)]
    if not mine:
        if by_patient or _deposited(entry):
            yield invalid(
                "patient-author-missing",
                field,
                "Un document déposé par le patient a le patient pour auteur.",
                entry.type_code.code if entry.type_code else "",
                "INS^nom^prénom^^^^^^&OID&ISO^D^^^NH",
                _SOURCE,
            )
        return
    if len(mine) < len(entry.authors):
        # A professional's document that the patient helped to write is the professional's.
        return
    if not by_patient:
        yield invalid(
            "author-is-patient",
            field,
            "Seul le patient dépose un document dont il est l'auteur.",
            "",
            "un auteur professionnel, ou un dépôt par le patient",
            "DMP, matrice d'habilitation ; CSP L.1111-15",
            Reason.FORBIDDEN,
        )
    for author in mine:
        if not _same_person(author.person, entry.patient_id):
            yield invalid(
                "author-patient",
                f"{field}.authorPerson",
                "L'auteur n'est pas le patient du document.",
                "",
                "l'identifiant du patient",
                _SOURCE,
                Reason.PATIENT_MISMATCH,
            )
        if author.institutions:
            yield invalid(
                "patient-institution",
                f"{field}.authorInstitution",
                "Un patient n'écrit pas pour un établissement.",
                author.institutions[0],
                "aucun établissement",
                _SOURCE,
            )
    for name, code in (
        ("practiceSettingCode", entry.practice_setting_code),
        ("healthcareFacilityTypeCode", entry.healthcare_facility_type_code),
    ):
        yield from check_place(f"DocumentEntry.{name}", code)


def check_place(field: str, code: Code | None) -> Iterator[Problem]:
    """The place of a patient's own words is the patient (EXP_PATIENT)."""
    if code is not None and code.code != PLACE:
        yield invalid(
            "patient-place", field, "Le cadre d'un document du patient est son expression.", code.code, PLACE, _SOURCE
        )


def _deposited(entry: DocumentEntry) -> bool:
    return entry.type_code is not None and entry.type_code.code.startswith(TYPES)


def _same_person(person: str, patient_id: str) -> bool:
    parts = person.split("^")
    patient = identity.parse_cx(patient_id)
    if isinstance(patient, Problem):
        return False
    authority = parts[8].split("&") if len(parts) > 8 else []
    return parts[0] == patient.value and len(authority) > 1 and authority[1] == patient.system
