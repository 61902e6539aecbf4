"""ITI-41, 18 and 43 over real TLS against a scripted server: what is sent, and what becomes of every answer."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carnet.client import xds
from carnet.client.errors import Refused, Unreachable
from carnet.wire import mime, soap
from carnet.wire.saml.verify import signing_certificate, verify
from carnet.wire.soap import Detail, Fault, render_fault
from carnet.wire.xds import iti18_stored_query, iti41_provide_and_register, iti43_retrieve, names, registry_response
from carnet.wire.xds.iti18_stored_query import FindDocuments, GetDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest, DocumentResponse
from carnet.wire.xds.model import Association, AssociationType, DocumentEntry, Status, Submission, SubmissionSet
from carnet.wire.xds.registry_response import RegistryError, RegistryResponse

PATIENT = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"
ENTRY = DocumentEntry(entry_uuid="Document01", unique_id="1.2.3.4", patient_id=PATIENT, mime_type="text/xml")
SUBMISSION = Submission(
    submission_set=SubmissionSet(entry_uuid="SubmissionSet01", unique_id="1.2.3", source_id="1.2", patient_id=PATIENT),
    entries=(ENTRY,),
    associations=(
        Association(
            entry_uuid="Association01",
            type=AssociationType.HAS_MEMBER,
            source="SubmissionSet01",
            target="Document01",
            set_status="Original",
        ),
    ),
)
FIND = FindDocuments(patient_id=PATIENT, statuses=(Status.APPROVED,))
ASKED = DocumentRequest("1.2.250.1.213.1.4.999.1", "1.2.3.4")


def envelope(body: str, action: str) -> bytes:
    return soap.render(body, action=action, message_id="urn:uuid:0", relates_to="urn:uuid:1")


def registered(*errors: RegistryError) -> bytes:
    response = RegistryResponse(registry_response.status_of(errors), errors)
    return envelope(registry_response.render(response), iti41_provide_and_register.RESPONSE_ACTION)


def message(request) -> soap.Envelope:
    """The envelope of a request, alone or as the root of its MTOM parts."""
    content_type = request.headers["Content-Type"]
    body = mime.split(request.body, content_type).root.body if "multipart" in content_type else request.body
    return soap.parse(body)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document.xml"
    path.write_bytes(b"<a>\r\n--boundary\r\n" + bytes(range(256)) * 4000 + b"</a>")
    return path


@pytest.mark.parametrize("inline", [False, True])
def test_provide_sends_bytes_metadata_and_a_vihf_about_the_patient(server, answers, document, inline):
    answers(registered(RegistryError(code="XDSExtraMetadataNotSaved", context="remarque", warning=True)))
    with server.connect() as connection:
        done = xds.provide(connection, SUBMISSION, {"Document01": document}, inline=inline)
    assert [(w.code, w.text) for w in done.warnings] == [("XDSExtraMetadataNotSaved", "remarque")]
    (request,) = server.requests
    assert request.path == "/xds/repository"
    assert ("multipart/related" in request.headers["Content-Type"]) is not inline
    sent = message(request)
    assert sent.action == iti41_provide_and_register.ACTION
    assert sent.to == f"{server.base}/xds/repository"
    read = iti41_provide_and_register.read_request(sent.body)
    assert read.submission == SUBMISSION
    content = read.documents["Document01"]
    if isinstance(content, str):
        content = mime.split(request.body, request.headers["Content-Type"]).find(content).body
    assert content == document.read_bytes()
    vihf = verify(sent.assertion, certificate=signing_certificate(sent.assertion), now=datetime.now(UTC))
    assert (vihf.patient, vihf.subject, vihf.structure) == (PATIENT, "899900000017", "1330000001")


def test_our_certificate_is_shown_and_the_domain_is_in_the_address(server, answers, document):
    answers(registered())
    with server.connect(domain="ihe") as connection:
        xds.provide(connection, SUBMISSION, {"Document01": document})
    (request,) = server.requests
    assert request.path == "/d/ihe/xds/repository"
    subject = {name: value for ((name, value),) in request.certificate["subject"]}
    assert subject["commonName"] == "899900000017"


def test_one_assertion_serves_a_patient_for_a_while(server, answers):
    answers(envelope(iti18_stored_query.render_response([]), iti18_stored_query.RESPONSE_ACTION))
    with server.connect() as connection:
        for _ in range(3):
            xds.query(connection, FIND)
        xds.query(connection, GetDocuments(unique_ids=("1.2.3.4",)), patient="1^^^&1.2&ISO^NH")
    assertions = [message(request).assertion for request in server.requests]
    assert assertions[0] == assertions[1] == assertions[2] != assertions[3]


def test_query_returns_entries(server, answers):
    answers(envelope(iti18_stored_query.render_response([ENTRY]), iti18_stored_query.RESPONSE_ACTION))
    with server.connect() as connection:
        found = xds.query(connection, FIND).objects.entries
    assert [entry.unique_id for entry in found] == ["1.2.3.4"]
    assert server.requests[0].path == "/xds/registry"
    assert iti18_stored_query.read_request(message(server.requests[0]).body) == FIND


def test_a_registry_failure_says_every_error(server, answers, document):
    errors = (
        RegistryError(code="XDSRegistryMetadataError", context="un", location="DocumentEntry.typeCode"),
        RegistryError(code="XDSPatientIdDoesNotMatch", context="deux"),
    )
    answers(registered(*errors))
    with server.connect() as connection, pytest.raises(Refused) as caught:
        xds.provide(connection, SUBMISSION, {"Document01": document})
    assert [(e.code, e.text, e.field) for e in caught.value.explanations] == [
        ("XDSRegistryMetadataError", "un", "DocumentEntry.typeCode"),
        ("XDSPatientIdDoesNotMatch", "deux", ""),
    ]


def test_a_fault_keeps_the_rule_and_what_was_expected(server, answers):
    fault = Fault(
        "Sender",
        "Non.",
        subcode="DMPInvalidCertificate",
        details=(Detail(rule="certificate-expired", text="Expiré.", found="hier", expected="demain"),),
    )
    answers(render_fault(fault, message_id="urn:uuid:0"), status=400)
    with server.connect() as connection, pytest.raises(Refused) as caught:
        xds.query(connection, FIND)
    (explanation,) = caught.value.explanations
    assert (explanation.code, explanation.rule, explanation.expected) == (
        "DMPInvalidCertificate",
        "certificate-expired",
        "demain",
    )
    assert "certificate-expired" in str(caught.value)
    assert caught.value.status == 400


def retrieved(content: bytes, *, cut: int = 0) -> tuple[bytes, str]:
    response = DocumentResponse(ASKED.repository_unique_id, "1.2.3.4", "text/xml", "cid:one@carnet")
    root = envelope(
        iti43_retrieve.render_response(RegistryResponse(names.STATUS_SUCCESS), [response]),
        iti43_retrieve.RESPONSE_ACTION,
    )
    content_type, body = mime.render(root, [mime.Attachment("one@carnet", "text/xml", [content], len(content))])
    return body[: len(body) - cut], content_type


def test_retrieve_writes_the_bytes_as_they_are(server, answers, tmp_path):
    content = b"\r\n--x\r\n" + bytes(range(256)) * 10_000
    body, content_type = retrieved(content)
    answers(body, content_type=content_type)
    with server.connect() as connection:
        saved = xds.retrieve(connection, ASKED, patient=PATIENT, path=tmp_path / "got.xml")
    assert saved.path.read_bytes() == content
    assert (saved.size, saved.sha1) == (len(content), hashlib.sha1(content).hexdigest())  # noqa: S324
    assert saved.mime_type == "text/xml"


def test_a_cut_message_leaves_no_file(server, answers, tmp_path):
    body, content_type = retrieved(b"x" * 300_000, cut=1000)
    for cut in (False, True):
        answers(body, content_type=content_type, cut=cut)
        with server.connect() as connection, pytest.raises(Unreachable):
            xds.retrieve(connection, ASKED, patient=PATIENT, path=tmp_path / "got.xml")
        assert list(tmp_path.iterdir()) == []


def test_a_message_cut_after_its_document_leaves_no_file(server, answers, tmp_path):
    """All the document's bytes came, the closing delimiter did not: nobody can tell that they are all."""
    body, content_type = retrieved(b"x" * 1000, cut=4)
    answers(body, content_type=content_type)
    with server.connect() as connection, pytest.raises(Unreachable):
        xds.retrieve(connection, ASKED, patient=PATIENT, path=tmp_path / "got.xml")
    assert list(tmp_path.iterdir()) == []


