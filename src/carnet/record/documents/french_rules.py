"""What the French profile asks beside IHE: levels, classes, authors, key objects, signatures, the patient's words.

Sources: CI-SIS "Partage de documents de santé", DMP metadata rules (fiche, lot), JDV_J08, ASS_X16; signed sets and
imaging manifests as the DMP and DRIM-M exchange them.
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.kernel.errors import Problem
from carnet.record.documents import patient_authored
from carnet.record.documents.problems import invalid, missing
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import AssociationType, Author, Code, DocumentEntry, Submission, SubmissionSet

_XCN_PARTS = 9
_LEVELS = frozenset({"N", "R", "V"})
_DMP = "CI-SIS Partage de documents ; métadonnées DMP, fiche"

KEY_OBJECTS_TYPE, KEY_OBJECTS_FORMAT, DICOM = "IMG-KOS", "1.2.840.10008.5.1.4.1.1.88.59", "application/dicom"
_KEY_OBJECTS = "DRIM-M, manifeste KOS (IMG-KOS) ; métadonnées DMP, mimeType"

SIGNATURE_CLASS = "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1"
SIGNATURE_TYPE = "E1762"
SIGNATURE_FORMAT = "http://www.w3.org/2000/09/xmldsig#"
# ASTM E1762: source signature, the purpose of the signature of a set.
SIGNATURE_PURPOSE = "1.2.840.10065.1.12.1.14"
_SIGNATURE = "DMP, lot signé (XAdES) ; IHE ITI TF-3 §5.5 (DSG)"
_SIGNATURE_MASKS = frozenset({"MASQUE_PS", "INVISIBLE_PATIENT"})


def check_set(value: SubmissionSet, *, by_patient: bool) -> Iterator[Problem]:
    """A set has authors; a patient's own says so."""
    yield from _check_authors(value.authors, "SubmissionSet.author")
    if by_patient:
        yield from patient_authored.check_place("SubmissionSet.contentTypeCode", value.content_type_code)


def is_signature(entry: DocumentEntry) -> bool:
    """Whether an entry says it is a signature document, by its class, its type or its format."""
    said = {code.code for code in (entry.class_code, entry.type_code, entry.format_code) if code is not None}
    return not said.isdisjoint({SIGNATURE_CLASS, SIGNATURE_TYPE, SIGNATURE_FORMAT})


def check_signatures(submission: Submission) -> Iterator[Problem]:
    """Only a signature document signs."""
    signatures = {entry.entry_uuid for entry in submission.entries if is_signature(entry)}
    for association in submission.associations:
        if association.type == AssociationType.SIGNS and association.source not in signatures:
            yield invalid(
                "signs-source",
                "Association.sourceObject",
                "Seul un document de signature signe.",
                association.source,
                f"une fiche de classe {SIGNATURE_CLASS}",
                _SIGNATURE,
            )


def check_entry(entry: DocumentEntry, *, by_patient: bool) -> Iterator[Problem]:
    """What the profile asks of an entry; `by_patient` when a patient sends it."""
    levels = [code.code for code in entry.confidentiality_codes if code.code in _LEVELS]
    if entry.confidentiality_codes and len(levels) != 1:
        yield invalid(
            "confidentiality-level",
            "DocumentEntry.confidentialityCode",
            "Il faut exactement un niveau de confidentialité parmi N, R et V.",
            ", ".join(levels),
            "N, R ou V, une fois",
            "CI-SIS, JDV_J08 ; DMP, confidentialityCode 1..4",
        )
    if entry.type_code is not None and entry.class_code is not None:
        implied = terminology.class_of_type(entry.type_code.code)
        if implied is not None and implied.code != entry.class_code.code:
            yield invalid(
                "class-of-type",
                "DocumentEntry.classCode",
                "La classe ne correspond pas au type du document.",
                entry.class_code.code,
                f"{implied.code} {implied.display}",
                "ASS_X16 correspondance type-classe DMP",
            )
    yield from _check_authors(entry.authors, "DocumentEntry.author")
    yield from patient_authored.check(entry, by_patient=by_patient)
    yield from _check_key_objects(entry)
    if is_signature(entry):
        yield from _check_signature(entry)
    if not entry.legal_authenticator:
        yield missing("DocumentEntry.legalAuthenticator", _DMP)
    if not entry.title:
        yield missing("DocumentEntry.title", _DMP)
    if not entry.source_patient_info:
        yield missing("DocumentEntry.sourcePatientInfo", _DMP, expected="PID-5, PID-7 et PID-8")


