"""ITI-105 Simplified Publish (MHD 4.2.3, 2:3.105; PDSm flux 09-10)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest
from fhir_requests import CONTENT, JSON, entry, find, matches, new_oid, token

from carnet.ops.demo import letters, professionals, structures
from carnet.ops.demo.patients import PATIENTS
from carnet.wire.cda.write import Paragraph, Section
from carnet.wire.fhir.documentreference import encode, render
from carnet.wire.xds.model import Code
from tests.portals.lives import PARIS

PDF = b"%PDF-1.4 fictif"


def publication(patient: str, content: bytes = CONTENT, **more: Any) -> dict[str, Any]:
    """A complete DocumentReference with its document inside."""
    said = json.loads(encode(render(entry(patient, content, **more))))
    said.pop("id", None)
    said["content"][0]["attachment"].pop("url", None)
    said["content"][0]["attachment"]["data"] = base64.b64encode(content).decode()
    return said


def publish(client: httpx.Client, resource: dict[str, Any] | bytes) -> httpx.Response:
    body = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    return client.post("/DocumentReference", content=body, headers=JSON)


def rules(answer: httpx.Response) -> set[str]:
    return {coding["code"] for issue in answer.json()["issue"] for coding in issue["details"]["coding"]}


def test_the_created_resource_is_answered_found_and_read(doctor: httpx.Client, patient: str) -> None:
    answer = publish(doctor, publication(patient))
    assert answer.status_code == 201, answer.text
    created = answer.json()
    assert answer.headers["Location"].endswith(f"/DocumentReference/{created['id']}/_history/1")
    assert answer.headers["ETag"] == 'W/"1"'
    (found,) = matches(find(doctor, patient))
    assert found == created
    assert doctor.get(found["content"][0]["attachment"]["url"]).content == CONTENT


def test_the_same_request_again_is_a_replay(doctor: httpx.Client, patient: str) -> None:
    sent = publication(patient)
    first, second = publish(doctor, sent), publish(doctor, sent)
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]
    assert len(matches(find(doctor, patient))) == 1


def test_little_is_enough_in_a_plain_domain(doctor: httpx.Client, patient: str) -> None:
    system, _, value = token(patient).partition("|")
    concept = {"coding": [{"system": "urn:oid:1.2.250.1.999.9", "code": "X"}]}
    said: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"identifier": {"system": system, "value": value}},
        "type": concept,
        "category": [concept],
        "date": "2026-03-04T10:00:00Z",
        "securityLabel": [concept],
        "content": [{"attachment": {"contentType": "application/pdf", "data": base64.b64encode(PDF).decode()}}],
    }
    answer = publish(doctor, said)
    assert answer.status_code == 422, "the metadata that XDS requires are missing"
    expressions = {place for issue in answer.json()["issue"] for place in issue.get("expression", [])}
    missing = {"content.format", "context.facilityType", "context.practiceSetting", "content.attachment.language"}
    assert expressions == {f"DocumentReference.{element}" for element in missing}
    said["context"] = {"facilityType": concept, "practiceSetting": concept}
    said["content"][0]["format"] = concept["coding"][0]
    said["content"][0]["attachment"]["language"] = "fr-FR"
    answer = publish(doctor, said)
    assert answer.status_code == 201, answer.text
    attachment = answer.json()["content"][0]["attachment"]
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(PDF).digest()  # noqa: S324 — the hash of XDS
    assert attachment["size"] == len(PDF)
    assert attachment["creation"] == "2026-03-04T10:00:00Z"


def test_the_header_of_a_cda_says_the_rest_in_the_french_profile(
    living: Any, callers: Callable[..., httpx.Client]
) -> None:
    person = PATIENTS[0]
    document = letters.write(
        letters.Told(
            about=person,
            by=professionals.GENERALIST,
            at=structures.PRACTICE,
            when=datetime(2026, 2, 3, 10, 30, tzinfo=PARIS),
            type_code="11488-4",
            title="Consultation publiée simplement",
            body=(
                Section(
                    title="Conclusion", code=Code("55110-1", "2.16.840.1.113883.6.1", ""), blocks=(Paragraph("Bon."),)
                ),
            ),
        )
    )
    author = next(one for one in living.identities["professionals"] if one["id"] == professionals.GENERALIST.id)
    client = callers(author, "fr")
    said = {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"identifier": {"system": f"urn:oid:{person.identifier.system}", "value": person.identifier.value}},
        "custodian": {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.2", "value": structures.PRACTICE.id}},
        "content": [{"attachment": {"contentType": "application/xml", "data": base64.b64encode(document).decode()}}],
    }
    answer = publish(client, said)
    assert answer.status_code == 201, answer.text
    created = answer.json()
    assert created["type"]["coding"][0]["code"] == "11488-4"
    assert created["content"][0]["attachment"]["title"] == "Consultation publiée simplement"
    assert created["content"][0]["attachment"]["contentType"] == "text/xml"
    del said["custodian"]
    answer = publish(client, said)
    assert answer.status_code == 422
    assert rules(answer) == {"required"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda said: said.update(status="superseded"), "status"),
        (lambda said: said["content"][0]["attachment"].update(url="Binary/1"), "attachment-url"),
        (lambda said: said["content"][0]["attachment"].pop("data"), "required"),
        (lambda said: said["content"][0]["attachment"].update(data="§§"), "base64"),
        (lambda said: said["content"][0]["attachment"].update(size=1), "size"),
        (lambda said: said["content"][0]["attachment"].update(hash=base64.b64encode(b"0" * 20).decode()), "hash"),
        (lambda said: said.pop("subject"), "required"),
        (lambda said: said.update(description="a\u0000b"), "control-character"),
        (lambda said: said.update(relatesTo=[{"code": "envies", "target": {"reference": "urn:uuid:1"}}]), "relation"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    doctor: httpx.Client, patient: str, change: Callable[[dict[str, Any]], Any], rule: str
) -> None:
    said = publication(patient)
    change(said)
    answer = publish(doctor, said)
    assert answer.status_code == 422, answer.text
    assert any(rule in found for found in rules(answer)), rules(answer)
    assert not matches(find(doctor, patient))


@pytest.mark.parametrize(
    ("body", "rule"),
    [(b"{", "json"), (b"[]", "not-a-document-reference"), (b'{"resourceType":"Bundle"}', "not-a-document-reference")],
)
def test_what_is_no_document_reference_is_refused(doctor: httpx.Client, body: bytes, rule: str) -> None:
    answer = publish(doctor, body)
    assert answer.status_code == 400
    assert rules(answer) == {rule}


def test_a_replacement_supersedes(doctor: httpx.Client, patient: str) -> None:
    first = publish(doctor, publication(patient)).json()
    said = publication(patient, CONTENT + b" ", unique_id=new_oid())
    said["relatesTo"] = [{"code": "replaces", "target": {"reference": f"DocumentReference/{first['id']}"}}]
    second = publish(doctor, said)
    assert second.status_code == 201, second.text
    statuses = {one["id"]: one["status"] for one in matches(find(doctor, patient, status="current,superseded"))}
    assert statuses == {first["id"]: "superseded", second.json()["id"]: "current"}
