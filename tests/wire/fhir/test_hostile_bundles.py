"""ITI-65 requests that lie, contradict themselves or try to break the reader: each has its answer."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.wire.errors import Malformed
from carnet.wire.fhir.bundle import SET_ID, read
from carnet.wire.fhir.bundle_write import write_request
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.fhir.faults import Rejected
from carnet.wire.xds.model import Association, AssociationType, Author, Code, DocumentEntry, Submission, SubmissionSet

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "data" / "fhir"
CX = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"
XCN = "899900000011^LIBRE^Max^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
XON = "CABINET FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^499900000011001"
SET = "urn:uuid:00000000-0000-4000-8000-000000000000"
OTHER = "urn:uuid:6f1c1f1e-0000-4000-8000-000000000009"
CODE = Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu")


def entry(name: str = "urn:uuid:6f1c1f1e-0000-4000-8000-000000000001", **more: Any) -> DocumentEntry:
    values: dict[str, Any] = {
        "entry_uuid": name, "unique_id": "1.2.250.1.999.3", "patient_id": CX, "mime_type": "text/xml",
        "class_code": CODE, "type_code": CODE, "format_code": CODE, "healthcare_facility_type_code": CODE,
        "practice_setting_code": CODE, "confidentiality_codes": (CODE,),
        "authors": (Author(person=XCN, institutions=(XON,)),), "legal_authenticator": XCN, "title": "Titre",
        "language_code": "fr-FR", "creation_time": "20260102030405", "service_start_time": "20260102",
        "source_patient_id": CX, "source_patient_info": ("PID-5|FICTIF^JEAN^^^^^L",), "size": 5,
        "hash": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    }  # fmt: skip
    return DocumentEntry(**(values | more))


def submission(*entries: DocumentEntry, links: tuple[Association, ...] = ()) -> Submission:
    members = tuple(
        Association(
            entry_uuid=f"association-{n}", type=AssociationType.HAS_MEMBER, source=SET,
            target=e.entry_uuid, set_status="Original",
        )
        for n, e in enumerate(entries, 1)
    )  # fmt: skip
    return Submission(
        submission_set=SubmissionSet(
            entry_uuid=SET, unique_id="1.2.250.1.999.4",
            source_id="1.2.250.1.999.1", patient_id=CX, submission_time="20260102040000", content_type_code=CODE,
            authors=(Author(person=XCN),),
        ),
        entries=entries,
        associations=members + links,
    )  # fmt: skip


def good() -> dict[str, Any]:
    sent = submission(entry())
    body = write_request(sent, {e.entry_uuid: b"bytes" for e in sent.entries})
    return json.loads(body)  # type: ignore[no-any-return]


GOOD = good()


def answer_of(bundle: Any, profile: Profile = Profile.PDSM) -> set[str]:
    """The rules that a request breaks; empty when it is read."""
    body = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    try:
        read(body, profile=profile)
    except Rejected as error:
        return {fault.rule for fault in error.faults if fault.field and fault.text}
    except Malformed as error:
        return {error.rule}
    return set()


def test_what_a_client_writes_is_what_a_server_reads() -> None:
    old = "urn:uuid:6f1c1f1e-0000-4000-8000-000000000007"
    first, second = entry(), entry(OTHER, unique_id="1.2.250.1.999.5^ext")
    links = (
        Association(entry_uuid="association-3", type=AssociationType.REPLACE, source=first.entry_uuid, target=old),
        Association(entry_uuid="association-4", type=AssociationType.APPEND, source=OTHER, target=first.entry_uuid),
        Association(entry_uuid="association-5", type=AssociationType.TRANSFORM_REPLACE, source=OTHER, target=old),
    )
    sent = submission(first, second, links=links)
    documents = {first.entry_uuid: b"one", OTHER: bytes(range(256))}
    provision = read(write_request(sent, documents), profile=Profile.PDSM)
    assert provision.submission == sent
    assert provision.documents == documents
    kinds = [part.kind for part in provision.parts]
    assert kinds == ["List", *["DocumentReference", "Binary", "Parameters"] * 2]


def test_ids_are_the_server_s() -> None:
    bundle = copy.deepcopy(GOOD)
    bundle["entry"][0]["resource"].pop("identifier")
    resource = bundle["entry"][1]["resource"]
    resource.pop("identifier")
    resource |= {"id": "6f1c1f1e-0000-4000-8000-00000000aaaa", "meta": {"versionId": "7"}}
    body = json.dumps(bundle).encode()
    provision = read(body, profile=Profile.PDSM)
    (found,) = provision.submission.entries
    assert (found.entry_uuid, found.logical_id, found.version, found.repository_unique_id) == ("document-1", "", 1, "")
    assert provision.submission.submission_set.entry_uuid == SET_ID
    assert provision.submission.submission_set.unique_id.startswith("2.25.")
    assert read(body, profile=Profile.PDSM) == provision
    assert read(body + b" ", profile=Profile.PDSM) != provision


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(bundle: dict[str, Any]) -> None:
        *steps, last = path.split(".")
        place: Any = bundle
        for step in steps:
            place = place[int(step)] if step.isdigit() else place[step]
        if value is None:
            place.pop(int(last) if isinstance(place, list) else last)
        elif isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value

    return change


def _again(number: int) -> Callable[[dict[str, Any]], None]:
    return lambda bundle: bundle["entry"].append(copy.deepcopy(bundle["entry"][number]))


def _patch(bundle: dict[str, Any]) -> None:
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "DocumentReference.status"},
        {"name": "value", "valueCode": "superseded"},
    ]
    bundle["entry"].append(
        {
            "resource": {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]},
            "request": {"method": "PATCH", "url": "DocumentReference/6f1c1f1e-0000-4000-8000-000000000007"},
        }
    )


DR = "entry.1.resource."
BROKEN: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    ("batch", _set("type", "batch"), "bundle-type"),
    ("no type", _set("type", None), "bundle-type"),
    ("type of another kind", _set("type", 3), "structure"),
    ("two sets", _again(0), "submission-set"),
    ("no set", _set("entry.0", None), "submission-set"),
    ("no document", _set("entry.1", None), "no-document"),
    ("no binary", _set("entry.2", None), "dangling-reference"),
    ("orphan binary", _set(DR + "content.0.attachment.url", "urn:uuid:dead"), "orphan-binary"),
    ("two documents of one name", _again(1), "full-url"),
    ("folder for a set", _set("entry.0.resource.code.coding.0.code", "folder"), "submission-set"),
    ("set changed", _set("entry.0.request", {"method": "PUT", "url": f"List/{uuid4()}"}), "request-method"),
    ("list nowhere", _set("entry.0.request", {"method": "PUT", "url": "List/x"}), "request-url"),
    ("list of nothing", _set("entry.0.resource.code", None), "list-type"),
    ("set that is retired", _set("entry.0.resource.status", "retired"), "fixed-value"),
    ("set without source id", _set("entry.0.resource.extension", []), "required"),
    ("set of another patient", _set("entry.0.resource.subject.identifier.value", "2"), "mixed-patients"),
    ("set that names nothing", _set("entry.0.resource.entry.0.item.reference", "urn:uuid:x"), "dangling-reference"),
    ("document outside the set", _set("entry.0.resource.entry.0.item.reference", "urn:uuid:x"), "not-a-member"),
    ("another resource", _set("entry.2.resource.resourceType", "Observation"), "entry-type"),
    ("a FHIR document", _set("entry.2.resource", {"resourceType": "Bundle", "type": "document"}), "fhir-document"),
    ("no resource", _set("entry.2.resource", None), "required"),
    ("null resource", _set("entry.2.resource", "text"), "structure"),
    ("PUT", _set("entry.1.request.method", "PUT"), "request-method"),
    ("no request", _set("entry.1.request", None), "request-method"),
    ("posted elsewhere", _set("entry.1.request.url", "Patient"), "request-url"),
    ("superseded", _set(DR + "status", "superseded"), "status"),
    ("unknown status", _set(DR + "status", "draft"), "status"),
    ("docStatus", _set(DR + "docStatus", "final"), "doc-status"),
    ("no masterIdentifier", _set(DR + "masterIdentifier", None), "required"),
    ("no custodian", _set(DR + "custodian", None), "required"),
    ("no hash", _set(DR + "content.0.attachment.hash", None), "required"),
    ("no period", _set(DR + "context.period", None), "required"),
    ("no context", _set(DR + "context", None), "required"),
    ("no content", _set(DR + "content", []), "required"),
    ("two contents", lambda b: b["entry"][1]["resource"]["content"].append({}), "one-content"),
    ("hash of another length", _set(DR + "content.0.attachment.hash", "AAAA"), "hash-encoding"),
    ("hash in hexadecimal", _set(DR + "content.0.attachment.hash", "da39a3ee" * 5), "hash-encoding"),
    ("negative size", _set(DR + "content.0.attachment.size", -1), "size"),
    ("size as text", _set(DR + "content.0.attachment.size", "5"), "structure"),
    ("huge size", _set(DR + "content.0.attachment.size", 10**400), "size"),
    ("inline data", _set(DR + "content.0.attachment.data", "QUJD"), "inline-data"),
    ("types that differ", _set("entry.2.resource.contentType", "application/pdf"), "content-type"),
    ("bad type", _set(DR + "content.0.attachment.contentType", "xml"), "mime-type"),
    ("external document", _set(DR + "content.0.attachment.url", "https://example.org/x"), "dangling-reference"),
    ("29 February", _set(DR + "content.0.attachment.creation", "2026-02-29"), "date"),
    ("hour 25", _set(DR + "content.0.attachment.creation", "2026-02-01T25:00:00Z"), "date"),
    ("no zone", _set(DR + "content.0.attachment.creation", "2026-02-01T10:00:00"), "date"),
    ("date as number", _set(DR + "content.0.attachment.creation", 2026), "structure"),
    ("before year 1", _set(DR + "content.0.attachment.creation", "0001-01-01T00:00:00+14:00"), "date"),
    ("category without code", _set(DR + "category", [{"text": "CR"}]), "code"),
    ("author elsewhere", _set(DR + "author.0.reference", "Practitioner/3"), "uncontained-reference"),
    ("author by address", _set(DR + "author.0.reference", "https://example.org/P/3"), "uncontained-reference"),
    ("author missing", _set(DR + "author.0.reference", "#nobody"), "dangling-reference"),
    ("author unreadable", _set(DR + "contained.0.code", "x"), "structure"),
    ("authenticator elsewhere", _set(DR + "authenticator.reference", "Practitioner/3"), "uncontained-reference"),
    ("source elsewhere", _set(DR + "context.sourcePatientInfo.reference", "Patient/3"), "uncontained-reference"),
    ("source that is a person", _set(DR + "context.sourcePatientInfo.reference", "#author1"), "reference-type"),
    ("subject elsewhere", _set(DR + "subject", {"reference": "Patient/3"}), "subject"),
    ("subject by display", _set(DR + "subject", {"display": "Jeanne"}), "subject"),
    ("modifier extension", _set(DR + "modifierExtension", [{"url": "urn:example:not"}]), "modifier-extension"),
    ("implicit rules", _set(DR + "implicitRules", "urn:example:rules"), "modifier-extension"),
    ("unknown relation", _set(DR + "relatesTo", [{"code": "hides", "target": {"reference": OTHER}}]), "relation"),
    ("relation to nothing", _set(DR + "relatesTo", [{"code": "signs", "target": {}}]), "relation-target"),
    ("patch of another", _patch, "patch"),
    ("NUL", _set(DR + "description", "a\x00b"), "control-character"),
    ("escape", _set("entry.0.resource.title", "a\x1bb"), "control-character"),
    ("XML non-character", _set(DR + "description", "a\ufffeb"), "control-character"),
    ("base64 with spaces", _set("entry.2.resource.data", "QU JD"), "structure"),
    ("base64 cut", _set("entry.2.resource.data", "QUJ"), "structure"),
    ("base64 for addresses", _set("entry.2.resource.data", "QU_-"), "structure"),
    ("no data", _set("entry.2.resource.data", None), "required"),
    ("data as list", _set("entry.2.resource.data", ["QUJD"]), "structure"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "rule"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_bundle(change: Callable[[dict[str, Any]], None], rule: str) -> None:
    bundle = copy.deepcopy(GOOD)
    change(bundle)
    assert rule in answer_of(bundle)


def test_the_unbroken_bundle_is_read() -> None:
    assert answer_of(GOOD) == set()


def test_backslashes_are_no_control_characters() -> None:
    bundle = copy.deepcopy(GOOD)
    bundle["entry"][1]["resource"]["description"] = "C:\\u0000\\b \\\\f\ttab\nline"
    assert answer_of(bundle) == set()


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"resourceType":"Bundle"', b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"a":' * 100_000,
     b'{"resourceType":"Bundle","type":"transaction","entry":[{"resource":' + b"[" * 100_000,
     json.dumps(GOOD).encode("utf-16"), json.dumps(GOOD).encode() + b"x",
     json.dumps(GOOD).encode().replace(b"Titre", b"\xff\xfe")],
)  # fmt: skip
def test_what_is_no_json_bundle(body: bytes) -> None:
    assert answer_of(body) & {"json", "structure", "not-a-bundle", "bundle-type"}


def test_a_person_cannot_be_shown_and_another_registered() -> None:
    bundle = copy.deepcopy(GOOD)
    exact = "https://carnet.example/fhir/StructureDefinition/xds-value"
    for contained in bundle["entry"][1]["resource"]["contained"]:
        contained["extension"] = [{"url": exact, "valueString": "1^IMPOSTEUR^Ivan"}]
    bundle["entry"][1]["resource"]["subject"]["identifier"]["extension"] = [
        {"url": exact, "valueString": "9^^^&1.2&ISO"}
    ]
    (found,) = read(json.dumps(bundle).encode(), profile=Profile.PDSM).submission.entries
    assert found.authors[0] == Author(person=XCN, institutions=(XON,))
    assert (found.legal_authenticator, found.patient_id) == (XCN, CX)


def test_a_bundle_patient_identifies() -> None:
    bundle = copy.deepcopy(GOOD)
    subject = {"reference": "urn:uuid:6f1c1f1e-0000-4000-8000-00000000bbbb"}
    bundle["entry"][0]["resource"]["subject"] = bundle["entry"][1]["resource"]["subject"] = subject
    identifier = {"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "279035121518989"}
    bundle["entry"].append(
        {
            "fullUrl": subject["reference"],
            "resource": {"resourceType": "Patient", "identifier": [identifier]},
            "request": {"method": "POST", "url": "Patient"},
        }
    )
    provision = read(json.dumps(bundle).encode(), profile=Profile.PDSM)
    assert provision.submission.submission_set.patient_id == provision.submission.entries[0].patient_id == CX
    assert provision.parts[-1].kind == "Patient"


def _mutations(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        found += _mutations(child, (*path, key))
    return found


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(_mutations(GOOD)),
    st.sampled_from([None, "", " ", 0, -1, 1.5, True, [], {}, [None], [{}], "x" * 5000, "#author1", {"a": []}, 10**30]),
)
def test_no_value_anywhere_breaks_the_reader(path: tuple[Any, ...], value: Any) -> None:
    bundle = copy.deepcopy(GOOD)
    place: Any = bundle
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    answer_of(bundle)
    answer_of(bundle, Profile.MHD)


# Published examples: PDSm asks for a custodian that they do not name; MHD reads the two transactions.
SAMPLE_RULES = {
    "Bundle-example-td2-iti65-lot-soumission.json": ({"required"}, set()),
    "Bundle-example-td2-1-remplacement.json": ({"required"}, set()),
    "Bundle-example-annexe-fhir-document.json": ({"bundle-type"}, {"bundle-type"}),
    "Bundle-example-annexe-searchset-documentreferences.json": ({"bundle-type"}, {"bundle-type"}),
    "DocumentReference-example-td2-iti105-publication-simplifiee.json": ({"structure"}, {"structure"}),
    "DocumentReference-doc-x-id.json": ({"structure"}, {"structure"}),
}


@pytest.mark.parametrize("name", SAMPLE_RULES)
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data/fhir is absent")
def test_published_examples(name: str) -> None:
    body = (SAMPLES / name).read_bytes()
    assert (answer_of(body, Profile.PDSM), answer_of(body, Profile.MHD)) == SAMPLE_RULES[name]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data/fhir is absent")
def test_the_published_submission_as_values() -> None:
    body = (SAMPLES / "Bundle-example-td2-iti65-lot-soumission.json").read_bytes()
    provision = read(body, profile=Profile.MHD)
    (found,) = provision.submission.entries
    assert found.patient_id == "123456789012345^^^&1.2.250.1.213.1.4.8&ISO^NH"
    assert found.authors[0].person == "899700218896^^^^^^^^&1.2.250.1.71.4.2.1&ISO^^^^IDNPS"
    assert found.creation_time == "20260612080000"
    assert found.class_code == Code("11", "1.2.250.1.213.1.1.4.1", "Synthèse")
    assert found.hash == base64.b64decode("A/hMRrv6Y15BjSM8kMLidrz+mHc=").hex()
    assert provision.documents["document-1"].startswith(b"<?xml")
