"""CapabilityStatement: only what is really served (FHIR R4 capabilitystatement; MHD Document Recipient, Responder)."""

from __future__ import annotations

from carnet.wire.fhir.audit_event import BALP, KINDS
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.fhir.folder import PROFILES as FOLDERS
from carnet.wire.fhir.list import PROFILES as SETS

_MHD = "https://profiles.ihe.net/ITI/MHD/CapabilityStatement/"
_SERVICES = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_SEARCHPARAM = "http://hl7.org/fhir/SearchParameter/"
_IHE_CREATION = "https://profiles.ihe.net/ITI/MHD/SearchParameter/DocumentReference-Creation"
_IHE_LIST = "https://profiles.ihe.net/ITI/MHD/SearchParameter/List-"
_PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm/SearchParameter/"

_TOKEN, _DATE, _STRING, _REFERENCE = "token", "date", "string", "reference"
# name, type, definition, what a caller should know
PARAMETERS: tuple[tuple[str, str, str, str], ...] = (
    ("_id", _TOKEN, _SEARCHPARAM + "Resource-id", "logicalId"),
    ("author.family", _STRING, _SEARCHPARAM + "individual-family", "Début du nom, sans casse ni accents."),
    ("author.given", _STRING, _SEARCHPARAM + "individual-given", "Début d'un prénom, sans casse ni accents."),
    ("category", _TOKEN, _SEARCHPARAM + "DocumentReference-category", "classCode"),
    ("creation", _DATE, _IHE_CREATION, "creationTime, en UTC ; eq, ge, gt, le, lt."),
    ("date", _DATE, _SEARCHPARAM + "DocumentReference-date", "Comme creation."),
    ("event", _TOKEN, _SEARCHPARAM + "DocumentReference-event", "eventCodeList"),
    ("facility", _TOKEN, _SEARCHPARAM + "DocumentReference-facility", "healthcareFacilityTypeCode"),
    ("format", _TOKEN, _SEARCHPARAM + "DocumentReference-format", "formatCode"),
    ("identifier", _TOKEN, _SEARCHPARAM + "clinical-identifier", "uniqueId (urn:oid:) ou entryUUID (urn:uuid:)."),
    ("isArchived", _TOKEN, _PDSM + "PDSm-isArchived", "true ou false."),
    ("patient.identifier", _TOKEN, _SEARCHPARAM + "Patient-identifier", "Obligatoire, avec son système."),
    ("period", _DATE, _SEARCHPARAM + "DocumentReference-period", "Un acte sans fin est ponctuel."),
    ("period-end", _DATE, _PDSM + "PDSm-DocumentReference-period-end", "serviceStopTime"),
    ("period-start", _DATE, _PDSM + "PDSm-DocumentReference-period-start", "serviceStartTime"),
    ("related", _REFERENCE, _SEARCHPARAM + "DocumentReference-related", "Par identifiant : related:identifier."),
    ("security-label", _TOKEN, _SEARCHPARAM + "DocumentReference-security-label", "confidentialityCode"),
    ("setting", _TOKEN, _SEARCHPARAM + "DocumentReference-setting", "practiceSettingCode"),
    ("status", _TOKEN, _SEARCHPARAM + "DocumentReference-status", "current, superseded, entered-in-error."),
    ("type", _TOKEN, _SEARCHPARAM + "clinical-type", "typeCode"),
)
LIST_PARAMETERS: tuple[tuple[str, str, str, str], ...] = (
    ("_id", _TOKEN, _SEARCHPARAM + "Resource-id", "entryUUID"),
    ("code", _TOKEN, _SEARCHPARAM + "clinical-code", "submissionset, folder."),
    ("date", _DATE, _SEARCHPARAM + "clinical-date", "submissionTime ou lastUpdateTime, en UTC ; eq, ge, gt, le, lt."),
    ("designationType", _TOKEN, _IHE_LIST + "DesignationType", "contentTypeCode ou codeList ; aussi DesignationType."),
    ("identifier", _TOKEN, _SEARCHPARAM + "clinical-identifier", "uniqueId (urn:oid:) ou entryUUID (urn:uuid:)."),
    ("patient.identifier", _TOKEN, _SEARCHPARAM + "Patient-identifier", "Obligatoire, avec son système."),
    ("source.family", _STRING, _SEARCHPARAM + "individual-family", "Début du nom, sans casse ni accents."),
    ("source.given", _STRING, _SEARCHPARAM + "individual-given", "Début d'un prénom, sans casse ni accents."),
    ("sourceId", _TOKEN, _IHE_LIST + "SourceId", "sourceId ; aussi SourceId."),
    ("status", _TOKEN, _SEARCHPARAM + "List-status", "current, retired, entered-in-error."),
    ("title", _STRING, _SEARCHPARAM + "List-title", "Début du titre, sans casse ni accents."),
)
AUDIT_PARAMETERS: tuple[tuple[str, str, str, str], ...] = (
    ("action", _TOKEN, _SEARCHPARAM + "AuditEvent-action", "C, R, U, D, E."),
    ("agent.identifier", _TOKEN, _SEARCHPARAM + "AuditEvent-agent", "Identifiant de la personne ou de sa structure."),
    ("date", _DATE, _SEARCHPARAM + "AuditEvent-date", "En UTC ; eq, ge, gt, le, lt."),
    ("entity", _REFERENCE, _SEARCHPARAM + "AuditEvent-entity", "Document, par son identifiant."),
    ("outcome", _TOKEN, _SEARCHPARAM + "AuditEvent-outcome", "0 (fait), 4 (refusé)."),
    ("patient.identifier", _TOKEN, _SEARCHPARAM + "Patient-identifier", "Obligatoire, avec son système."),
    ("subtype", _TOKEN, _SEARCHPARAM + "AuditEvent-subtype", "Interaction REST, ou action du journal."),
)


