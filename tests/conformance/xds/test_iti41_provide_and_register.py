"""ITI-41 Provide and Register Document Set-b (IHE ITI TF-2 §3.41) at the living repository."""

from __future__ import annotations

import secrets

import msgspec
import pytest
from xds_requests import CONTENT, REPOSITORY, XCN, Caller, entry, new_oid, submission

from carnet.wire import mime
from carnet.wire.xds import iti41_provide_and_register as iti41
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds import names
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status, Submission


def _returned(caller: Caller, patient: str, found: DocumentEntry) -> bytes:
    asked = iti43.DocumentRequest(found.repository_unique_id, found.unique_id)
    answer = caller.retrieve(patient, asked)
    assert answer.outcome == ("Success", [])
    (part,) = mime.split(answer.body, answer.headers["content-type"]).attachments.values()
    return part.body


def _blobs(caller: Caller) -> int:
    return sum(1 for path in (caller.living.home / "blobs").rglob("*") if path.is_file())


def test_every_attribute_comes_back_and_the_bytes_too(caller: Caller, patient: str) -> None:
    sent = entry(patient)
    answer = caller.provide(submission(sent), CONTENT)
    assert answer.outcome == ("Success", [])
    assert answer.headers["content-type"].startswith("multipart/related")
    (found,) = caller.find(patient)
    same = msgspec.structs.replace(
        found, entry_uuid=sent.entry_uuid, logical_id="", repository_unique_id="", document_availability=""
    )
    assert same == sent
    assert found.entry_uuid.startswith("urn:uuid:")
    assert found.logical_id.startswith("urn:uuid:")
    assert found.repository_unique_id
    assert _returned(caller, patient, found) == CONTENT


def test_a_document_may_be_inline(caller: Caller, patient: str) -> None:
    sent = submission(entry(patient))
    body = caller.envelope(iti41.render_request(sent, {"document": CONTENT}), iti41.ACTION, patient)
    answer = caller.post(REPOSITORY, body)
    assert answer.outcome == ("Success", [])
    assert answer.headers["content-type"].startswith("application/soap+xml")
    assert _returned(caller, patient, caller.find(patient)[0]) == CONTENT


@pytest.mark.parametrize("size", [100_000, 3_000_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_large_documents_whatever_the_transfer(caller: Caller, patient: str, size: int, chunked: bool) -> None:
    content = secrets.token_bytes(size)
    content_type, body = caller.mtom(submission(entry(patient, content)), content)
    if chunked:
        answer = caller.post(REPOSITORY, (body[at : at + 50_000] for at in range(0, len(body), 50_000)), content_type)
    else:
        answer = caller.post(REPOSITORY, body, content_type)
    assert answer.outcome == ("Success", [])
    assert _returned(caller, patient, caller.find(patient)[0]) == content


def test_several_documents_in_one_set(caller: Caller, patient: str) -> None:
    first, second = entry(patient, b"<un/>"), entry(patient, b"<deux/>", entry_uuid="second")
    assert caller.provide(submission(first, second), b"<un/>", b"<deux/>").outcome == ("Success", [])
    assert {found.unique_id for found in caller.find(patient)} == {first.unique_id, second.unique_id}


def test_a_replay_stores_nothing_more(caller: Caller, patient: str) -> None:
    sent = submission(entry(patient))
    assert caller.provide(sent, CONTENT).outcome == ("Success", [])
    assert caller.provide(sent, CONTENT).outcome == ("Success", [])
    assert len(caller.find(patient)) == 1


def test_the_same_document_in_another_set_is_accepted(caller: Caller, patient: str) -> None:
    """NIST 12004: same uniqueId and hash, another submission set: two entries."""
    sent = entry(patient)
    for _ in range(2):
        assert caller.provide(submission(sent), CONTENT).outcome == ("Success", [])
    assert [found.unique_id for found in caller.find(patient)] == [sent.unique_id] * 2


def test_another_content_under_the_same_name_is_refused(caller: Caller, patient: str) -> None:
    sent = entry(patient)
    caller.provide(submission(sent), CONTENT)
    other = entry(patient, b"<autre/>", unique_id=sent.unique_id)
    assert caller.provide(submission(other), b"<autre/>").outcome == ("Failure", ["XDSNonIdenticalHash"])
    assert len(caller.find(patient)) == 1


def test_a_replacement_deprecates(caller: Caller, patient: str) -> None:
    caller.provide(submission(entry(patient)), CONTENT)
    (parent,) = caller.find(patient)
    child = submission(entry(patient), relations=((AssociationType.REPLACE, parent.entry_uuid),))
    assert caller.provide(child, CONTENT).outcome == ("Success", [])
    assert [found.unique_id for found in caller.find(patient)] == [child.entries[0].unique_id]
    (old,) = caller.find(patient, statuses=(Status.DEPRECATED,))
    assert old.entry_uuid == parent.entry_uuid
    again = submission(entry(patient), relations=((AssociationType.REPLACE, parent.entry_uuid),))
    assert caller.provide(again, CONTENT).outcome == ("Failure", ["XDSRegistryDeprecatedDocumentError"])


def test_replacing_an_unknown_parent_is_a_warning(caller: Caller, patient: str) -> None:
    unknown = "urn:uuid:3a1c7a52-0000-4000-8000-000000000000"
    sent = submission(entry(patient), relations=((AssociationType.REPLACE, unknown),))
    response = caller.provide(sent, CONTENT).registry
    assert response.status == names.STATUS_SUCCESS
    assert [error.warning for error in response.errors] == [True]
    assert len(caller.find(patient)) == 1


def _unlike(sent: DocumentEntry, **more: object) -> DocumentEntry:
    return msgspec.structs.replace(sent, **more)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda sent: _unlike(sent, hash="0" * 40), "XDSRepositoryMetadataError"),
        (lambda sent: _unlike(sent, size=1), "XDSRepositoryMetadataError"),
        (lambda sent: _unlike(sent, patient_id="OTHER^^^&1.2.3&ISO"), "XDSPatientIdDoesNotMatch"),
        (lambda sent: _unlike(sent, unique_id=""), "XDSRegistryMetadataError"),
        (lambda sent: _unlike(sent, type_code=None), "XDSRegistryMetadataError"),
    ],
    ids=["hash", "size", "patient", "uniqueId", "typeCode"],
)
def test_wrong_metadata_is_refused_with_its_code(caller: Caller, patient: str, spoil, code: str) -> None:
    base = submission(entry(patient))
    response = caller.provide(msgspec.structs.replace(base, entries=(spoil(base.entries[0]),)), CONTENT).registry
    assert response.status == names.STATUS_FAILURE
    assert code in [error.code for error in response.errors]
    assert all(" : " in error.context for error in response.errors)
    assert caller.find(patient) == ()


