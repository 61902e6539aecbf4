"""AuditEvents that others send us (ITI-20 Record Audit Event, RESTful ATNA; BALP): read, checked, summed up.

What another system says of its own acts is its word: who acted there, when, by which software, about whom. The rest of
the resource is not kept.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from carnet.wire.errors import Malformed
from carnet.wire.fhir.datatypes import read_cx
from carnet.wire.fhir.faults import R4, Faults
from carnet.wire.fhir.resources import Identifier
from carnet.wire.fhir.times import BadTimeError, parts

ITI_20 = "IHE ITI TF-2 §3.20 (RESTful ATNA), HL7 FHIR R4 auditevent.html"
BUNDLE = "IHE ITI TF-2 §3.20 (RESTful ATNA), HL7 FHIR R4 http.html#transaction"
MOST_EVENTS = 500
LONGEST = 200
_ACTIONS, _OUTCOMES = ("C", "R", "U", "D", "E"), ("0", "4", "8", "12")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SOURCE_ROLE = "110153"


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """One act as its own system tells it; `patient` is a CX, empty for an act about nobody.

    `recorded` is RFC 3339; `kind` a code (type or subtype), `action` and `outcome` those of AuditEvent.
    """

    patient: str
    recorded: str
    kind: str
    action: str
    outcome: str
    who: str
    software: str


def read(body: bytes) -> tuple[Reported, ...]:
    """One AuditEvent, or a Bundle (batch) of them, each POSTed; raises Malformed or Rejected with every fault."""
    try:
        resource = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "json", "Le corps n'est pas du JSON valide en UTF-8.", found=type(error).__name__, source=R4
        ) from error
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    faults = Faults()
    found: list[Reported] = []
    if kind == "Bundle":
        for number, event in enumerate(_events(resource, faults)):
            found.append(_event(event, f"Bundle.entry[{number}].resource", faults))
    elif kind == "AuditEvent":
        found.append(_event(resource, "AuditEvent", faults))
    else:
        faults.add(
            "structure", "Un AuditEvent, ou un Bundle d'AuditEvent, est attendu.", "resourceType",
            found=str(kind or ""), expected="AuditEvent ou Bundle", source=ITI_20,
        )  # fmt: skip
    faults.check()
    return tuple(found)


def is_batch(body: bytes) -> bool:
    """Whether a body is a Bundle of type batch."""
    found = _opened(body)
    return found is not None and found.type == "batch"


def holds_events(body: bytes) -> bool:
    """Whether a body is a batch with an AuditEvent in it, which is ITI-20's to answer."""
    # Most bodies have no such word, and are documents: they are not read twice for this.
    found = _opened(body) if b'"batch"' in body else None
    return (
        found is not None
        and found.type == "batch"
        and any(one.resource and one.resource.resource_type == "AuditEvent" for one in found.entry)
    )