def _searched(parameters: tuple[tuple[str, str, str, str], ...]) -> list[dict[str, str]]:
    return [
        {"name": name, "type": kind, "definition": definition, "documentation": text}
        for name, kind, definition, text in parameters
    ]


def _security(tokens: str) -> dict[str, object]:
    """Who may call and how; `tokens` is the name of the authorization server."""
    return {
        "cors": False,
        "service": [
            {
                "coding": [
                    {"system": _SERVICES, "code": "SMART-on-FHIR", "display": "SMART-on-FHIR"},
                    {"system": _SERVICES, "code": "Certificates", "display": "Certificates"},
                ],
                "text": "OAuth 2 (private_key_jwt, jetons liés au certificat) ou TLS mutuel",
            }
        ],
        "extension": [
            {
                "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                "extension": [{"url": "token", "valueUri": f"{tokens}/oauth/token"}],
            }
        ],
        "description": "TLS mutuel (carte de professionnel ou certificat d'organisation d'une autorité reconnue), ou "
        "un jeton d'accès : du serveur d'autorisation pour un logiciel (portées SMART system/…), de Pro Santé Connect "
        "pour un professionnel. Un jeton lié à un certificat ne sert qu'avec lui.",
    }


def statement(*, base: str, version: str, date: str, profile: Profile, domain: str, tokens: str) -> dict[str, object]:
    """The statement of one domain's address; `date` is a FHIR date, `version` the software's, `tokens` the name of the
    authorization server."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "Carnet", "version": version},
        "implementation": {"description": f"Partage de documents de santé, domaine {domain}", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "patchFormat": ["application/json-patch+json", "application/fhir+json"],
        "instantiates": [
            _MHD + "IHE.MHD.DocumentRecipient.Comprehensive",
            _MHD + "IHE.MHD.DocumentRecipient.Simplified",
            _MHD + "IHE.MHD.DocumentResponder",
        ],
        "rest": [
            {
                "mode": "server",
                "documentation": "ITI-65 est une transaction atomique, ressources contenues. Un paramètre de recherche "
                "qui n'est pas servi est refusé, sauf avec Prefer: handling=lenient.",
                "security": _security(tokens),
                "interaction": [
                    {"code": "transaction", "documentation": "ITI-65 Provide Document Bundle"},
                    {
                        "code": "batch",
                        "documentation": "ITI-20 Record Audit Event : un lot d'AuditEvent, et rien d'autre",
                    },
                ],
                "resource": [
                    {
                        "type": "DocumentReference",
                        "profile": profile.value,
                        "interaction": [
                            {"code": "read"},
                            {"code": "vread"},
                            {"code": "history-instance"},
                            {"code": "search-type", "documentation": "ITI-67"},
                            {"code": "create", "documentation": "ITI-105 Simplified Publish"},
                            {
                                "code": "patch",
                                "documentation": "PDSm flux 03, en JSON Patch ou FHIRPath Patch : status "
                                "(entered-in-error), securityLabel, extension isArchived ; par id ou par identifier.",
                            },
                        ],
                        "versioning": "versioned-update",
                        "conditionalUpdate": True,
                        "searchParam": _searched(PARAMETERS),
                    },
                    {
                        "type": "List",
                        "supportedProfile": [SETS[profile], FOLDERS[profile]],
                        "interaction": [{"code": "read"}, {"code": "search-type", "documentation": "ITI-66"}],
                        "versioning": "no-version",
                        "searchParam": _searched(LIST_PARAMETERS),
                    },
                    {
                        "type": "AuditEvent",
                        "supportedProfile": [f"{BALP}{name}" for name in sorted({kind for kind, *_ in KINDS.values()})],
                        "interaction": [
                            {"code": "search-type", "documentation": "ITI-81 Retrieve ATNA Audit Event"},
                            {
                                "code": "create",
                                "documentation": "ITI-20 Record Audit Event : ce que votre logiciel a fait lui-même, "
                                "gardé comme sa déclaration.",
                            },
                        ],
                        "versioning": "no-version",
                        "searchParam": _searched(AUDIT_PARAMETERS),
                    },
                    {"type": "Binary", "interaction": [{"code": "read", "documentation": "ITI-68"}]},
                ],
            }
        ],
    }
