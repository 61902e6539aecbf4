"""Fictional documents of common French types, for the demonstration and the tests.

Each function takes who it is about, who writes, when, and what is said; it gives the bytes of a document
whose header has everything the French profile asks for (CI-SIS Structuration minimale). Nothing here is
about a real person; callers give identifiers under the test OIDs.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from carnet.wire.cda.header import Header, Identifier, Participant, Patient, Related, ServiceEvent
from carnet.wire.cda.pdf import text_pdf
from carnet.wire.cda.write import File, Items, Paragraph, Section, Table, write_document
from carnet.wire.xds.model import Code

LOINC = "2.16.840.1.113883.6.1"
_ACT = "2.16.840.1.113883.5.4"
_FACILITIES = "1.2.250.1.71.4.2.4"
_SETTINGS = "1.2.250.1.213.1.1.4.9"
_VOLET = "1.2.250.1.213.1.1.1."
_UNSTRUCTURED = Identifier("1.3.6.1.4.1.19376.1.2.20")

PRACTICE = Code("SA07", _FACILITIES, "Cabinet individuel")
HOSPITAL = Code("SA01", _FACILITIES, "Etablissement public de santé")
LABORATORY = Code("SA25", _FACILITIES, "Laboratoire de biologie médicale")
GROUP = Code("SA08", _FACILITIES, "Cabinet de groupe")
AMBULATORY = Code("AMBULATOIRE", _SETTINGS, "Ambulatoire")
ESTABLISHMENT = Code("ETABLISSEMENT", _SETTINGS, "Etablissement de santé")
_AMB = Code("AMB", _ACT, "Ambulatoire (hors établissement)")
_IMP = Code("IMP", _ACT, "Hospitalisation (établissement, y compris HAD)")


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What every document says: its id (a UUID), whom it is about, who writes, when (`YYYYMMDDhhmmss+ZZzz`).

    `start` and `stop` are the act's (`created` when empty); `replaces` is the UUID of the document that
    this one replaces, `version` then its number; `series` the UUID shared by the versions.
    """

    document: UUID
    patient: Patient
    author: Participant
    created: str
    start: str = ""
    stop: str = ""
    facility: Code | None = None
    confidentiality: str = "N"
    version: int = 1
    series: UUID | None = None
    replaces: UUID | None = None


class Result(msgspec.Struct, frozen=True):
    """One line of a laboratory report."""

    analysis: str
    value: str
    unit: str = ""
    reference: str = ""


def oid_of(identifier: UUID) -> str:
    """A UUID as an OID (ITU-T X.667 §7)."""
    return f"2.25.{identifier.int}"


def lab_report(frame: Frame, *, chapter: str, results: Sequence[Result], conclusion: str) -> bytes:
    """Compte rendu d'examens biologiques (11502-2)."""
    rows = tuple((one.analysis, one.value, one.unit, one.reference) for one in results)
    table = Table(("Analyse", "Résultat", "Unité", "Valeurs de référence"), rows, chapter)
    header = _header(
        frame,
        Code("11502-2", LOINC, "CR d'examens biologiques"),
        "Compte rendu d'examens de biologie médicale",
        (Identifier("1.3.6.1.4.1.19376.1.3.3"), Identifier(_VOLET + "55", "2024.01")),
        LABORATORY,
        Code("18719-5", LOINC, "Biochimie"),
    )
    return write_document(
        header,
        (
            Section(chapter, Code("18719-5", LOINC, "Biochimie"), (table,)),
            Section("Conclusion", Code("55112-7", LOINC, "Commentaire"), (Paragraph(conclusion),)),
        ),
    )


def discharge_letter(
    frame: Frame, *, reason: str, course: str, treatments: Sequence[str], follow_up: Sequence[str]
) -> bytes:
    """Lettre de liaison à la sortie d'un établissement de soins (11490-0)."""
    header = _header(
        frame,
        Code("11490-0", LOINC, "Lettre de liaison à la sortie d'un établissement de soins"),
        "Lettre de liaison à la sortie",
        (Identifier(_VOLET + "29", "2022.01"),),
        HOSPITAL,
        _IMP,
    )
    return write_document(
        header,
        (
            Section("Motif d'hospitalisation", Code("42349-1", LOINC, "Raison"), (Paragraph(reason),)),
            Section("Synthèse médicale du séjour", Code("42545-4", LOINC, "Événements"), (Paragraph(course),)),
            Section("Traitements à la sortie", Code("10183-2", LOINC, "Traitements"), (Items(tuple(treatments)),)),
            Section("Suites à donner", Code("18776-5", LOINC, "Plan de soins"), (Items(tuple(follow_up)),)),
        ),
    )


