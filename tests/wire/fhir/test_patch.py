"""PATCH bodies: what each says of the three elements that may change, and how hostile ones are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.wire.errors import Malformed
from carnet.wire.fhir import patch
from carnet.wire.fhir.documentreference import ARCHIVED
from carnet.wire.fhir.faults import Rejected
from carnet.wire.xds.model import Code, DocumentEntry, Status

JSON, FHIR = patch.KINDS
N = Code("N", "2.16.840.1.113883.5.25", "Normal")
MASK = Code("MASQUE_PS", "1.2.250.1.213.1.1.4.13")
SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
LABEL = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "MASQUE_PS"}]}
NORMAL = {"coding": [{"system": SYSTEM, "code": "N"}]}
SLOT = (("urn:example:slot", ("x",)),)
ENTRY = DocumentEntry(
    entry_uuid="urn:uuid:11111111-0000-4000-8000-000000000001",
    logical_id="urn:uuid:11111111-0000-4000-8000-000000000001",
    unique_id="1.2.3",
    patient_id="1^^^&1.2.3&ISO",
    mime_type="text/xml",
    confidentiality_codes=(N,),
    extra_slots=SLOT,
)


def wanted(body: Any, entry: DocumentEntry = ENTRY, kind: str = JSON) -> patch.Wanted:
    return patch.apply(patch.read(json.dumps(body).encode(), kind), entry)


def with_codes(*codes: Code) -> DocumentEntry:
    return DocumentEntry(
        entry_uuid="urn:uuid:x", unique_id="1", patient_id="", mime_type="", confidentiality_codes=codes
    )


def codes(found: patch.Wanted) -> list[str]:
    assert found.codes is not None
    return [code.code for code in found.codes]


def operation(**parts: Any) -> dict[str, Any]:
    """A Parameters of one operation; `value` is `valueCode`, or what its name in `as_` says."""
    kind = parts.pop("as_", "valueCode")
    names = {"value": kind, "index": "valueInteger", "source": "valueInteger", "destination": "valueInteger"}
    said = [{"name": name, names.get(name, "valueString"): value} for name, value in parts.items()]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": said}]}


def test_json_patch_masks_and_unmasks() -> None:
    add = [{"op": "add", "path": "/securityLabel/-", "value": LABEL}]
    assert codes(wanted(add)) == ["N", "MASQUE_PS"]
    assert wanted(add).codes == (N, MASK)
    assert codes(wanted([{"op": "remove", "path": "/securityLabel/1"}], with_codes(N, MASK))) == ["N"]
    assert codes(wanted([{"op": "replace", "path": "/securityLabel", "value": [NORMAL, LABEL]}])) == ["N", "MASQUE_PS"]
    tested = [{"op": "test", "path": "/securityLabel/0/coding/0/code", "value": "N"}, *add]
    assert codes(wanted(tested)) == ["N", "MASQUE_PS"]
    moved = [{"op": "move", "from": "/securityLabel/1", "path": "/securityLabel/0"}]
    assert codes(wanted(moved, with_codes(N, MASK))) == ["MASQUE_PS", "N"]


def test_what_fhir_has_not_is_a_fault_unless_the_caller_is_lenient() -> None:
    misspelt = {"coding": [LABEL["coding"][0] | {"dispaly": "Masqué"}]}
    body = json.dumps([{"op": "add", "path": "/securityLabel/-", "value": misspelt}]).encode()
    with pytest.raises(Rejected) as raised:
        patch.apply(patch.read(body, JSON), ENTRY)
    assert [(fault.rule, fault.field) for fault in raised.value.faults] == [
        ("element-unknown", "DocumentReference.securityLabel[1].coding[0].dispaly")
    ]
    assert codes(patch.apply(patch.read(body, JSON), ENTRY, lenient=True)) == ["N", "MASQUE_PS"]


def test_json_patch_of_status_and_archive() -> None:
    assert wanted([{"op": "replace", "path": "/status", "value": "entered-in-error"}]).status == "entered-in-error"
    archived = [{"op": "add", "path": "/extension/-", "value": {"url": ARCHIVED, "valueBoolean": True}}]
    assert wanted(archived) == patch.Wanted(archived=True)
    entry = DocumentEntry(
        entry_uuid="urn:uuid:x", unique_id="1", patient_id="", mime_type="", status=Status.ARCHIVED, extra_slots=SLOT
    )
    assert wanted([{"op": "replace", "path": "/extension/0/valueBoolean", "value": False}], entry).archived is False
    assert wanted([{"op": "remove", "path": "/extension/0"}], entry).archived is False
    assert wanted([{"op": "replace", "path": "/status", "value": "current"}], entry) == patch.Wanted()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (operation(type="replace", path="DocumentReference.status", value="superseded"), "superseded"),
        (
            operation(
                type="add", path="DocumentReference", name="securityLabel", value=LABEL, as_="valueCodeableConcept"
            ),
            ["N", "MASQUE_PS"],
        ),
        (
            operation(
                type="insert", path="DocumentReference.securityLabel", index=0, value=LABEL, as_="valueCodeableConcept"
            ),
            ["MASQUE_PS", "N"],
        ),
        (
            operation(
                type="replace", path="DocumentReference.securityLabel[0]", value=LABEL, as_="valueCodeableConcept"
            ),
            ["MASQUE_PS"],
        ),
        (operation(type="delete", path="DocumentReference.securityLabel.where(coding.code = 'N')"), []),
    ],
)
def test_fhirpath_patch(body: dict[str, Any], found: object) -> None:
    said = wanted(body, kind=FHIR)
    assert (said.status if isinstance(found, str) else codes(said)) == found


def test_fhirpath_patch_archives() -> None:
    parts = [{"name": "url", "valueUri": ARCHIVED}, {"name": "value", "valueBoolean": True}]
    said = operation(type="add", path="DocumentReference", name="extension")
    said["parameter"][0]["part"].append({"name": "value", "part": parts})
    assert wanted(said, kind=FHIR) == patch.Wanted(archived=True)
    entry = DocumentEntry(entry_uuid="urn:uuid:x", unique_id="1", patient_id="", mime_type="", status=Status.ARCHIVED)
    for path in (f"extension('{ARCHIVED}').value", f"extension.where(url = '{ARCHIVED}').valueBoolean"):
        body = operation(type="replace", path="DocumentReference." + path, value=False, as_="valueBoolean")
        assert wanted(body, entry, FHIR) == patch.Wanted(archived=False)
    gone = operation(type="delete", path=f"DocumentReference.extension('{ARCHIVED}')")
    assert wanted(gone, entry, FHIR) == patch.Wanted(archived=False)


def refused(body: Any, kind: str = JSON, entry: DocumentEntry = ENTRY) -> set[str]:
    with pytest.raises(Rejected) as error:
        wanted(body, entry, kind)
    return {fault.rule for fault in error.value.faults}


@pytest.mark.parametrize(
    "path",
    [
        "/type",
        "/subject/identifier/value",
        "",
        "/",
        "/_status",
        "/masterIdentifier",
        "/content/0/attachment/url",
        "/id",
    ],
)
@pytest.mark.parametrize("op", ["add", "replace", "remove", "move"])
def test_no_other_element_is_written(op: str, path: str) -> None:
    assert refused([{"op": op, "path": path, "value": "x", "from": "/status"}]) == {"patch-element"}
    assert refused([{"op": "move", "from": path, "path": "/status"}]) == {"patch-element"}


def test_no_other_extension_is_written() -> None:
    assert refused([{"op": "remove", "path": "/extension/0"}]) == {"patch-element"}
    assert refused([{"op": "replace", "path": "/extension", "value": []}]) == {"patch-element"}
    other = {"url": "https://example.org/x", "valueBoolean": True}
    assert refused([{"op": "add", "path": "/extension/-", "value": other}]) == {"patch-element"}


@pytest.mark.parametrize(
    "path",
    [
        "DocumentReference.type",
        "Patient.status",
        "DocumentReference.status | DocumentReference.type",
        "DocumentReference.securityLabel.first()",
        "DocumentReference.content[0].attachment.url",
    ],
)
def test_no_other_path_is_followed(path: str) -> None:
    assert refused(operation(type="replace", path=path, value="x"), FHIR) == {"patch-element"}
    assert refused(operation(type="add", path=path, name="status", value="x"), FHIR) == {"patch-element"}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ([{"op": "replace", "path": "/securityLabel/7", "value": LABEL}], "patch-path"),
        ([{"op": "replace", "path": "/securityLabel/01", "value": LABEL}], "patch-path"),
        ([{"op": "remove", "path": "/securityLabel/-1"}], "patch-path"),
        ([{"op": "add", "path": "/status/deep", "value": 1}], "patch-path"),
        ([{"op": "test", "path": "/status", "value": "superseded"}], "patch-test"),
        ([{"op": "test", "path": "/content/0/attachment/size", "value": True}], "patch-path"),
        ([{"op": "replace", "path": "/status", "value": "deleted"}], "status"),
        ([{"op": "replace", "path": "/status", "value": {"x": 1}}], "status"),
        ([{"op": "remove", "path": "/status"}], "status"),
        ([{"op": "replace", "path": "/securityLabel", "value": "N"}], "structure"),
        ([{"op": "replace", "path": "/securityLabel", "value": [{"text": "N"}]}], "code"),
        ([{"op": "replace", "path": "/extension", "value": "x"}], "structure"),
        ([{"op": "add", "path": "/extension/-", "value": {"url": ARCHIVED, "valueBoolean": "true"}}], "boolean"),
        ([{"op": "burn", "path": "/status"}], "patch-operation"),
        ([{"op": ["add"], "path": "/status"}], "patch-operation"),
        ([{"op": "add", "path": "/status"}], "required"),
        ([{"op": "add", "path": 3, "value": 1}], "pointer"),
        ([{"op": "add", "path": "status", "value": 1}], "pointer"),
        ([{"op": "add", "path": "/extension[url:x]~2", "value": 1}], "pointer"),
        ([{"op": "test", "path": "/status", "value": "current"}] * 51, "patch-length"),
    ],
)
def test_hostile_json_patches_are_refused(body: Any, rule: str) -> None:
    assert refused(body) == {rule}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (operation(type="burn", path="DocumentReference.status"), "patch-operation"),
        (operation(type="replace", path="DocumentReference.status"), "required"),
        (operation(type="delete", path="DocumentReference.status"), "patch-path"),
        (operation(type="delete", path="DocumentReference.securityLabel[9]"), "patch-path"),
        (operation(type="insert", path="DocumentReference.securityLabel", index=-1, value="x"), "patch-path"),
        (operation(type="insert", path="DocumentReference.securityLabel", index=True, value="x"), "patch-path"),
        (operation(type="replace", path="DocumentReference.securityLabel[0]", value="x"), "structure"),
        ({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": "x"}]}, "patch-operation"),
        ({"resourceType": "Parameters", "parameter": ["x"]}, "patch-operation"),
    ],
)
def test_hostile_parameters_are_refused(body: Any, rule: str) -> None:
    assert refused(body, FHIR) == {rule}


@pytest.mark.parametrize("kind", patch.KINDS)
@pytest.mark.parametrize("body", [b"", b"{", b"null", b'"x"', b"[1]", b"\xff", b"[" * 100_000, b'{"parameter": 1}'])
def test_what_is_no_patch_is_malformed(body: bytes, kind: str) -> None:
    with pytest.raises(Malformed):
        patch.read(body, kind)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
_paths = st.sampled_from(
    ["/status", "/securityLabel", "/securityLabel/0", "/securityLabel/-", "/extension/0", "/type", ""]
)
_operations = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace", "remove", "move", "copy", "test"]), "path": _paths},
        optional={"value": _json, "from": _paths},
    ),
    max_size=4,
)


@given(_operations)
def test_any_patch_is_done_or_refused(body: list[dict[str, Any]]) -> None:
    try:
        found = wanted(body)
    except Rejected:
        return
    assert found.status in (None, "superseded", "entered-in-error")
