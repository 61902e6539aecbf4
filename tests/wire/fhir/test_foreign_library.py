"""What is rendered is R4 for somebody else's library too.

fhir.resources has R4B models and no plain R4; the resources used here are the same in both. It checks structure and
primitive formats, neither bindings nor profiles nor contained references.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from fhir_entries import entries, submission_sets
from hypothesis import given, settings

from carnet.wire.fhir import list as fhir_list
from carnet.wire.fhir import searchset
from carnet.wire.fhir.bundle_write import Done, write_request, write_response
from carnet.wire.fhir.capabilitystatement import statement
from carnet.wire.fhir.documentreference import Profile, encode
from carnet.wire.fhir.operationoutcome import issue, outcome
from carnet.wire.xds.model import Code, DocumentEntry, Submission, SubmissionSet

models = pytest.importorskip("fhir.resources.R4B", reason="fhir.resources is not installed")
BASE = "https://carnet.example/fhir"


def check(resource: Any) -> None:
    """Raises pydantic's ValidationError with the place."""
    if isinstance(resource, bytes):
        resource = json.loads(resource)
    models.get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def _codes(entry: DocumentEntry) -> list[Code]:
    single = (entry.class_code, entry.type_code, entry.format_code)
    place = (entry.healthcare_facility_type_code, entry.practice_setting_code)
    return [code for code in (*single, *place, *entry.confidentiality_codes, *entry.event_codes) if code is not None]


def _is_code(code: Code | None) -> bool:
    """FHIR's code has single spaces inside only; XDS lets any text be one."""
    return code is None or " ".join(code.code.split()) == code.code


@settings(max_examples=60, deadline=None)
@given(entries.filter(lambda entry: all(map(_is_code, _codes(entry)))))
def test_a_searchset(entry: DocumentEntry) -> None:
    said = outcome([issue(severity="information", code="informational", rule="used-parameters", text="Rien.")])
    body = searchset.write(
        [entry], base=BASE, profile=Profile.PDSM, total=1, self_url=BASE, next_url=BASE + "?x", outcome=said
    )
    check(body)
    for found in json.loads(body)["entry"]:
        check(found["resource"])


@settings(max_examples=40, deadline=None)
@given(submission_sets.filter(lambda value: _is_code(value.content_type_code)))
def test_a_submission_set(value: SubmissionSet) -> None:
    check(encode(fhir_list.render(value, ["urn:uuid:00000000-0000-4000-8000-000000000000"])))


@settings(max_examples=20, deadline=None)
@given(submission_sets.filter(lambda value: _is_code(value.content_type_code)), entries)
def test_a_request(value: SubmissionSet, entry: DocumentEntry) -> None:
    plain = DocumentEntry(
        entry_uuid=entry.entry_uuid, unique_id="1.2.3", patient_id=entry.patient_id, mime_type="text/xml"
    )
    check(write_request(Submission(submission_set=value, entries=(plain,)), {plain.entry_uuid: b"bytes"}))


def test_answers() -> None:
    check(write_response([Done("201 Created", "List/1", 'W/"1"')], outcome([issue(code="value", rule="r", text="t")])))
    check(statement(base=BASE, version="1", date="2026-01-01", profile=Profile.MHD, domain="ihe", tokens=BASE))


def test_the_library_sees_a_fault() -> None:
    wrong = statement(base=BASE, version="1", date="2026-13-01", profile=Profile.MHD, domain="ihe", tokens=BASE)
    with pytest.raises(ValueError, match="date"):
        check(wrong)