def _opened(body: bytes) -> _Bundle | None:
    """A Bundle, read as far as the types of what is in it; None for anything else."""
    try:
        found = msgspec.json.decode(body, type=_Bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if found.resource_type == "Bundle" else None


class _Typed(msgspec.Struct, rename={"resource_type": "resourceType"}):
    resource_type: str = ""


class _Entry(msgspec.Struct):
    resource: _Typed | None = None


class _Bundle(msgspec.Struct, rename={"resource_type": "resourceType"}):
    resource_type: str = ""
    type: str = ""
    entry: list[_Entry] = []


def _events(bundle: dict[str, Any], faults: Faults) -> list[dict[str, Any]]:
    entries = bundle.get("entry")
    if bundle.get("type") != "batch":
        faults.add(
            "bundle-type", "Un lot d'AuditEvent est un batch.", "Bundle.type", found=str(bundle.get("type", ""))[:50],
            expected="batch", source=BUNDLE,
        )  # fmt: skip
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_EVENTS:
        faults.add(
            "entries", "Le nombre d'entrées ne convient pas.", "Bundle.entry",
            found=str(len(entries)) if isinstance(entries, list) else "", expected=f"1 à {MOST_EVENTS}", source=BUNDLE,
        )  # fmt: skip
        return []
    found = []
    for number, entry in enumerate(entries):
        entry = entry if isinstance(entry, dict) else {}
        request, resource = entry.get("request"), entry.get("resource")
        asked = (request.get("method"), request.get("url")) if isinstance(request, dict) else ("", "")
        if asked != ("POST", "AuditEvent"):
            faults.add(
                "request", "Chaque entrée demande POST AuditEvent.", f"Bundle.entry[{number}].request",
                found=f"{asked[0]} {asked[1]}", expected="POST AuditEvent", source=BUNDLE,
            )  # fmt: skip
        kind = resource.get("resourceType") if isinstance(resource, dict) else ""
        if not isinstance(resource, dict) or kind != "AuditEvent":
            faults.add(
                "structure", "Un AuditEvent est attendu.", f"Bundle.entry[{number}].resource", found=str(kind)[:50],
                expected="AuditEvent", source=BUNDLE,
            )  # fmt: skip
        else:
            found.append(resource)
    return found


def _event(event: dict[str, Any], where: str, faults: Faults) -> Reported:
    agents = _list(event.get("agent"), f"{where}.agent", faults)
    if not agents:
        faults.add("required", "Au moins un acteur est attendu.", f"{where}.agent", expected="1..*", source=ITI_20)
    for number, agent in enumerate(agents):
        if not isinstance(agent.get("requestor"), bool):
            faults.add(
                "required", "Dire si cet acteur est à l'origine de l'acte.", f"{where}.agent[{number}].requestor",
                found=str(agent.get("requestor", ""))[:50], expected="true ou false", source=ITI_20,
            )  # fmt: skip
    asking = next((agent for agent in agents if agent.get("requestor") is True), None)
    if agents and asking is None:
        faults.add(
            "requestor", "Un acteur est à l'origine de l'acte.", f"{where}.agent", expected="un requestor=true",
            source=f"{ITI_20}, BALP 3:5.7.4",
        )  # fmt: skip
    source = event.get("source")
    observer = source.get("observer") if isinstance(source, dict) else None
    software = next((_name(one) for one in agents if _SOURCE_ROLE in _codes(one.get("type"))), "") or _said(observer)
    if not software:
        faults.add(
            "required", "Dire quel système a observé l'acte.", f"{where}.source.observer", expected="un nom ou un "
            "identifiant", source=ITI_20,
        )  # fmt: skip
    return Reported(
        patient=_patient(event, where, faults),
        recorded=_instant(event.get("recorded"), f"{where}.recorded", faults),
        kind=_kind(event, where, faults),
        action=_code(event.get("action", "E"), _ACTIONS, f"{where}.action", faults),
        outcome=_code(event.get("outcome", "0"), _OUTCOMES, f"{where}.outcome", faults),
        who=_text(_name(asking) if asking else "", f"{where}.agent", faults),
        software=_text(software, f"{where}.source.observer", faults),
    )


def _list(value: Any, field: str, faults: Faults) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        faults.add("structure", "Une liste d'objets est attendue.", field, source=ITI_20)
        return []
    return value


def _kind(event: dict[str, Any], where: str, faults: Faults) -> str:
    """The most precise code that says what was done: the first subtype, else the type, which is compulsory."""
    told = event.get("type")
    code = told.get("code") if isinstance(told, dict) else None
    if not isinstance(code, str) or not code:
        faults.add(
            "required", "Le type de l'acte est attendu.", f"{where}.type", expected="system, code", source=ITI_20
        )
        return ""
    subtypes = _list(event.get("subtype"), f"{where}.subtype", faults)
    precise = next((one["code"] for one in subtypes if isinstance(one.get("code"), str)), "")
    return _text(precise or code, f"{where}.type", faults)


def _patient(event: dict[str, Any], where: str, faults: Faults) -> str:
    """The CX of the one patient that an act is about; empty when it is about nobody."""
    found = []
    for number, entity in enumerate(_list(event.get("entity"), f"{where}.entity", faults)):
        what, role = entity.get("what"), entity.get("role")
        is_patient = isinstance(role, dict) and role.get("code") == "1"
        if not is_patient and not (isinstance(what, dict) and what.get("type") == "Patient"):
            continue
        identifier = what.get("identifier") if isinstance(what, dict) else None
        system, value = (
            (identifier.get("system"), identifier.get("value")) if isinstance(identifier, dict) else ("", "")
        )
        if not (isinstance(system, str) and isinstance(value, str) and system and value):
            faults.add(
                "patient-identifier", "Le patient se désigne par son identifiant, avec son système.",
                f"{where}.entity[{number}].what.identifier", expected="urn:oid:<OID>, valeur",
                source=f"{ITI_20}, BALP 3:5.7.4",
            )  # fmt: skip
            continue
        found.append(read_cx(Identifier(system=system, value=value)))
    if len(set(found)) > 1:
        faults.add(
            "mixed-patients", "Un acte est dit d'un seul patient.", f"{where}.entity", found=str(len(set(found))),
            expected="1", source=f"{ITI_20}, BALP 3:5.7.4",
        )  # fmt: skip
    return found[0] if found else ""


def _instant(value: Any, field: str, faults: Faults) -> str:
    try:
        if not isinstance(value, str) or "T" not in value:
            raise BadTimeError(value)
        parts(value, zone_required=True)
    except (BadTimeError, OverflowError):
        faults.add(
            "date", "L'instant où l'acte a été noté est attendu.", field, found=str(value or "")[:50],
            expected="AAAA-MM-JJThh:mm:ss[.sss] et fuseau", source=ITI_20,
        )  # fmt: skip
        return ""
    return value


def _code(value: Any, known: tuple[str, ...], field: str, faults: Faults) -> str:
    if value in known:
        return str(value)
    faults.add("value", "Code inconnu.", field, found=str(value)[:50], expected=", ".join(known), source=ITI_20)
    return ""


def _codes(concept: Any) -> list[str]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return [str(one.get("code")) for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []


def _name(agent: dict[str, Any]) -> str:
    told = agent.get("name") or agent.get("altId")
    return told if isinstance(told, str) and told else _said(agent.get("who"))


def _said(reference: Any) -> str:
    """What a reference says in words: its display, else its identifier, else its address."""
    if not isinstance(reference, dict):
        return ""
    identifier = reference.get("identifier")
    named = identifier.get("value") if isinstance(identifier, dict) else None
    told = reference.get("display") or named or reference.get("reference")
    return told if isinstance(told, str) else ""


def _text(text: str, field: str, faults: Faults) -> str:
    if _CONTROL.search(text) or len(text) > LONGEST:
        faults.add(
            "text", "Ce texte est trop long, ou contient un caractère de contrôle.", field, found=str(len(text)),
            expected=f"{LONGEST} caractères au plus", source=ITI_20,
        )  # fmt: skip
        return ""
    return text
