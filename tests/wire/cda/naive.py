"""A second reading of a CDA header, by XPath alone, to compare the house's reader with.

Written from the CI-SIS mapping without a look at the reader: plain strings, no tolerance, fit for the sample
documents only. `metadata(path)` gives one dictionary of what a registry should hold.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

NAMESPACES = {"c": "urn:hl7-org:v3"}
DOCUMENT = "descendant-or-self::c:ClinicalDocument"
EVENT = "(c:documentationOf/c:serviceEvent[c:performer//c:standardIndustryClassCode])[1]"
PERFORMER_SETTING = f"{EVENT}/c:performer//c:standardIndustryClassCode"
FACILITY = "c:componentOf/c:encompassingEncounter/c:location/c:healthCareFacility/c:code"
INS = re.compile(r"1\.2\.250\.1\.213\.1\.4\.(8|9|10|11)")


def metadata(path: Path) -> dict:
    """What the document at `path` says of itself, attribute by attribute."""
    data = path.read_bytes()
    tree = etree.fromstring(data)
    root = tree.xpath(DOCUMENT, namespaces=NAMESPACES)[0]

    def text(expression: str, start=root) -> str:
        return re.sub(r"\s+", " ", start.xpath(f"string({expression})", namespaces=NAMESPACES)).strip()

    def nodes(expression: str, start=root) -> list:
        return start.xpath(expression, namespaces=NAMESPACES)

    def code(expression: str, start=root) -> tuple[str, str] | None:
        value = text(f"{expression}/@code", start)
        return (value, text(f"{expression}/@codeSystem", start)) if value else None

    def person(node, entity: str) -> str:
        identifier, oid = text(f"{entity}/c:id/@extension", node), text(f"{entity}/c:id/@root", node)
        device = nodes(f"{entity}/c:assignedAuthoringDevice", node)
        if device:
            family, given = text("c:softwareName", device[0]), text("c:manufacturerModelName", device[0])
        else:
            family = text(f"{entity}/c:assignedPerson/c:name/c:family", node)
            given = text(f"{entity}/c:assignedPerson/c:name/c:given", node)
        kind = "RI" if device else "NH" if INS.fullmatch(oid) else "IDNPS" if oid == "1.2.250.1.71.4.2.1" else ""
        tail = f"^^^{kind}" if kind else ""
        return f"{identifier}^{family}^{given}^^^^^^&{oid}&ISO^{'U' if device else 'D'}{tail}"

    def structure(node) -> tuple[str, ...]:
        found = nodes("c:assignedAuthor/c:representedOrganization", node)
        if not found or INS.fullmatch(text("c:assignedAuthor/c:id/@root", node)):
            return ()
        oid, identifier = text("c:id/@root", found[0]), text("c:id/@extension", found[0])
        return (f"{text('c:name', found[0])}^^^^^&{oid}&ISO^IDNST^^^{identifier}",)

    root_id, extension = text("c:id/@root"), text("c:id/@extension")
    if not re.fullmatch(r"[0-9.]+", root_id):
        root_id = "2.25." + str(uuid.UUID(root_id).int)
    ids = [(text("@root", node), text("@extension", node)) for node in nodes("c:recordTarget/c:patientRole/c:id")]
    patient = next((f"{value}^^^&{oid}&ISO^NH") for oid, value in ids if INS.fullmatch(oid))
    local = [f"{value}^^^&{oid}&ISO^PI" for oid, value in ids if not INS.fullmatch(oid)]
    events = [
        (text("@code", node), text("@codeSystem", node))
        for node in nodes("c:documentationOf/c:serviceEvent/c:code[@code]")
    ]
    return {
        "unique_id": f"{root_id}^{extension}" if extension else root_id,
        "patient_id": patient,
        "source_patient_id": local[0] if local else patient,
        "mime_type": "text/xml" if root is tree else "application/xslt+xml",
        "type_code": code("c:code"),
        "healthcare_facility_type_code": code(FACILITY),
        "practice_setting_code": code(f"({PERFORMER_SETTING})[1]"),
        "confidentiality_codes": (code("c:confidentialityCode"),),
        "event_codes": tuple(dict.fromkeys(events)),
        "persons": tuple(person(node, "c:assignedAuthor") for node in nodes("c:author")),
        "institutions": tuple(structure(node) for node in nodes("c:author")),
        "roles": tuple(
            (role,) if (role := text("c:functionCode/@displayName", node)) else () for node in nodes("c:author")
        ),
        "specialties": tuple(
            (
                "^".join(
                    text(f"c:assignedAuthor/c:code/@{name}", node) for name in ("code", "displayName", "codeSystem")
                ),
            )
            if nodes("c:assignedAuthor/c:code", node)
            else ()
            for node in nodes("c:author")
        ),
        "legal_authenticator": person(nodes("c:legalAuthenticator")[0], "c:assignedEntity"),
        "title": text("c:title"),
        "language_code": text("c:languageCode/@code"),
        "creation_time": in_utc(text("c:effectiveTime/@value")),
        "service_start_time": in_utc(
            text(f"{EVENT}/c:effectiveTime/c:low/@value") or text(f"{EVENT}/c:effectiveTime/@value")
        ),
        "service_stop_time": in_utc(text(f"{EVENT}/c:effectiveTime/c:high/@value")),
        "birth": text("c:recordTarget/c:patientRole/c:patient/c:birthTime/@value"),
        "sex": text("c:recordTarget/c:patientRole/c:patient/c:administrativeGenderCode/@code"),
        "birth_name": text("c:recordTarget/c:patientRole/c:patient/c:name/c:family[@qualifier='BR']"),
        "birth_place": text("c:recordTarget//c:birthplace//c:county"),
        "hash": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "size": len(data),
    }


def in_utc(time: str) -> str:
    """`20210108111700+0100` → `20210108101700`; a date stays as it is."""
    digits, _, _ = time.replace("-", "+").partition("+")
    if len(digits) <= 8:
        return digits
    shape = {12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}[len(digits)]
    return datetime.strptime(time, f"{shape}%z").astimezone(UTC).strftime(shape)
