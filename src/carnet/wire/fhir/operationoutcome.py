"""OperationOutcome: what was refused or warned about, for a program and for a person (FHIR R4 operationoutcome)."""

from __future__ import annotations

from collections.abc import Sequence

from carnet.wire.fhir import resources as fhir

RULES = "https://carnet.example/fhir/CodeSystem/rules"
# Names of XDS attributes, as problems of the record use them, and where FHIR carries them.
_PLACES = {
    "author": "author",
    "availabilityStatus": "status",
    "classCode": "category",
    "comments": "description",
    "confidentialityCode": "securityLabel",
    "creationTime": "content.attachment.creation",
    "entryUUID": "identifier",
    "eventCodeList": "context.event",
    "formatCode": "content.format",
    "hash": "content.attachment.hash",
    "healthcareFacilityTypeCode": "context.facilityType",
    "languageCode": "content.attachment.language",
    "legalAuthenticator": "authenticator",
    "mimeType": "content.attachment.contentType",
    "patientId": "subject",
    "practiceSettingCode": "context.practiceSetting",
    "referenceIdList": "context.related",
    "repositoryUniqueId": "custodian",
    "serviceStartTime": "context.period.start",
    "serviceStopTime": "context.period.end",
    "size": "content.attachment.size",
    "sourcePatientId": "context.sourcePatientInfo",
    "sourcePatientInfo": "context.sourcePatientInfo",
    "title": "content.attachment.title",
    "typeCode": "type",
    "uniqueId": "masterIdentifier",
}
_SET_PLACES = {
    "author": "source",
    "contentTypeCode": "extension('https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-designationType')",
    "entryUUID": "identifier",
    "patientId": "subject",
    "sourceId": "extension('https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourceId')",
    "submissionTime": "date",
    "title": "title",
    "uniqueId": "identifier",
}


def place_of(field: str) -> str:
    """The FHIR path of an XDS attribute name (`DocumentEntry.typeCode`); anything else stays as it is."""
    owner, _, attribute = field.partition(".")
    name, _, rest = attribute.partition("[")
    if owner == "DocumentEntry" and name in _PLACES:
        return f"DocumentReference.{_PLACES[name]}{'[' + rest if rest else ''}"
    if owner == "SubmissionSet" and name in _SET_PLACES:
        return f"List.{_SET_PLACES[name]}"
    return field


def issue(
    *,
    code: str,
    rule: str,
    text: str,
    field: str = "",
    found: str = "",
    expected: str = "",
    source: str = "",
    severity: str = "error",
) -> fhir.Issue:
    """One issue: `code` is FHIR's (issue-type), `rule` our stable name, `text` a sentence in French."""
    parts = [f"Trouvé : {found}." if found else "", f"Attendu : {expected}." if expected else "", source]
    return fhir.Issue(
        severity=severity,
        code=code,
        details=fhir.CodeableConcept(coding=(fhir.Coding(system=RULES, code=rule),), text=text),
        diagnostics=" ".join(filter(None, parts)) or None,
        expression=(place_of(field),) if field else (),
    )


def outcome(issues: Sequence[fhir.Issue]) -> fhir.OperationOutcome:
    """An OperationOutcome of at least one issue."""
    return fhir.OperationOutcome(issue=tuple(issues))