def _check_authors(authors: tuple[Author, ...], field: str) -> Iterator[Problem]:
    if not authors:
        yield missing(field, _DMP, "Il faut au moins un auteur.")
    for author in authors:
        if not author.person:
            yield missing(f"{field}Person", _DMP, expected="un XCN : identifiant^nom^prénom^…^&OID&ISO^D^^^IDNPS")
        elif author.person.count("^") < _XCN_PARTS - 1:
            yield invalid(
                "author-person-xcn",
                f"{field}Person",
                "L'auteur n'est pas un XCN complet (identifiant et autorité).",
                author.person,
                "identifiant^nom^prénom^^^^^^&OID&ISO^D^^^IDNPS",
                _DMP,
            )


def _check_key_objects(entry: DocumentEntry) -> Iterator[Problem]:
    """A manifest of images is one by its type, its format and its MIME type together."""
    typed = entry.type_code is not None and entry.type_code.code == KEY_OBJECTS_TYPE
    formatted = entry.format_code is not None and entry.format_code.code == KEY_OBJECTS_FORMAT
    dicom = entry.mime_type.lower() == DICOM
    if not (typed or formatted or dicom):
        return
    for rule, field, right, found, expected in (
        ("kos-type", "typeCode", typed, _code(entry.type_code), KEY_OBJECTS_TYPE),
        ("kos-format", "formatCode", formatted, _code(entry.format_code), KEY_OBJECTS_FORMAT),
        ("kos-mime-type", "mimeType", dicom, entry.mime_type, DICOM),
    ):
        if not right:
            yield invalid(
                rule,
                f"DocumentEntry.{field}",
                "Un manifeste d'images (KOS) l'est par son type, son format et son type MIME.",
                found,
                expected,
                _KEY_OBJECTS,
            )


def _check_signature(entry: DocumentEntry) -> Iterator[Problem]:
    codes = {code.code for code in entry.confidentiality_codes}
    events = {code.code for code in entry.event_codes}
    for rule, field, right, found, expected in (
        ("type", "typeCode", _code(entry.type_code) == SIGNATURE_TYPE, _code(entry.type_code), SIGNATURE_TYPE),
        (
            "format",
            "formatCode",
            _code(entry.format_code) == SIGNATURE_FORMAT,
            _code(entry.format_code),
            SIGNATURE_FORMAT,
        ),
        ("mime-type", "mimeType", entry.mime_type == "text/xml", entry.mime_type, "text/xml"),
        ("language", "languageCode", entry.language_code == "art", entry.language_code, "art"),
        ("purpose", "eventCodeList", SIGNATURE_PURPOSE in events, " ".join(sorted(events)), SIGNATURE_PURPOSE),
        (
            "masks",
            "confidentialityCode",
            codes >= _SIGNATURE_MASKS,
            " ".join(sorted(codes)),
            " ".join(sorted(_SIGNATURE_MASKS)),
        ),
    ):
        if not right:
            yield invalid(
                f"signature-{rule}",
                f"DocumentEntry.{field}",
                "Ce n'est pas la fiche d'un document de signature.",
                found,
                expected,
                _SIGNATURE,
            )


def _code(code: Code | None) -> str:
    return "" if code is None else code.code
