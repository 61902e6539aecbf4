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
from carnet.record.documents import association_rules, content_rules, french_rules
from carnet.record.documents.problems import invalid, is_oid, missing
from carnet.record.documents.times import is_dtm
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import Code, DocumentEntry, Folder, Submission, SubmissionSet

_UNIQUE_ID_LENGTH = 128
_TEXT_LENGTH = 1024
_MIME = re.compile(r"[a-z]+/[a-z0-9.+-]+", re.IGNORECASE | re.ASCII)

_TF3_ENTRY = "IHE ITI TF-3 §4.2.3.2"
_TF3_SET = "IHE ITI TF-3 §4.2.3.3"
_TF3_FOLDER = "IHE ITI TF-3 §4.2.3.4"
_DMP = "CI-SIS Partage de documents ; métadonnées DMP, fiche"

# Attributes of one coded value: name in the standard → how to read it.
_CODED: dict[str, Callable[[DocumentEntry], Code | None]] = {
    "classCode": lambda entry: entry.class_code,
    "typeCode": lambda entry: entry.type_code,
    "formatCode": lambda entry: entry.format_code,
    "healthcareFacilityTypeCode": lambda entry: entry.healthcare_facility_type_code,
    "practiceSettingCode": lambda entry: entry.practice_setting_code,
}


def check(
    submission: Submission, contents: Mapping[str, Received], domain: terminology.Domain, *, by_patient: bool = False
) -> tuple[Problem, ...]:
    """Every problem of a submission that brings its bytes (ITI-41, ITI-65); empty when it can be registered."""
    problems = _check_metadata(submission, domain, by_patient)
    for entry in submission.entries:
        problems += content_rules.check_content(entry, contents.get(entry.entry_uuid))
    problems += content_rules.check_parts(submission, contents)
    problems += association_rules.check(submission)
    return tuple(problems)


def check_registered(submission: Submission, domain: terminology.Domain, *, repository: str) -> tuple[Problem, ...]:
    """Every problem of a submission whose bytes are elsewhere (ITI-42); `repository` is ours, where they are not."""
    problems = _check_metadata(submission, domain, by_patient=False)
    for entry in submission.entries:
        problems += content_rules.check_elsewhere(entry, repository)
    problems += association_rules.check(submission)
    return tuple(problems)


def _check_metadata(submission: Submission, domain: terminology.Domain, by_patient: bool) -> list[Problem]:
    the_set = submission.submission_set
    problems = list(_check_set(the_set, domain, by_patient=by_patient))
    problems += _check_uniqueness(submission)
    problems += _check_texts(submission)
    for entry in submission.entries:
        problems += _check_entry(entry, domain, by_patient=by_patient)
        problems += _check_same_patient("DocumentEntry", entry.patient_id, the_set)
    for folder in submission.folders:
        problems += _check_folder(folder, domain)
        problems += _check_same_patient("Folder", folder.patient_id, the_set)
    if not (submission.entries or submission.folders or submission.associations):
        problems.append(missing("DocumentEntry", "IHE ITI TF-2 §3.41", "Le lot ne contient rien."))
    if domain.french_profile:
        problems += french_rules.check_signatures(submission)
    return problems


def _check_same_patient(kind: str, patient_id: str, the_set: SubmissionSet) -> Iterator[Problem]:
    if patient_id != the_set.patient_id:
        yield Problem(
            reason=Reason.PATIENT_MISMATCH,
            rule="patient-of-the-set",
            text="Cet objet et le lot ne portent pas le même identifiant de patient.",
            field=f"{kind}.patientId",
            source="IHE ITI TF-3 §4.2.4.1 (XDSPatientIdDoesNotMatch)",
        )