def prescription(frame: Frame, *, lines: Sequence[tuple[str, str, str]], comment: str = "") -> bytes:
    """Prescription de produits de santé (57833-6); a line is a product, its dosage, its duration."""
    header = _header(
        frame,
        Code("57833-6", LOINC, "Prescription de produits de santé"),
        "Prescription de médicaments",
        (Identifier("1.3.6.1.4.1.19376.1.9.1.1.1"), Identifier(_VOLET + "39", "2024.01")),
        PRACTICE,
        Code("57833-6", LOINC, "Prescription de produits de santé"),
    )
    sections = [
        Section(
            "Médicaments prescrits",
            Code("57828-6", LOINC, "Prescriptions"),
            (Table(("Produit", "Posologie", "Durée"), tuple(lines)),),
        )
    ]
    if comment:
        sections.append(Section("Commentaire", Code("55112-7", LOINC, "Commentaire"), (Paragraph(comment),)))
    return write_document(header, sections)


def vaccination_note(frame: Frame, *, vaccine: str, disease: str, lot: str, dose: str) -> bytes:
    """Note de vaccination (87273-9)."""
    code = Code("87273-9", LOINC, "Note de vaccination")
    header = _header(
        frame,
        code,
        "Note de vaccination",
        (Identifier("1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2"), Identifier(_VOLET + "46", "2023.01")),
        PRACTICE,
        code,
    )
    table = Table(("Vaccin", "Maladie", "Lot", "Dose"), ((vaccine, disease, lot, dose),))
    return write_document(header, (Section("Vaccination", Code("11369-6", LOINC, "Vaccinations"), (table,)),))


def imaging_report(
    frame: Frame, *, examination: Code, indication: str, technique: str, findings: Sequence[str], conclusion: str
) -> bytes:
    """Compte rendu d'imagerie médicale (18748-4); `examination` is the act, also an event code."""
    header = _header(
        frame,
        Code("18748-4", LOINC, "CR d'imagerie médicale"),
        f"Compte rendu d'imagerie : {examination.display}",
        (Identifier(_VOLET + "45", "2024.01"),),
        GROUP,
        examination,
    )
    return write_document(
        header,
        (
            Section(
                "Informations cliniques", Code("55752-0", LOINC, "Informations cliniques"), (Paragraph(indication),)
            ),
            Section("Technique", Code("55111-9", LOINC, "Technique"), (Paragraph(technique),)),
            Section("Résultats", Code("59776-5", LOINC, "Résultats"), (Items(tuple(findings)),)),
            Section("Conclusion", Code("19005-8", LOINC, "Conclusion"), (Paragraph(conclusion),)),
        ),
    )


def pdf_letter(frame: Frame, *, title: str, lines: Sequence[str]) -> bytes:
    """A consultation letter (11488-4) that is only a PDF (N1)."""
    header = _header(
        frame,
        Code("11488-4", LOINC, "CR ou fiche de consultation ou de visite"),
        title,
        (_UNSTRUCTURED,),
        PRACTICE,
        Code("CS", "1.2.250.1.215.200.3.3", "Consultation au cabinet"),
    )
    return write_document(header, File("application/pdf", text_pdf(title, lines)))


def _header(
    frame: Frame, code: Code, title: str, templates: tuple[Identifier, ...], facility: Code, act: Code
) -> Header:
    facility = frame.facility or facility
    setting = ESTABLISHMENT if facility.code in ("SA01", "SA03", "SA04") else AMBULATORY
    author = msgspec.structs.replace(frame.author, time=frame.created)
    organization = author.organization
    if organization is None:
        raise ValueError("the author of a document works in a structure: give author.organization")
    performer = msgspec.structs.replace(
        author, organization=msgspec.structs.replace(organization, practice_setting=setting)
    )
    start = frame.start or frame.created
    hospital = setting is ESTABLISHMENT
    return Header(
        identifier=Identifier(oid_of(frame.document)),
        set_id=Identifier(oid_of(frame.series or frame.document)),
        version=frame.version,
        code=code,
        title=title,
        effective_time=frame.created,
        confidentiality=Code(
            frame.confidentiality,
            "2.16.840.1.113883.5.25",
            {"N": "Normal", "R": "Restreint", "V": "Très restreint"}[frame.confidentiality],
        ),
        language="fr-FR",
        realm="FR",
        templates=(Identifier("2.16.840.1.113883.2.8.2.1"), Identifier("1.2.250.1.213.1.1.1.1"), *templates),
        patient=frame.patient,
        authors=(author,),
        legal_authenticator=msgspec.structs.replace(author, role=None),
        custodian=msgspec.structs.replace(organization, practice_setting=None),
        events=(ServiceEvent(code=act, start=start, stop=frame.stop, performer=performer),),
        facility=facility,
        encounter=_IMP if hospital else _AMB,
        encounter_start=start,
        encounter_stop=frame.stop,
        related=(Related("RPLC", Identifier(oid_of(frame.replaces))),) if frame.replaces is not None else (),
    )