def test_a_refused_retrieve_leaves_no_file(server, answers, tmp_path):
    errors = (RegistryError(code="XDSDocumentUniqueIdError", context="absent"),)
    root = envelope(
        iti43_retrieve.render_response(RegistryResponse(names.STATUS_FAILURE, errors), []),
        iti43_retrieve.RESPONSE_ACTION,
    )
    content_type, body = mime.render(root, [])
    for body_, type_ in ((body, content_type), (root, "application/soap+xml")):
        answers(body_, content_type=type_)
        with server.connect() as connection, pytest.raises(Refused, match="XDSDocumentUniqueIdError"):
            xds.retrieve(connection, ASKED, patient=PATIENT, path=tmp_path / "got.xml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "text/plain", 404),
        (b"<html><body>Bad gateway</body></html>", "text/html", 502),
        (b"<a/>", "application/soap+xml", 200),
        (b"<", "application/soap+xml", 200),
        (b"", "multipart/related; boundary=x", 200),
    ],
)
def test_anything_else_is_no_answer(server, answers, body, content_type, status):
    answers(body, content_type=content_type, status=status)
    with server.connect() as connection, pytest.raises(Unreachable):
        xds.query(connection, FIND)


def test_a_message_that_is_too_large_is_a_refusal(server, answers, document):
    answers(b"", content_type="text/plain", status=413)
    with server.connect() as connection, pytest.raises(Refused, match="413"):
        xds.provide(connection, SUBMISSION, {"Document01": document})


def test_nobody_listens(server):
    with server.connect(base="https://localhost:9") as connection, pytest.raises(Unreachable, match="localhost:9"):
        xds.query(connection, FIND)


def test_a_server_of_another_authority_is_not_spoken_to(server, answers, tmp_path):
    from carnet.ops.demo import pki

    other = pki.make_authority(tmp_path / "other", now=datetime.now(UTC))
    answers(registered())
    with server.connect(authority=other.bundle) as connection, pytest.raises(Unreachable, match="CERTIFICATE_VERIFY"):
        xds.query(connection, FIND)
    assert server.requests == []
