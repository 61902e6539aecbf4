"""Requests of a document source, as values; people and contents are fictional."""

from __future__ import annotations

import json
from typing import Any

import httpx

from carnet.wire.fhir.bundle_write import write_request
from carnet.wire.fhir.datatypes import cx_identifier
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.xds.model import Author, Code, DocumentEntry, Submission
from tests.conformance.xds.xds_requests import CONTENT, new_oid, submission
from tests.conformance.xds.xds_requests import entry as xds_entry

__all__ = ["CONTENT", "entry", "find", "matches", "new_oid", "post", "request", "rules", "submission", "token"]
JSON = {"Content-Type": "application/fhir+json"}
XCN = "899900000011^LIBRE^Maxence^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
XON = "CABINET FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^499900000011001"


def entry(patient: str, content: bytes = CONTENT, **more: Any) -> DocumentEntry:
    """The laboratory report of the SOAP messages, without what FHIR cannot carry."""
    values: dict[str, Any] = {
        "event_codes": (Code("BIO", "1.2.250.1.999.7", "Biologie"),),
        "authors": (Author(person=XCN, institutions=(XON,), roles=("Médecin",)),),
        "legal_authenticator": XCN,
        "title": "Compte rendu « fictif »",
        "extra_slots": (),
    }
    return xds_entry(patient, content, **(values | more))


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
