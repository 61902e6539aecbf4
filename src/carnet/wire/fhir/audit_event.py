"""A trace as an AuditEvent (IHE BALP 1.1.4: PatientRead, PatientQuery, PatientCreate, PatientUpdate, PatientDelete).

The agents are the user with the proof of identity that was shown, the software that asked, and this server; the
entities are the patient, then what was read or written, or the question that was asked.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from uuid import UUID

import msgspec

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTION = "http://hl7.org/fhir/restful-interaction"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
ACCESS_MODES = "urn:oid:1.2.250.1.213.1.1.4.248"
PROFESSIONALS, STRUCTURES = "urn:oid:1.2.250.1.71.4.2.1", "urn:oid:1.2.250.1.71.4.2.2"
_BASE = "https://carnet.sante.example/fhir/"
ACTIONS = _BASE + "CodeSystem/journal-action"
RULE = _BASE + "StructureDefinition/journal-rule"

# Action of the journal → (profile, interaction, AuditEvent.action); whatever changes something else is an update.
_QUERY = ("PatientQuery", "search", "E")
_READ = ("PatientRead", "read", "R")
_CREATE = ("PatientCreate", "create", "C")
_UPDATE = ("PatientUpdate", "update", "U")
_DELETE = ("PatientDelete", "delete", "D")
KINDS: dict[str, tuple[str, str, str]] = {
    "access.list": _QUERY,
    "access.preview": _QUERY,
    "document.list": _QUERY,
    "record.near": _QUERY,
    "record.compare": _READ,
    "document.get": _READ,
    "document.read": _READ,
    "journal.export": _READ,
    "journal.read": _READ,
    "journal.review": _READ,
    "record.export": _READ,
    "record.open": _READ,
    "document.provide": _CREATE,
    "journal.receive": _CREATE,
    "record.create": _CREATE,
    "document.delete": _DELETE,
    "record.erase": _DELETE,
}


class AuditTrace(msgspec.Struct, frozen=True, kw_only=True):
    """A trace: `at` is RFC 3339 with its zone, `purpose` a code of TRE_R248, `patient` (system, value) or two "".

    `said` is what other software declared of its own act (JSON), where the trace is such a declaration.
    """

    id: UUID
    at: str
    action: str
    outcome: str
    rule: str
    actor_kind: str
    person: str
    name: str
    structure: str
    structure_name: str
    purpose: str
    proof: str
    software: str
    subjects: tuple[UUID, ...]
    patient: tuple[str, str]
    said: str = ""


def kind_of(action: str) -> tuple[str, str, str]:
    """(BALP profile, FHIR interaction, AuditEvent.action) of an action of the journal."""
    return KINDS.get(action, _UPDATE)


def trace_id(record_id: int, writer: int, number: int) -> UUID:
    """The id of the AuditEvent of one entry: the same at each reading, and it tells no number of the journal."""
    told = b"carnet audit" + record_id.to_bytes(8) + writer.to_bytes(8) + number.to_bytes(8)
    made = bytearray(hashlib.sha256(told).digest()[:16])
    # Version 8, variant 10 (RFC 9562 §5.8).
    made[6], made[8] = made[6] & 0x0F | 0x80, made[8] & 0x3F | 0x80
    return UUID(bytes=bytes(made))


def render(trace: AuditTrace, *, observer: str) -> dict[str, Any]:
    """The AuditEvent of a trace; `observer` is the base address of this server."""
    profile, interaction, action = kind_of(trace.action)
    if not trace.patient[1]:
        profile = profile.removeprefix("Patient")
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(trace.id),
        "meta": {"profile": [BALP + profile, *_token_profile(trace)]},
        "extension": [{"url": RULE, "valueCode": trace.rule}],
        "type": _coding(EVENT_TYPE, "rest", "RESTful Operation"),
        "subtype": [_coding(INTERACTION, interaction), _coding(ACTIONS, trace.action)],
        "action": action,
        "recorded": trace.at,
        "outcome": "4" if trace.outcome == "refused" else "0",
        "outcomeDesc": trace.rule if trace.outcome == "refused" else trace.outcome,
        "purposeOfEvent": [{"coding": [_coding(ACCESS_MODES, trace.purpose)]}],
        "agent": [_user(trace), _client(trace), _server(observer)],
        "source": {
            "observer": {"display": observer},
            "type": [_coding(SOURCE_TYPE, "4", "Application Server")],
        },
        "entity": [*([_patient(trace)] if trace.patient[1] else []), *_data(trace, profile)],
    }
    return event


def write(
    traces: list[AuditTrace], *, base: str, total: int, self_url: str, next_url: str = "", said: Any = None
) -> bytes:
    """A searchset of AuditEvents as JSON bytes; `total` counts every match, `said` is an OperationOutcome."""
    entries: list[dict[str, Any]] = [
        {
            "fullUrl": f"{base}/AuditEvent/{trace.id}",
            "resource": render(trace, observer=base),
            "search": {"mode": "match"},
        }
        for trace in traces
    ]
    if said is not None:
        entries.append({"resource": msgspec.to_builtins(said), "search": {"mode": "outcome"}})
    links = [{"relation": "self", "url": self_url}]
    if next_url:
        links.append({"relation": "next", "url": next_url})
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links, "entry": entries}
    if not entries:
        del bundle["entry"]
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()


def _coding(system: str, code: str, display: str = "") -> dict[str, str]:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _token_profile(trace: AuditTrace) -> list[str]:
    """By which token the identity was shown, where one was (BALP §3:5.7.6, §3:5.7.7)."""
    if trace.proof.startswith("vihf"):
        return [BALP + "SAMLaccessTokenUse.Minimal"]
    if trace.proof.startswith(("oauth", "oidc", "psc")):
        return [BALP + "OAUTHaccessTokenUse.Minimal"]
    return []


def _user(trace: AuditTrace) -> dict[str, Any]:
    system = PROFESSIONALS if trace.actor_kind == "professional" else ""
    who: dict[str, Any] = {"identifier": ({"system": system} if system else {}) | {"value": trace.person}}
    if trace.name or trace.structure_name:
        who["display"] = trace.name or trace.structure_name
    agent: dict[str, Any] = {
        "type": {"coding": [_coding(PARTICIPATION, "IRCP", "information recipient")]},
        "who": who,
        "requestor": True,
        "policy": [f"urn:carnet:proof:{trace.proof}"],
        "purposeOfUse": [{"coding": [_coding(ACCESS_MODES, trace.purpose)]}],
    }
    if trace.name:
        agent["name"] = trace.name
    return agent


def _client(trace: AuditTrace) -> dict[str, Any]:
    display = trace.software or trace.proof
    who: dict[str, Any] = {"display": display}
    if trace.structure:
        who = {
            "type": "Organization",
            "identifier": {"system": STRUCTURES, "value": trace.structure},
            "display": trace.structure_name or trace.structure,
        }
    return {
        "type": {"coding": [_coding(DCM, "110153", "Source Role ID")]},
        "who": who,
        "name": display,
        "requestor": False,
    }


def _server(observer: str) -> dict[str, Any]:
    return {
        "type": {"coding": [_coding(DCM, "110152", "Destination Role ID")]},
        "who": {"display": observer},
        "requestor": False,
        "network": {"address": observer, "type": "5"},
    }


def _patient(trace: AuditTrace) -> dict[str, Any]:
    system, value = trace.patient
    return {
        "what": {"type": "Patient", "identifier": {"system": system, "value": value}},
        "type": _coding(ENTITY_TYPE, "1", "Person"),
        "role": _coding(ROLE, "1", "Patient"),
    }


def _declared(said: str) -> dict[str, Any]:
    """What other software says that it did: its word, beside the act of ours that kept it."""
    told = json.loads(said)
    return {
        "what": {"display": "Accès déclaré par un autre logiciel, qui en répond"},
        "type": _coding(ENTITY_TYPE, "4", "Other"),
        "role": _coding(ROLE, "4", "Domain Resource"),
        "detail": [{"type": f"declared-{name}", "valueString": value} for name, value in told.items() if value],
    }


def _data(trace: AuditTrace, profile: str) -> list[dict[str, Any]]:
    if trace.said:
        return [_declared(trace.said)]
    if profile.endswith("Query"):
        # The journal keeps what was asked for, never the words of the question.
        asked = base64.b64encode(trace.action.encode()).decode()
        return [
            {"type": _coding(ENTITY_TYPE, "2", "System Object"), "role": _coding(ROLE, "24", "Query"), "query": asked}
        ]
    documents = [
        {
            "what": {"reference": f"DocumentReference/{one}"},
            "type": _coding(ENTITY_TYPE, "2", "System Object"),
            "role": _coding(ROLE, "4", "Domain Resource"),
        }
        for one in trace.subjects
    ]
    whole = {
        "what": {"display": trace.action},
        "type": _coding(ENTITY_TYPE, "2", "System Object"),
        "role": _coding(ROLE, "4", "Domain Resource"),
    }
    return documents or [whole]