def _check_unique_id(value: str, field: str, domain: terminology.Domain, *, extension: bool) -> Iterator[Problem]:
    if not value:
        yield missing(field, "IHE ITI TF-3 §4.2.3.2.26")
        return
    root, caret, rest = value.partition("^")
    if caret and not (extension and domain.accepts_oid_extension):
        yield invalid(
            "unique-id-extension",
            field,
            "Le format OID^extension n'est pas accepté : donnez un OID sans extension.",
            value,
            "un OID, par exemple 2.25.<décimal>",
            "DMP, volet Transmission de documents CDA en HL7 v2",
        )
    elif not is_oid(root) or len(value) > _UNIQUE_ID_LENGTH or (caret and not rest):
        yield invalid(
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
            yield missing(field, source)
    elif not is_dtm(value):
        yield invalid(
            "date", field, "Cette date n'existe pas ou n'est pas un DTM.", value, "AAAA[MM[JJ[hh[mm[ss]]]]] en UTC",
            "IHE ITI TF-3 §4.2.3.1.7",
        )  # fmt: skip


def _check_set(value: SubmissionSet, domain: terminology.Domain, *, by_patient: bool) -> Iterator[Problem]:
    yield from _check_patient_id(value.patient_id, domain)
    yield from _check_unique_id(value.unique_id, "SubmissionSet.uniqueId", domain, extension=False)
    if not value.source_id:
        yield missing("SubmissionSet.sourceId", _TF3_SET, expected="l'OID du système émetteur")
    elif not is_oid(value.source_id):
        yield invalid(
            "source-id-oid", "SubmissionSet.sourceId", "Ce n'est pas un OID.", value.source_id, "un OID", _TF3_SET
        )
    yield from _check_time(value.submission_time, "SubmissionSet.submissionTime", _TF3_SET, required=True)
    if value.content_type_code is None:
        yield missing("SubmissionSet.contentTypeCode", _TF3_SET)
    else:
        yield from _code(domain, "contentTypeCode", value.content_type_code)
    if domain.french_profile:
        yield from french_rules.check_set(value, by_patient=by_patient)


def _check_folder(folder: Folder, domain: terminology.Domain) -> Iterator[Problem]:
    yield from _check_unique_id(folder.unique_id, "Folder.uniqueId", domain, extension=False)
    if not folder.codes:
        yield missing("Folder.codeList", _TF3_FOLDER)
    for code in folder.codes:
        yield from _code(domain, "codeList", code)
    if domain.french_profile and not folder.title:
        yield missing("Folder.title", "DMP, classeur (title 1..1)")


def _code(domain: terminology.Domain, attribute: str, code: Code) -> Iterator[Problem]:
    problem = terminology.check_code(domain, attribute, code)
    if problem is not None:
        yield problem


def _check_entry(entry: DocumentEntry, domain: terminology.Domain, *, by_patient: bool) -> Iterator[Problem]:
    if not entry.stable:
        yield invalid(
            "entry-on-demand",
            "DocumentEntry.objectType",
            "Une fiche de document à la demande ne s'enregistre pas ici.",
            "à la demande",
            "un document stable",
            "IHE ITI TF-2 §3.41, §3.42, §3.61",
        )
    yield from _check_unique_id(entry.unique_id, "DocumentEntry.uniqueId", domain, extension=True)
    if not _MIME.fullmatch(entry.mime_type):
        yield invalid(
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
            yield missing(f"DocumentEntry.{attribute}", _TF3_ENTRY)
        else:
            yield from _code(domain, attribute, code)
    if not entry.confidentiality_codes:
        yield missing("DocumentEntry.confidentialityCode", _TF3_ENTRY)
    for code in entry.confidentiality_codes:
        yield from _code(domain, "confidentialityCode", code)
    if not entry.language_code:
        yield missing("DocumentEntry.languageCode", _TF3_ENTRY)
    if not entry.source_patient_id:
        yield missing("DocumentEntry.sourcePatientId", _TF3_ENTRY)
    french = domain.french_profile
    yield from _check_time(entry.creation_time, "DocumentEntry.creationTime", _TF3_ENTRY, required=True)
    yield from _check_time(entry.service_start_time, "DocumentEntry.serviceStartTime", _DMP, required=french)
    yield from _check_time(entry.service_stop_time, "DocumentEntry.serviceStopTime", _DMP, required=False)
    if french:
        yield from french_rules.check_entry(entry, by_patient=by_patient)


def _check_texts(submission: Submission) -> Iterator[Problem]:
    """Titles and comments travel as ebRIM's LocalizedString, whose schema bounds them; a page shows them whole."""
    for owner, objects in (
        ("SubmissionSet", (submission.submission_set,)),
        ("DocumentEntry", submission.entries),
        ("Folder", submission.folders),
    ):
        for one in objects:
            for attribute, value in (("title", one.title), ("comments", one.comments)):
                if len(value) > _TEXT_LENGTH:
                    yield invalid(
                        "text-too-long",
                        f"{owner}.{attribute}",
                        "Ce texte est trop long.",
                        f"{len(value)} caractères",
                        f"<= {_TEXT_LENGTH} caractères",
                        "ebRIM 3.0, rim.xsd (FreeFormText, maxLength 1024) ; IHE ITI TF-3 §4.2.3",
                    )


def _check_uniqueness(submission: Submission) -> Iterator[Problem]:
    objects: list[SubmissionSet | DocumentEntry | Folder] = [
        submission.submission_set,
        *submission.entries,
        *submission.folders,
    ]
    ids = Counter(found.entry_uuid for found in objects)
    for value, count in ids.items():
        if count > 1:
            yield invalid(
                "id-twice", "id", "Deux objets du lot portent le même id.", value, "un id par objet", "ebRIM 3.0"
            )
    names = Counter(found.unique_id for found in objects if found.unique_id)
    for value, count in names.items():
        if count > 1:
            yield invalid(
                "unique-id-twice",
                "uniqueId",
                "Deux objets du lot portent le même identifiant unique.",
                value,
                "un identifiant par objet",
                "IHE ITI TF-3 §4.2.4.1 (XDSRegistryDuplicateUniqueIdInMessage)",
                Reason.REPEATED,
            )
