"""What is wrong with a submission, all of it at once: pure checks over values.

Sources: IHE ITI TF-3 §4.2.3 (required attributes of a provided document), §4.2.4.1 (errors); for a domain of
the French profile, CI-SIS "Partage de documents de santé" and the DMP's metadata rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from carnet.kernel.blobs import Received
from carnet.kernel.errors import Problem, Reason
from carnet.record.documents.times import is_dtm
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import AssociationType, Author, Code, DocumentEntry, Submission, SubmissionSet

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_OID_LENGTH = 64
_UNIQUE_ID_LENGTH = 128
_XCN_PARTS = 9
_LEVELS = frozenset({"N", "R", "V"})
_MIME = re.compile(r"[a-z]+/[a-z0-9.+-]+", re.IGNORECASE | re.ASCII)

_TF3_ENTRY = "IHE ITI TF-3 §4.2.3.2"
_TF3_SET = "IHE ITI TF-3 §4.2.3.3"
_DMP = "CI-SIS Partage de documents ; métadonnées DMP, fiche"

# Attributes of one coded value: name in the standard → how to read it.
_CODED: dict[str, Callable[[DocumentEntry], Code | None]] = {
    "classCode": lambda entry: entry.class_code,
    "typeCode": lambda entry: entry.type_code,
    "formatCode": lambda entry: entry.format_code,
    "healthcareFacilityTypeCode": lambda entry: entry.healthcare_facility_type_code,
    "practiceSettingCode": lambda entry: entry.practice_setting_code,
}


def check(submission: Submission, contents: Mapping[str, Received], domain: terminology.Domain) -> tuple[Problem, ...]:
    """Every problem of a submission in its domain; empty when it can be registered."""
    problems = list(_check_set(submission.submission_set, domain))
    problems += _check_uniqueness(submission)
    for entry in submission.entries:
        problems += _check_entry(entry, domain)
        if entry.patient_id != submission.submission_set.patient_id:
            problems.append(
                Problem(
                    reason=Reason.PATIENT_MISMATCH,
                    rule="patient-of-the-set",
                    text="La fiche et le lot ne portent pas le même identifiant de patient.",
                    field="DocumentEntry.patientId",
                    source="IHE ITI TF-3 §4.2.4.1 (XDSPatientIdDoesNotMatch)",
                )
            )
        problems += _check_content(entry, contents.get(entry.entry_uuid))
    problems += _check_parts(submission, contents)
    problems += _check_associations(submission)
    if submission.folders:
        problems.append(
            Problem(
                reason=Reason.INVALID,
                rule="folder-unsupported",
                text="Les classeurs (Folder) ne sont pas acceptés.",
                field="RegistryPackage",
                found="Folder",
                expected="SubmissionSet",
                source="IHE ITI TF-3 §4.2.1.3",
            )
        )
    return tuple(problems)


def _missing(field: str, source: str, text: str = "Cet attribut est obligatoire.", expected: str = "") -> Problem:
    rule = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", field.rpartition(".")[2]).lower()
    return Problem(
        reason=Reason.INVALID, rule=f"{rule}-missing", text=text, field=field, expected=expected, source=source
    )


def _invalid(rule: str, field: str, text: str, found: str, expected: str, source: str) -> Problem:
    return Problem(
        reason=Reason.INVALID, rule=rule, text=text, field=field, found=found[:200], expected=expected, source=source
    )


def _check_unique_id(value: str, field: str, domain: terminology.Domain, *, extension: bool) -> Iterator[Problem]:
    if not value:
        yield _missing(field, "IHE ITI TF-3 §4.2.3.2.26")
        return
    root, caret, rest = value.partition("^")
    if caret and not (extension and domain.accepts_oid_extension):
        yield _invalid(
            "unique-id-extension",
            field,
            "Le format OID^extension n'est pas accepté : donnez un OID sans extension.",
            value,
            "un OID, par exemple 2.25.<décimal>",
            "DMP, volet Transmission de documents CDA en HL7 v2",
        )
    elif not _OID.fullmatch(root) or len(root) > _OID_LENGTH or len(value) > _UNIQUE_ID_LENGTH or (caret and not rest):
        yield _invalid(
            "unique-id-oid",
            field,
            "Cet identifiant n'est pas un OID.",
            value,
            "un OID de 64 caractères au plus ; un UUID s'écrit 2.25.<décimal>",
            "IHE ITI TF-3 §4.2.3.2.26 ; ISO 8824",
        )


def _check_patient_id(value: str, domain: terminology.Domain) -> Iterator[Problem]:
    identifier = identity.parse_cx(value)
    if isinstance(identifier, Problem):
        yield identifier
        return
    problem = identity.check_identifier(domain, identifier)
    if problem is not None:
        yield problem


def _check_time(value: str, field: str, source: str, *, required: bool) -> Iterator[Problem]:
    if not value:
        if required:
            yield _missing(field, source)
    elif not is_dtm(value):
        yield _invalid(
            "date", field, "Cette date n'existe pas ou n'est pas un DTM.", value, "AAAA[MM[JJ[hh[mm[ss]]]]] en UTC",
            "IHE ITI TF-3 §4.2.3.1.7",
        )  # fmt: skip


def _check_set(value: SubmissionSet, domain: terminology.Domain) -> Iterator[Problem]:
    yield from _check_patient_id(value.patient_id, domain)
    yield from _check_unique_id(value.unique_id, "SubmissionSet.uniqueId", domain, extension=False)
    if not value.source_id:
        yield _missing("SubmissionSet.sourceId", _TF3_SET, expected="l'OID du système émetteur")
    elif not _OID.fullmatch(value.source_id) or len(value.source_id) > _OID_LENGTH:
        yield _invalid(
            "source-id-oid", "SubmissionSet.sourceId", "Ce n'est pas un OID.", value.source_id, "un OID", _TF3_SET
        )
    yield from _check_time(value.submission_time, "SubmissionSet.submissionTime", _TF3_SET, required=True)
    if value.content_type_code is None:
        yield _missing("SubmissionSet.contentTypeCode", _TF3_SET)
    else:
        yield from _code(domain, "contentTypeCode", value.content_type_code)
    if domain.french_profile:
        yield from _check_authors(value.authors, "SubmissionSet.author")


def _code(domain: terminology.Domain, attribute: str, code: Code) -> Iterator[Problem]:
    problem = terminology.check_code(domain, attribute, code)
    if problem is not None:
        yield problem


def _check_entry(entry: DocumentEntry, domain: terminology.Domain) -> Iterator[Problem]:
    yield from _check_unique_id(entry.unique_id, "DocumentEntry.uniqueId", domain, extension=True)
    if not _MIME.fullmatch(entry.mime_type):
        yield _invalid(
            "mime-type",
            "DocumentEntry.mimeType",
            "Ce n'est pas un type MIME.",
            entry.mime_type,
            "text/xml…",
            _TF3_ENTRY,
        )
    for attribute, read in _CODED.items():
        code = read(entry)
        if code is None:
            yield _missing(f"DocumentEntry.{attribute}", _TF3_ENTRY)
        else:
            yield from _code(domain, attribute, code)
    if not entry.confidentiality_codes:
        yield _missing("DocumentEntry.confidentialityCode", _TF3_ENTRY)
    for code in entry.confidentiality_codes:
        yield from _code(domain, "confidentialityCode", code)
    if not entry.language_code:
        yield _missing("DocumentEntry.languageCode", _TF3_ENTRY)
    if not entry.source_patient_id:
        yield _missing("DocumentEntry.sourcePatientId", _TF3_ENTRY)
    french = domain.french_profile
    yield from _check_time(entry.creation_time, "DocumentEntry.creationTime", _TF3_ENTRY, required=True)
    yield from _check_time(entry.service_start_time, "DocumentEntry.serviceStartTime", _DMP, required=french)
    yield from _check_time(entry.service_stop_time, "DocumentEntry.serviceStopTime", _DMP, required=False)
    if french:
        yield from _check_french(entry)


def _check_french(entry: DocumentEntry) -> Iterator[Problem]:
    levels = [code.code for code in entry.confidentiality_codes if code.code in _LEVELS]
    if entry.confidentiality_codes and len(levels) != 1:
        yield _invalid(
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
            yield _invalid(
                "class-of-type",
                "DocumentEntry.classCode",
                "La classe ne correspond pas au type du document.",
                entry.class_code.code,
                f"{implied.code} {implied.display}",
                "ASS_X16 correspondance type-classe DMP",
            )
    yield from _check_authors(entry.authors, "DocumentEntry.author")
    if not entry.legal_authenticator:
        yield _missing("DocumentEntry.legalAuthenticator", _DMP)
    if not entry.title:
        yield _missing("DocumentEntry.title", _DMP)
    if not entry.source_patient_info:
        yield _missing("DocumentEntry.sourcePatientInfo", _DMP, expected="PID-5, PID-7 et PID-8")


def _check_authors(authors: tuple[Author, ...], field: str) -> Iterator[Problem]:
    if not authors:
        yield _missing(field, _DMP, "Il faut au moins un auteur.")
    for author in authors:
        if not author.person:
            yield _missing(f"{field}Person", _DMP, expected="un XCN : identifiant^nom^prénom^…^&OID&ISO^D^^^IDNPS")
        elif author.person.count("^") < _XCN_PARTS - 1:
            yield _invalid(
                "author-person-xcn",
                f"{field}Person",
                "L'auteur n'est pas un XCN complet (identifiant et autorité).",
                author.person,
                "identifiant^nom^prénom^^^^^^&OID&ISO^D^^^IDNPS",
                _DMP,
            )


def _check_content(entry: DocumentEntry, content: Received | None) -> Iterator[Problem]:
    if content is None:
        yield Problem(
            reason=Reason.MISSING_DOCUMENT,
            rule="document-missing",
            text="La fiche n'est accompagnée d'aucun document.",
            field="DocumentEntry.id",
            found=entry.entry_uuid[:100],
            expected="un Document dont l'id est celui de la fiche",
            source="IHE ITI TF-2 §3.41.4.1.3 (XDSMissingDocument)",
        )
        return
    if entry.hash and entry.hash.lower() != content.sha1:
        yield Problem(
            reason=Reason.WRONG_HASH,
            rule="hash",
            text="L'empreinte annoncée n'est pas celle du document reçu.",
            field="DocumentEntry.hash",
            found=entry.hash[:64],
            expected=content.sha1,
            source="IHE ITI TF-3 §4.2.3.2.10 (SHA-1)",
        )
    if entry.size is not None and entry.size != content.size:
        yield Problem(
            reason=Reason.WRONG_SIZE,
            rule="size",
            text="La taille annoncée n'est pas celle du document reçu.",
            field="DocumentEntry.size",
            found=str(entry.size),
            expected=str(content.size),
            source="IHE ITI TF-3 §4.2.3.2.21",
        )
    if content.size == 0:
        yield _invalid(
            "document-empty", "Document", "Le document est vide.", "0 octet", "au moins un octet", _TF3_ENTRY
        )


def _check_parts(submission: Submission, contents: Mapping[str, Received]) -> Iterator[Problem]:
    known = {entry.entry_uuid for entry in submission.entries}
    for extra in contents.keys() - known:
        yield Problem(
            reason=Reason.MISSING_METADATA,
            rule="metadata-missing",
            text="Un document n'a pas de fiche.",
            field="Document.id",
            found=extra[:100],
            expected="l'id d'une fiche du lot",
            source="IHE ITI TF-2 §3.41.4.1.3 (XDSMissingDocumentMetadata)",
        )
    if not submission.entries:
        yield _missing("DocumentEntry", "IHE ITI TF-2 §3.41", "Le lot ne contient aucune fiche.")


def _check_uniqueness(submission: Submission) -> Iterator[Problem]:
    ids = Counter(entry.entry_uuid for entry in submission.entries)
    ids.update((submission.submission_set.entry_uuid,))
    for value, count in ids.items():
        if count > 1:
            yield _invalid(
                "id-twice", "id", "Deux objets du lot portent le même id.", value, "un id par objet", "ebRIM 3.0"
            )
    names = Counter(entry.unique_id for entry in submission.entries if entry.unique_id)
    for value, count in names.items():
        if count > 1:
            yield _invalid(
                "unique-id-twice",
                "DocumentEntry.uniqueId",
                "Deux fiches du lot portent le même identifiant unique.",
                value,
                "un identifiant par document",
                _TF3_ENTRY,
            )


def _check_associations(submission: Submission) -> Iterator[Problem]:
    known = {entry.entry_uuid for entry in submission.entries}
    members = set()
    for association in submission.associations:
        if association.type == AssociationType.HAS_MEMBER:
            if association.source == submission.submission_set.entry_uuid and association.target in known:
                members.add(association.target)
            else:
                yield Problem(
                    reason=Reason.UNSUPPORTED,
                    rule="member-by-reference",
                    text="Un lot ne contient ici que les fiches qu'il apporte.",
                    field="Association.targetObject",
                    found=association.target[:100],
                    expected="l'id d'une fiche du lot",
                    source="IHE ITI TF-3 §4.2.1.4",
                )
        elif association.type not in tuple(AssociationType):
            yield _invalid(
                "association-type",
                "Association.associationType",
                "Ce type d'association n'existe pas.",
                association.type,
                ", ".join(kind.rpartition(":")[2] for kind in AssociationType),
                "IHE ITI TF-3 §4.2.2",
            )
        elif association.source not in known:
            yield _invalid(
                "association-source",
                "Association.sourceObject",
                "La source de l'association n'est pas une fiche du lot.",
                association.source,
                "l'id d'une fiche du lot",
                "IHE ITI TF-3 §4.2.2",
            )
    for entry in submission.entries:
        if entry.entry_uuid not in members:
            yield _invalid(
                "member-missing",
                "Association",
                "Aucune association HasMember ne relie cette fiche à son lot.",
                entry.entry_uuid,
                "HasMember du lot vers la fiche",
                "IHE ITI TF-3 §4.2.1.4",
            )
