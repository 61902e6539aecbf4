"""Requests of a document source, as values; people and contents are fictional."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import httpx

from carnet.wire.fhir.bundle_write import write_request
from carnet.wire.fhir.datatypes import cx_identifier
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.xds.model import Association, AssociationType, Author, Code, DocumentEntry, Submission, SubmissionSet

CONTENT = b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>\n'
JSON = {"Content-Type": "application/fhir+json"}
XCN = "899900000011^LIBRE^Maxence^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
XON = "CABINET FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^499900000011001"


def new_oid() -> str:
    """An OID nobody used."""
    return f"2.25.{secrets.randbits(110)}"


def entry(patient: str, content: bytes = CONTENT, **more: Any) -> DocumentEntry:
    """A laboratory report."""
    values: dict[str, Any] = {
        "entry_uuid": "document",
        "unique_id": new_oid(),
        "patient_id": patient,
        "mime_type": "text/xml",
        "class_code": Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
        "type_code": Code("11502-2", "2.16.840.1.113883.6.1", "CR d'examens biologiques"),
        "format_code": Code("urn:ihe:lab:xd-lab:2008", "1.3.6.1.4.1.19376.1.2.3", "CR biologie"),
        "healthcare_facility_type_code": Code("SA01", "1.2.250.1.71.4.2.4", "Etablissement public de santé"),
        "practice_setting_code": Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Etablissement de santé"),
        "confidentiality_codes": (Code("N", "2.16.840.1.113883.5.25", "Normal"),),
        "event_codes": (Code("BIO", "1.2.250.1.999.7", "Biologie"),),
        "authors": (Author(person=XCN, institutions=(XON,), roles=("Médecin",)),),
        "legal_authenticator": XCN,
        "title": "Compte rendu « fictif »",
        "comments": "Rien à signaler",
        "language_code": "fr-FR",
        "creation_time": "20260102030405",
        "service_start_time": "20260102",
        "service_stop_time": "202601021530",
        "source_patient_id": patient,
        "source_patient_info": ("PID-5|FICTIF^JEAN^^^^^L", "PID-7|19800201", "PID-8|M"),
        "reference_ids": ("77^^^&1.2.250.1.999.8&ISO^urn:ihe:iti:xds:2013:order",),
        "hash": hashlib.sha1(content).hexdigest(),  # noqa: S324 — the hash of XDS
        "size": len(content),
    }
    return DocumentEntry(**(values | more))


def submission(*entries: DocumentEntry, relations: tuple[tuple[AssociationType, str], ...] = ()) -> Submission:
    """A set of entries; the first one has the relations."""
    links = [
        Association(
            entry_uuid=f"m{n}",
            type=AssociationType.HAS_MEMBER,
            source="set",
            target=e.entry_uuid,
            set_status="Original",
        )
        for n, e in enumerate(entries)
    ]
    links += [
        Association(entry_uuid=f"r{n}", type=kind, source=entries[0].entry_uuid, target=target)
        for n, (kind, target) in enumerate(relations)
    ]
    return Submission(
        submission_set=SubmissionSet(
            entry_uuid="set",
            unique_id=new_oid(),
            source_id="1.2.250.1.999.1",
            patient_id=entries[0].patient_id,
            submission_time="20260102040000",
            content_type_code=Code("03", "1.2.250.1.213.2.2", "Hospitalisation complète"),
            authors=entries[0].authors,
        ),
        entries=entries,
        associations=tuple(links),
    )


def request(sent: Submission, content: bytes = CONTENT) -> dict[str, Any]:
    """The ITI-65 Bundle as a dictionary, to be broken at will."""
    body = write_request(sent, {e.entry_uuid: content for e in sent.entries}, profile=Profile.PDSM)
    return json.loads(body)  # type: ignore[no-any-return]


def post(client: httpx.Client, bundle: dict[str, Any] | bytes, **headers: str) -> httpx.Response:
    """POST of a transaction."""
    body = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    return client.post("", content=body, headers={**JSON, **headers})


def token(cx: str) -> str:
    """A CX as `system|value`."""
    identifier = cx_identifier(cx)
    return f"{identifier.system}|{identifier.value}"


def find(client: httpx.Client, cx: str, **parameters: str) -> httpx.Response:
    """ITI-67 by GET; `_` in a name stands for `-`, `__` for `.`."""
    named = {
        name.replace("__", ".").replace("_", "-") if not name.startswith("_") else name: v
        for name, v in parameters.items()
    }
    return client.get("/DocumentReference", params={"patient.identifier": token(cx), **named})


def matches(answer: httpx.Response) -> list[dict[str, Any]]:
    """The DocumentReferences of a searchset."""
    assert answer.status_code == 200, answer.text
    return [e["resource"] for e in answer.json().get("entry", []) if e["search"]["mode"] == "match"]


def rules(answer: httpx.Response) -> set[str]:
    """The rules that an OperationOutcome names."""
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome", answer.text
    assert all(i["severity"] and i["code"] and i["details"]["text"] for i in body["issue"])
    return {i["details"]["coding"][0]["code"] for i in body["issue"]}
