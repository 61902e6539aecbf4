"""Bad FHIR: JSON, Bundles, references, values, searches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.attacks.bad_input import Case, Door, Heard, heard, refuses, zipped
from tests.attacks.test_bad_metadata import of_entry
from tests.conformance.fhir.fhir_requests import token

_NOBODY = "urn:uuid:6f1c1f1e-0000-4000-8000-00000000dead"
Bundle = dict[str, Any]


def _resource(bundle: Bundle, number: int = 1) -> dict[str, Any]:
    return bundle["entry"][number]["resource"]  # type: ignore[no-any-return]


def _attachment(bundle: Bundle) -> dict[str, Any]:
    return _resource(bundle)["content"][0]["attachment"]  # type: ignore[no-any-return]


def _value(rule: str, spoil: Callable[[Bundle], Any], code: str = "invalid", status: int = 422) -> Case:
    return Case(lambda door: door.bundle(spoil), code, rule, status)


def _text(rule: str, spoil: Callable[[str], str], code: str = "structure", status: int = 400) -> Case:
    return Case(lambda door: door.bundle(text=spoil), code, rule, status)


def _search(rule: str, query: str, code: str = "invalid", status: int = 400) -> Case:
    return Case(
        lambda door: door.fhir("GET", f"/d/ihe/fhir/DocumentReference?{query.replace('PATIENT', token(door.plain))}"),
        code,
        rule,
        status,
    )


def _compressed(door: Door) -> Heard:
    headers = {"Content-Type": "application/fhir+json", "Content-Encoding": "gzip"}
    answer = door.client().post("/d/ihe/fhir", content=zipped(b" " * 50_000_000), headers=headers)
    return heard(answer.status_code, answer.headers["content-type"], answer.content)


CASES: dict[str, Case] = {
    "not-json": _text("json", lambda text: "<Bundle/>"),
    "not-a-bundle": _text("structure", lambda text: '{"resourceType": "List"}'),
    "cut": _text("json", lambda text: text[:-20]),
    "deep": _text("structure", lambda text: "[" * 100_000),
    "half-a-pair": _text("json", lambda text: '{"resourceType": "Bundle", "type": "\ud800"}'),
    "nul-in-a-title": _value("control-character", lambda b: _attachment(b).update(title="a\0b"), "value"),
    "batch": _value("bundle-type", lambda b: b.update(type="batch"), "not-supported", 400),
    "method-put": _value("request-method", lambda b: b["entry"][1]["request"].update(method="PUT")),
    "entry-elsewhere": _value("request-url", lambda b: b["entry"][1]["request"].update(url="Patient")),
    "full-url-twice": _value("full-url", lambda b: b["entry"][2].update(fullUrl=b["entry"][1]["fullUrl"])),
    "document-nowhere": _value("dangling-reference", lambda b: _attachment(b).update(url=_NOBODY), "not-found"),
    "document-on-the-web": _value(
        "dangling-reference", lambda b: _attachment(b).update(url="http://127.0.0.1:1/"), "not-found"
    ),
    "document-on-disk": _value(
        "dangling-reference", lambda b: _attachment(b).update(url="file:///etc/passwd"), "not-found"
    ),
    "no-list": _value("submission-set", lambda b: b["entry"].pop(0)),
    "no-document": _value("dangling-reference", lambda b: b["entry"].pop(2), "not-found"),
    "document-twice": _value("full-url", lambda b: b["entry"].append(b["entry"][1])),
    "orphan-binary": _value(
        "orphan-binary",
        lambda b: b["entry"].append(
            {
                "fullUrl": _NOBODY,
                "resource": {"resourceType": "Binary", "contentType": "text/xml", "data": "QQ=="},
                "request": {"method": "POST", "url": "Binary"},
            }
        ),
    ),
    "author-elsewhere": _value(
        "uncontained-reference",
        lambda b: _resource(b).update(author=[{"reference": "Practitioner/12"}]),
        "not-supported",
    ),
    "modifier-extension": _value(
        "modifier-extension",
        lambda b: _resource(b).update(modifierExtension=[{"url": "urn:x", "valueBoolean": True}]),
        "extension",
    ),
    "no-master-identifier": _value("required", lambda b: _resource(b).pop("masterIdentifier"), "required"),
    "two-patients": _value(
        "mixed-patients", lambda b: _resource(b)["subject"]["identifier"].update(value="autre"), "business-rule"
    ),
    "hash-wrong": _value("hash", lambda b: _attachment(b).update(hash="2jmj7l5rSw0yVb/vlWAYkK/YBwk="), "value"),
    "hash-in-hexadecimal": _value("hash-encoding", lambda b: _attachment(b).update(hash="zz zz"), "value"),
    "size-wrong": _value("size", lambda b: _attachment(b).update(size=1), "value"),
    "size-negative": _value("size", lambda b: _attachment(b).update(size=-1)),
    "size-endless": _text(
        "size", lambda text: text.replace('"size": ', '"size": 9999999999999999999999'), "invalid", 422
    ),
    "base64-broken": _value("structure", lambda b: _resource(b, 2).update(data="QUJ*"), "structure"),
    "day-that-does-not-exist": _value(
        "date", lambda b: _attachment(b).update(creation="2026-02-31T00:00:00Z"), "value"
    ),
    "status-unknown": _value("status", lambda b: _resource(b).update(status="vivant")),
    "patient-unknown": Case(
        lambda door: door.bundle(text=lambda text: text.replace(door.plain.partition("^")[0], "PERSONNE")),
        "not-found",
        "patient-unknown",
        404,
    ),
    "name-with-another-hash": Case(
        lambda door: door.bundle(
            sent=of_entry(unique_id=door.stored.unique_id, size=8, hash="98831a88040ebf665600b6e92715fa26399dc54c"),
            spoil=lambda b: _resource(b, 2).update(data="PGF1dHJlLz4="),
        ),
        "conflict",
        "non-identical-hash",
        422,
    ),
    "xml": Case(
        lambda door: door.fhir("POST", "/d/ihe/fhir", b"<Bundle/>", Content_Type="application/fhir+xml"),
        "not-supported",
        "content-type-unsupported",
        415,
    ),
    "zip-bomb-in-content-encoding": Case(_compressed, "not-supported", "content-type-unsupported", 415),
    "method-delete": Case(
        lambda door: door.fhir("DELETE", "/d/ihe/fhir/DocumentReference/x"), "not-supported", "method", 405
    ),
    "domain-unknown": Case(
        lambda door: door.fhir("GET", "/d/nulle-part/fhir/DocumentReference?patient=x"),
        "not-found",
        "domain-unknown",
        404,
    ),
    "binary-unknown": Case(
        lambda door: door.fhir("GET", "/fhir/Binary/6f1c1f1e-0000-4000-8000-000000000001"),
        "not-found",
        "document-unknown",
        404,
    ),
    "binary-of-a-path": Case(
        lambda door: door.fhir("GET", "/fhir/Binary/..%2f..%2fetc%2fpasswd"), "not-supported", "address-unknown", 404
    ),
    "search-without-patient": _search("patient-required", "status=current", "required"),
    "search-unknown-parameter": _search(
        "unknown-parameter", "patient.identifier=PATIENT&status=current&couleur=vert", "not-supported"
    ),
    "search-unknown-modifier": _search("modifier", "patient.identifier=PATIENT&status:fuzzy=current", "not-supported"),
    "search-day-that-does-not-exist": _search(
        "date", "patient.identifier=PATIENT&status=current&date=ge2026-02-31", "value"
    ),
    "search-bytes-that-are-no-text": _search("parameters", "patient.identifier=%ff%fe&status=current", "structure"),
    "search-nul": _search("control-character", "patient.identifier=PATIENT&status=current&identifier=a%00b", "value"),
    "search-many-parameters": _search(
        "parameters", "patient.identifier=PATIENT" + "&status=current" * 200, "structure"
    ),
    "search-cursor-made-up": _search("cursor", "patient.identifier=PATIENT&status=current&_cursor=abc", "value"),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_fhir_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
