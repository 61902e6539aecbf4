"""PATCH at the FHIR door (PDSm flux 03): each act with its own right, and nothing told of what is hidden."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from carnet.wire.fhir.documentreference import ARCHIVED
from carnet.wire.xds.model import DocumentEntry
from tests.attacks.intruder import Intruder
from tests.attacks.victim import AUTHOR, OTHER, Victim

JSON_PATCH = "application/json-patch+json"
MASKS = "urn:oid:1.2.250.1.213.1.1.4.13"
SUBMITTER, READER = AUTHOR, OTHER


def label(code: str) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality" if len(code) == 1 else MASKS
    return {"coding": [{"system": system, "code": code}]}


def labels(*codes: str) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": "/securityLabel", "value": [label(code) for code in codes]}]


DELETED = [{"op": "replace", "path": "/status", "value": "entered-in-error"}]
PUT_ASIDE = [{"op": "add", "path": "/extension", "value": [{"url": ARCHIVED, "valueBoolean": True}]}]


@pytest.fixture(scope="module")
def author(intruder: Intruder) -> Iterator[httpx.Client]:
    with intruder.machines(SUBMITTER) as client:
        yield client


@pytest.fixture(scope="module")
def other(intruder: Intruder) -> Iterator[httpx.Client]:
    with intruder.machines(READER) as client:
        yield client


def patch(client: httpx.Client, where: str, body: Any, kind: str = JSON_PATCH, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(f"/fhir/DocumentReference{where}", content=content, headers=named)


def by_id(entry: DocumentEntry) -> str:
    return "/" + entry.logical_id.removeprefix("urn:uuid:")


def by_unique_id(entry: DocumentEntry) -> str:
    return f"?identifier=urn:ietf:rfc:3986|urn:oid:{entry.unique_id}"


def rule(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]


def said(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {one["coding"][0]["code"] for one in answer.json()["securityLabel"]}


def test_metadata_change_by_versions(author: httpx.Client, victim: Victim) -> None:
    entry = victim.feed()
    masked = patch(author, by_unique_id(entry), labels("N", "MASQUE_PS"), If_Match='W/"1"')
    assert said(masked) == {"N", "MASQUE_PS"}
    assert masked.headers["etag"] == 'W/"2"'
    assert masked.json()["id"] == entry.logical_id.removeprefix("urn:uuid:")
    assert entry.unique_id not in victim.found_by(OTHER)
    # The same wish again changes nothing; what was meant for the first version is not done on the second.
    assert patch(author, by_id(entry), labels("N", "MASQUE_PS")).headers["etag"] == 'W/"2"'
    assert rule(patch(author, by_id(entry), labels("N"), If_Match='W/"1"')) == (412, "version-changed")
    shown = patch(author, "/" + entry.entry_uuid.removeprefix("urn:uuid:"), labels("N"), If_Match='W/"2", W/"7"')
    assert said(shown) == {"N"}
    assert entry.unique_id in victim.found_by(OTHER)
    aside = patch(author, by_id(entry), PUT_ASIDE)
    assert [one["valueBoolean"] for one in aside.json()["extension"] if one["url"] == ARCHIVED] == [True]
    gone = patch(author, by_id(entry), DELETED)
    assert (gone.status_code, gone.json()["status"]) == (200, "entered-in-error")
    assert entry.unique_id not in victim.found_by(AUTHOR)


def test_the_history_has_every_version_or_none(author: httpx.Client, other: httpx.Client, victim: Victim) -> None:
    entry = victim.feed()
    where = by_id(entry)
    history = f"/fhir/DocumentReference{where}/_history"
    assert [one["response"]["etag"] for one in other.get(history).json()["entry"]] == ['W/"1"']
    patch(author, where, labels("N", "MASQUE_PS"))
    unknown = other.get(f"/fhir/DocumentReference/{uuid4()}/_history")
    assert rule(unknown) == (404, "document-unknown")
    for address in (history, f"{history}/1", f"{history}/2"):
        answer = other.get(address)
        assert (answer.status_code, answer.json()) == (404, unknown.json())
    assert author.get(f"{history}/2").headers["etag"] == 'W/"2"'
    patch(author, where, labels("N"))
    found = other.get(history).json()
    assert (found["type"], found["total"]) == ("history", 3)
    assert [one["resource"]["meta"]["versionId"] for one in found["entry"]] == ["3", "2", "1"]
    # What was hidden and is no more is not told: every version carries the present visibility.
    assert "MASQUE_PS" not in other.get(history).text
    assert other.get(f"{history}/2").json() == found["entry"][1]["resource"]
    assert rule(other.get(f"{history}/4")) == (404, "document-unknown")
    former = found["entry"][1]["resource"]["identifier"][0]["value"].removeprefix("urn:uuid:")
    assert rule(other.get(f"/fhir/DocumentReference/{former}/_history")) == (404, "document-unknown")


def test_parameters_mask_too(author: httpx.Client, victim: Victim) -> None:
    entry = victim.feed()
    parts = [
        {"name": "type", "valueCode": "add"},
        {"name": "path", "valueString": "DocumentReference"},
        {"name": "name", "valueString": "securityLabel"},
        {"name": "value", "valueCodeableConcept": label("MASQUE_PS")},
    ]
    body = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}
    assert said(patch(author, by_id(entry), body, "application/fhir+json")) == {"N", "MASQUE_PS"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (labels("MASQUE_PS"), (422, "confidentiality-level")),
        (labels("N", "R"), (422, "confidentiality-level")),
        (labels("R"), (422, "confidentiality-level-kept")),
        (labels("N", "INVISIBLE_PATIENT"), (422, "invisible-at-deposit")),
        (labels("N", "TOUS"), (422, "confidentiality-code")),
        ([*labels("N", "MASQUE_PS"), *DELETED], (422, "patch-one-act")),
        ([{"op": "replace", "path": "/status", "value": "superseded"}], (422, "patch-status")),
        ([{"op": "add", "path": "/securityLabel/0/codings", "value": []}], (422, "element-unknown")),
        ([{"op": "replace", "path": "/type", "value": {}}], (405, "patch-element")),
        ([{"op": "remove", "path": "/subject"}], (405, "patch-element")),
        ([{"op": "test", "path": "/status", "value": "superseded"}], (422, "patch-test")),
        (b"[", (400, "json")),
        ({}, (400, "patch")),
    ],
)
def test_a_wrong_wish_changes_nothing(
    body: Any, expected: tuple[int, str], author: httpx.Client, victim: Victim
) -> None:
    where = by_id(victim.documents[""])
    answer = patch(author, where, body)
    status, found = rule(answer)
    assert status == expected[0], answer.text
    assert found == expected[1], answer.text
    assert author.get(f"/fhir/DocumentReference{where}").headers["etag"] == 'W/"1"'
    if status == 405:
        assert answer.headers["allow"] == "GET, PATCH"


def test_unmasking_does_not_publish_what_was_not_announced(author: httpx.Client, victim: Victim) -> None:
    entry = victim.feed("INVISIBLE_PATIENT")
    masked = patch(author, by_id(entry), [{"op": "add", "path": "/securityLabel/-", "value": label("MASQUE_PS")}])
    assert said(masked) == {"N", "MASQUE_PS", "INVISIBLE_PATIENT"}
    assert rule(patch(author, by_id(entry), labels("N"))) == (422, "confidentiality-one-act")
    assert said(patch(author, by_id(entry), labels("INVISIBLE_PATIENT", "N"))) == {"N", "INVISIBLE_PATIENT"}


@pytest.mark.parametrize("body", [labels("N"), DELETED, PUT_ASIDE, [], labels("MASQUE_PS")])
def test_a_hidden_document_is_patched_like_an_unknown_one(body: Any, other: httpx.Client, victim: Victim) -> None:
    hidden = victim.documents["MASQUE_PS"]
    unknown = f"?identifier=urn:ietf:rfc:3986|urn:oid:2.25.{secrets.randbits(100)}"
    nothing = patch(other, unknown, body)
    assert rule(nothing) == (404, "document-unknown")
    for where in (by_id(hidden), by_unique_id(hidden), f"?identifier={hidden.entry_uuid}"):
        answer = patch(other, where, body, If_Match='W/"9"')
        assert (answer.status_code, answer.json()) == (404, nothing.json())


def test_a_visible_document_of_others_is_not_theirs_to_delete(other: httpx.Client, victim: Victim) -> None:
    where = by_id(victim.documents[""])
    assert patch(other, where, []).status_code == 200
    assert patch(other, where, DELETED).status_code == 403
    assert other.get(f"/fhir/DocumentReference{where}").headers["etag"] == 'W/"1"'


@pytest.mark.parametrize(
    ("where", "kind", "expected"),
    [
        ("", JSON_PATCH, (400, "patch-identifier")),
        ("?identifier=1.2.3,1.2.4", JSON_PATCH, (400, "patch-identifier")),
        ("?identifier=1.2.3&status=current", JSON_PATCH, (400, "patch-identifier")),
        ("?type=x", JSON_PATCH, (400, "patch-identifier")),
        ("?identifier=1.2.3", "application/xml-patch+xml", (415, "content-type-unsupported")),
        ("/x", JSON_PATCH, (404, "document-unknown")),
    ],
)
def test_a_patch_names_one_document(where: str, kind: str, expected: tuple[int, str], author: httpx.Client) -> None:
    assert rule(patch(author, where, DELETED, kind)) == expected


def test_a_masked_document_is_replaced_by_its_logical_id(author: httpx.Client, victim: Victim) -> None:
    """The id that FHIR gave lasts: a replacement that names it reaches the metadata in force."""
    entry = victim.feed()
    assert said(patch(author, by_id(entry), labels("N", "MASQUE_PS"))) == {"N", "MASQUE_PS"}
    read = author.get(f"/fhir/DocumentReference{by_id(entry)}").json()
    data = b"<ClinicalDocument><!-- suite --></ClinicalDocument>"
    for name in ("id", "meta", "extension", "identifier"):
        read.pop(name, None)
    read["masterIdentifier"]["value"] = f"urn:oid:2.25.{secrets.randbits(100)}"
    attachment = read["content"][0]["attachment"]
    for name in ("url", "hash", "size"):
        attachment.pop(name, None)
    attachment["data"] = base64.b64encode(data).decode()
    read["relatesTo"] = [{"code": "replaces", "target": {"reference": f"DocumentReference{by_id(entry)}"}}]
    answer = author.post("/fhir/DocumentReference", json=read, headers={"Content-Type": "application/fhir+json"})
    assert answer.status_code == 201, answer.text
    assert "MASQUE_PS" in {one["coding"][0]["code"] for one in answer.json()["securityLabel"]}
    assert status_of(author, entry) == "superseded"


def status_of(client: httpx.Client, entry: DocumentEntry) -> str:
    return str(client.get(f"/fhir/DocumentReference{by_id(entry)}").json()["status"])