def test_all_that_is_wrong_is_told_at_once(caller: Caller, patient: str) -> None:
    sent = submission(_unlike(entry(patient), hash="0" * 40, type_code=None, language_code=""))
    _, codes = caller.provide(sent, CONTENT).outcome
    assert len(codes) >= 3


def test_documents_and_entries_go_by_pairs(caller: Caller, patient: str) -> None:
    sent = submission(entry(patient), entry(patient, entry_uuid="second"))
    missing = caller.envelope(iti41.render_request(sent, {"document": CONTENT}), iti41.ACTION, patient)
    assert caller.post(REPOSITORY, missing).outcome == ("Failure", ["XDSMissingDocument"])
    contents: dict[str, str | bytes] = {"document": CONTENT, "second": CONTENT, "third": CONTENT}
    extra = caller.envelope(iti41.render_request(sent, contents), iti41.ACTION, patient)
    assert caller.post(REPOSITORY, extra).outcome == ("Failure", ["XDSMissingDocumentMetadata"])
    assert caller.find(patient) == ()


@pytest.mark.parametrize("size", [1_000, 3_000_000])
def test_a_part_that_is_not_there_stores_nothing(caller: Caller, patient: str, size: int) -> None:
    content = bytes(size)
    before = _blobs(caller)
    sent = submission(entry(patient, content), entry(patient, content, entry_uuid="second"))
    assert caller.provide(sent, content).outcome == ("Failure", ["XDSMissingDocument"])
    assert caller.find(patient) == ()
    assert _blobs(caller) == before


@pytest.mark.parametrize("size", [1_000, 3_000_000])
def test_a_cut_body_stores_nothing(caller: Caller, patient: str, size: int) -> None:
    content = bytes(size)
    before = _blobs(caller)
    content_type, body = caller.mtom(submission(entry(patient, content)), content)
    assert caller.post(REPOSITORY, body[:-60], content_type).fault.details[0].rule == "mime-truncated"
    assert caller.find(patient) == ()
    assert _blobs(caller) == before


def test_an_unknown_patient(caller: Caller) -> None:
    sent = submission(entry("NOBODY^^^&1.3.6.1.4.1.21367.13.20.1000&ISO"))
    assert caller.provide(sent, CONTENT).outcome == ("Failure", ["XDSUnknownPatientId"])


def test_the_assertion_and_the_set_name_the_same_patient(caller: Caller, patient: str) -> None:
    body = iti41.render_request(submission(entry(patient)), {"document": CONTENT})
    other = f"OTHER^{patient.partition('^')[2]}"
    answer = caller.post(REPOSITORY, caller.envelope(body, iti41.ACTION, other))
    assert answer.outcome == ("Failure", ["XDSPatientIdDoesNotMatch"])
    assert caller.find(patient) == ()


def test_an_unknown_slot_is_refused_and_an_extension_kept(caller: Caller, patient: str) -> None:
    sent: Submission = submission(entry(patient, unique_id=new_oid()))
    body = iti41.render_request(sent, {"document": CONTENT}).replace("urn:example:slot", "example")
    response = caller.post(REPOSITORY, caller.envelope(body, iti41.ACTION, patient)).registry
    assert response.errors[0].context.startswith("ebrim-slot-unknown : ")
    assert XCN not in response.errors[0].context
