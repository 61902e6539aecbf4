"""What FHIR has not is named by its path; what it has is let through, as a foreign definition of it says."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from carnet.wire.fhir import bundle, iti105_simplified_publish, unknown_elements
from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.fhir.faults import Rejected

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "fhir"
# Our structures whose R4B class has another name, and where it is.
NAMED = {
    "BundleEntry": "bundle.BundleEntry",
    "Content": "documentreference.DocumentReferenceContent",
    "Context": "documentreference.DocumentReferenceContext",
    "DeviceName": "device.DeviceDeviceName",
    "EntryRequest": "bundle.BundleEntryRequest",
    "EntryResponse": "bundle.BundleEntryResponse",
    "EntrySearch": "bundle.BundleEntrySearch",
    "Link": "bundle.BundleLink",
    "ListEntry": "list.ListEntry",
    "RelatesTo": "documentreference.DocumentReferenceRelatesTo",
}
KINDS = [
    *unknown_elements._OTHERS,
    *(fhir.Attachment, fhir.CodeableConcept, fhir.Content, fhir.Context, fhir.DeviceName, fhir.DocumentReference),
    *(fhir.Link, fhir.Period, fhir.Reference, fhir.RelatesTo),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_structure_has_the_elements_of_its_definition(kind: type) -> None:
    module, _, name = NAMED.get(kind.__name__, f"{kind.__name__.lower()}.{kind.__name__}").rpartition(".")
    foreign: Any = getattr(importlib.import_module(f"fhir.resources.R4B.{module}"), name)
    defined = {(field.alias or name).removeprefix("_") for name, field in foreign.model_fields.items()}
    known = unknown_elements._known(kind)
    common = unknown_elements._COMMON | unknown_elements._RESOURCE
    assert defined - known <= common
    assert known - defined <= common


REFERENCE = {
    "resourceType": "DocumentReference",
    "status": "current",
    "securityLabels": [],
    "_description": {"extension": []},
    "text": {"status": "empty", "div": "<div/>"},
    "extension": [{"url": "urn:x", "valueAnything": 1}],
    "content": [{"attachment": {"data": "", "hashh": "x"}, "formatt": {}}],
    "context": {"practiceSeting": {"coding": []}, "facilityType": {"coding": [{"codee": "x"}]}},
    "contained": [{"resourceType": "Patient", "nom": [], "address": []}, {"resourceType": "Basic", "x": 1}],
}
WRONG = [
    "securityLabels",
    "content[0].formatt",
    "content[0].attachment.hashh",
    "context.practiceSeting",
    "context.facilityType.coding[0].codee",
    "contained[0].nom",
]


def test_each_is_named_by_its_path() -> None:
    body = json.dumps(REFERENCE).encode()
    assert list(unknown_elements.of_document_reference(body)) == [f"DocumentReference.{path}" for path in WRONG]
    entries = [
        {"fullUrl": "urn:a", "resource": REFERENCE, "request": {"method": "POST", "uri": "x"}, "more": 1},
        {"resource": {"resourceType": "Binary", "data": "AAAA", "content": "x"}},
        {"resource": {"resourceType": "Inconnue", "x": 1}},
    ]
    whole = json.dumps({"resourceType": "Bundle", "type": "transaction", "kind": "x", "entry": entries}).encode()
    assert list(unknown_elements.of_bundle(whole)) == [
        "Bundle.kind",
        "Bundle.entry[0].more",
        "Bundle.entry[0].request.uri",
        *(f"Bundle.entry[0].resource.{path}" for path in WRONG),
        "Bundle.entry[1].resource.content",
    ]


def test_a_deposit_is_refused_for_them_unless_its_sender_is_lenient() -> None:
    body = json.dumps({"resourceType": "DocumentReference", "status": "current", "statut": "x"}).encode()
    whole = json.dumps({"resourceType": "Bundle", "type": "transaction", "entree": []}).encode()
    for read, sent, path in (
        (iti105_simplified_publish.read, body, "DocumentReference.statut"),
        (bundle.read, whole, "Bundle.entree"),
    ):
        for lenient in (False, True):
            with pytest.raises(Rejected) as refused:
                read(sent, profile=Profile.MHD, lenient=lenient)
            unknown = [fault.field for fault in refused.value.faults if fault.rule == "element-unknown"]
            assert unknown == ([] if lenient else [path])


def test_many_are_not_all_told() -> None:
    body = json.dumps({"resourceType": "DocumentReference", **{f"x{n}": n for n in range(500)}}).encode()
    with pytest.raises(Rejected) as refused:
        iti105_simplified_publish.read(body, profile=Profile.MHD)
    assert sum(fault.rule == "element-unknown" for fault in refused.value.faults) == 20


@pytest.mark.skipif(not SAMPLES.exists(), reason="the published examples are not beside this clone")
def test_published_requests_have_none() -> None:
    for path in SAMPLES.glob("*.json"):
        body = path.read_bytes()
        kind = json.loads(body)["resourceType"]
        found = unknown_elements.of_bundle if kind == "Bundle" else unknown_elements.of_document_reference
        assert list(found(body)) == [], path.name
