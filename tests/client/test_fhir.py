"""ITI-65, 67 and 68 over real TLS against a scripted server."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from carnet.client import fhir
from carnet.client.errors import Refused, Unreachable
from carnet.wire.fhir import searchset
from carnet.wire.fhir.bundle_write import Done, write_response
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.xds.model import Code, DocumentEntry, Submission, SubmissionSet

PATIENT = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"
JSON = "application/fhir+json"
OUTCOME = json.dumps(
    {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": "invalid",
                "details": {"coding": [{"code": "ins-key"}], "text": "Clé fausse."},
                "expression": ["DocumentReference.subject"],
            }
        ],
    }
).encode()


def entry(number: int) -> DocumentEntry:
    return DocumentEntry(
        entry_uuid=f"urn:uuid:00000000-0000-4000-8000-00000000000{number}",
        logical_id=f"urn:uuid:00000000-0000-4000-8000-00000000001{number}",
        unique_id=f"1.2.3.{number}",
        patient_id=PATIENT,
        mime_type="text/xml",
        title="Lettre",
        creation_time="20260314093000",
        type_code=Code("11490-0", "2.16.840.1.113883.6.1", "Lettre de liaison"),
    )


def page(server, *entries: DocumentEntry, next_url: str = "") -> bytes:
    base = f"{server.base}/fhir"
    return searchset.write(
        entries, base=base, profile=Profile.MHD, total=len(entries), self_url=base, next_url=next_url
    )


def test_provide_is_one_transaction(server, answers, tmp_path: Path):
    document = tmp_path / "a.xml"
    document.write_bytes(bytes(range(256)))
    submission = Submission(
        submission_set=SubmissionSet(entry_uuid="s", unique_id="1.2.3", source_id="1.2", patient_id=PATIENT),
        entries=(entry(1),),
    )
    answers(write_response([Done("201 Created", "List/1")]), content_type=JSON)
    with server.connect() as connection:
        done = fhir.provide(connection, submission, {entry(1).entry_uuid: document})
    assert done.entries == (("201 Created", "List/1"),)
    (request,) = server.requests
    assert (request.method, request.path, request.headers["Content-Type"]) == ("POST", "/fhir", JSON)
    bundle = json.loads(request.body)
    assert bundle["type"] == "transaction"
    (binary,) = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Binary"]
    assert base64.b64decode(binary["data"]) == bytes(range(256))


def test_search_follows_pages_and_keeps_the_address_of_each_document(server, answers):
    following = "/fhir/DocumentReference?page=2"

    def answer(request):
        first = "page=2" not in request.path
        return page(server, entry(1), entry(2), next_url=server.base + following) if first else page(server, entry(3))

    answers(answer, content_type=JSON)
    with server.connect() as connection:
        found = list(fhir.search(connection, patient=PATIENT, parameters={"type": "11490-0"}))
    assert [listed.entry.unique_id for listed in found] == ["1.2.3.1", "1.2.3.2", "1.2.3.3"]
    assert found[0].address == f"{server.base}/fhir/Binary/00000000-0000-4000-8000-000000000001"
    first, second = server.requests
    assert "patient.identifier=urn%3Aoid%3A1.2.250.1.213.1.4.10%7C279035121518989" in first.path
    assert "status=current" in first.path
    assert "type=11490-0" in first.path
    assert second.path == following


def test_retrieve_streams_to_a_file(server, answers, tmp_path):
    content = bytes(range(256)) * 5000
    answers(content, content_type="text/xml; charset=UTF-8")
    with server.connect() as connection:
        saved = fhir.retrieve(connection, f"{server.base}/fhir/Binary/1", tmp_path / "got")
    assert saved.path.read_bytes() == content
    assert saved.mime_type == "text/xml"


def test_a_cut_document_leaves_no_file(server, answers, tmp_path):
    answers(b"x" * 1000, content_type="text/xml", cut=True)
    with server.connect() as connection, pytest.raises(Unreachable):
        fhir.retrieve(connection, f"{server.base}/fhir/Binary/1", tmp_path / "got")
    assert list(tmp_path.iterdir()) == []


def test_refusals_carry_the_issues(server, answers, tmp_path):
    answers(OUTCOME, content_type=JSON, status=422)
    with server.connect() as connection:
        for call in (
            lambda: list(fhir.search(connection, patient=PATIENT)),
            lambda: fhir.retrieve(connection, f"{server.base}/fhir/Binary/1", tmp_path / "got"),
        ):
            with pytest.raises(Refused) as caught:
                call()
            (explanation,) = caught.value.explanations
            assert (explanation.rule, explanation.text) == ("ins-key", "Clé fausse.")
            assert explanation.field == "DocumentReference.subject"
    assert list(tmp_path.iterdir()) == []


def test_our_certificate_goes_to_no_other_server(server, answers, tmp_path):
    answers(page(server, entry(1), next_url="https://elsewhere.example/fhir"), content_type=JSON)
    with server.connect() as connection:
        with pytest.raises(Unreachable, match="another server"):
            list(fhir.search(connection, patient=PATIENT))
        with pytest.raises(Unreachable, match="another server"):
            fhir.retrieve(connection, "https://elsewhere.example/fhir/Binary/1", tmp_path / "got")


@pytest.mark.parametrize(("body", "status"), [(b"{}", 200), (b"not json", 200), (b"<html>", 502), (b"", 500)])
def test_anything_else_is_no_answer(server, answers, body, status):
    answers(body, content_type=JSON, status=status)
    with server.connect() as connection, pytest.raises((Unreachable, Refused)):
        list(fhir.search(connection, patient=PATIENT))
