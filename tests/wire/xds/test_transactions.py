"""ITI-18, ITI-41, ITI-43 and their answers: both directions agree, hand-written exchanges are read."""

from __future__ import annotations

import base64
from pathlib import Path

import extract_message
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from registry_objects import entries, submissions, text

from carnet.wire import mime, soap
from carnet.wire.errors import Malformed
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import iti41_provide_and_register as iti41
from carnet.wire.xds import iti42_register as iti42
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds import names, registry_response
from carnet.wire.xds.model import Code, DocumentEntry, Status, Submission
from carnet.wire.xds.registry_response import RegistryError, RegistryResponse, status_of
from carnet.wire.xml import parse

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "soap" / "epr-samples"
PATIENT = "277076322082910^^^&1.2.250.1.213.1.4.10&ISO^NH"

_errors = st.lists(st.builds(RegistryError, code=text, context=text, location=text, warning=st.booleans()), max_size=3)
_simple = st.from_regex(r"[A-Za-z0-9' ]{1,9}[A-Za-z0-9']", fullmatch=True)
_filter = st.lists(
    st.lists(
        st.builds(Code, code=_simple, scheme=st.from_regex(r"[0-9.]{1,9}", fullmatch=True)), min_size=1, max_size=2
    ).map(tuple),
    max_size=1,
).map(tuple)
_pair = st.tuples(st.sampled_from(["", "2024"]), st.sampled_from(["", "20250131"]))
_values = st.lists(_simple, min_size=1, max_size=3).map(tuple)
_finds = st.builds(
    iti18.FindDocuments,
    patient_id=_simple | st.just(PATIENT),
    statuses=st.lists(st.sampled_from(Status), min_size=1, max_size=2).map(tuple),
    class_codes=_filter,
    type_codes=_filter,
    practice_setting_codes=_filter,
    healthcare_facility_type_codes=_filter,
    event_codes=st.lists(
        st.lists(st.builds(Code, code=_simple, scheme=st.just("1.2")), min_size=1, max_size=2).map(tuple), max_size=2
    ).map(tuple),
    confidentiality_codes=_filter,
    format_codes=_filter,
    creation_time=_pair,
    service_start_time=_pair,
    service_stop_time=_pair,
    author_persons=st.lists(_simple, max_size=2).map(tuple),
    entry_types=st.sampled_from([(names.STABLE,), (names.STABLE, names.ON_DEMAND)]),
    reference_ids=st.lists(_values, max_size=2).map(tuple),
    return_type=st.sampled_from([iti18.LEAF_CLASS, iti18.OBJECT_REF]),
)
_gets = st.builds(iti18.GetDocuments, entry_uuids=_values) | st.builds(iti18.GetDocuments, unique_ids=_values)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_finds | _gets)
def test_a_query_parses_back(query: iti18.FindDocuments | iti18.GetDocuments) -> None:
    assert iti18.read_request(parse(iti18.render_request(query).encode())) == query


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(entries, max_size=3, unique_by=lambda entry: entry.entry_uuid))
def test_an_answer_parses_back(found: list[DocumentEntry]) -> None:
    leaf = iti18.read_response(parse(iti18.render_response(found).encode()))
    assert leaf.status == names.STATUS_SUCCESS
    assert leaf.objects.entries == tuple(found)
    references = iti18.read_response(parse(iti18.render_response(found, return_type=iti18.OBJECT_REF).encode()))
    assert references.objects.references == tuple(entry.entry_uuid for entry in found)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_errors.map(tuple))
def test_errors_parse_back(errors: tuple[RegistryError, ...]) -> None:
    response = RegistryResponse(status_of(errors), errors)
    assert registry_response.read(parse(registry_response.render(response).encode())) == response
    if errors:
        assert iti18.read_response(parse(iti18.render_failure(errors).encode())).errors == errors


def test_status_says_how_bad_it_is() -> None:
    warning = RegistryError(code="a", context="b", warning=True)
    error = RegistryError(code="a", context="b")
    assert status_of([]) == status_of([warning]) == names.STATUS_SUCCESS
    assert status_of([warning, error]) == names.STATUS_FAILURE
    assert status_of([error], partial=True) == names.STATUS_PARTIAL


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(submissions)
def test_a_provide_and_register_parses_back(submission: Submission) -> None:
    documents = {entry.entry_uuid: f"doc{number}@carnet" for number, entry in enumerate(submission.entries)}
    read = iti41.read_request(parse(iti41.render_request(submission, documents).encode()))
    assert read.documents == {identifier: f"cid:{content}" for identifier, content in documents.items()}
    assert [entry.unique_id for entry in read.submission.entries] == [entry.unique_id for entry in submission.entries]
    assert iti42.read_request(parse(iti42.render_request(submission).encode())) == read.submission


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.builds(iti43.DocumentRequest, text, text, text | st.just("")), min_size=1, max_size=3).map(tuple))
def test_a_retrieve_parses_back(asked: tuple[iti43.DocumentRequest, ...]) -> None:
    assert iti43.read_request(parse(iti43.render_request(asked).encode())) == asked
    returned = tuple(
        iti43.DocumentResponse(one.repository_unique_id, one.document_unique_id, "text/xml", f"cid:{number}")
        for number, one in enumerate(asked)
    )
    response = RegistryResponse(names.STATUS_SUCCESS)
    read = iti43.read_response(parse(iti43.render_response(response, returned).encode()))
    assert read == iti43.RetrieveResponse(response, returned)


def _query(
    slots: str, query_id: str = iti18.FIND_DOCUMENTS, option: str = '<q:ResponseOption returnType="LeafClass"/>'
) -> bytes:
    return (
        f'<q:AdhocQueryRequest xmlns:q="{names.QUERY}" xmlns="{names.RIM}">{option}'
        f'<AdhocQuery id="{query_id}">{slots}</AdhocQuery></q:AdhocQueryRequest>'
    ).encode()


def _slot(name: str, *values: str) -> str:
    written = "".join(f"<Value>{value}</Value>" for value in values)
    return f'<Slot name="${name}"><ValueList>{written}</ValueList></Slot>'


_BASE = _slot("XDSDocumentEntryPatientId", "'1^^^&amp;2&amp;ISO'") + _slot(
    "XDSDocumentEntryStatus", "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')"
)


def test_the_syntax_of_values() -> None:
    slots = (
        _BASE
        + _slot("XDSDocumentEntryTypeCode", "('a^^1.2', 'b^^urn:oid:1.3')", "('c^x^1.4')")
        + _slot("XDSDocumentEntryEventCodeList", "('d^^1')")
        + _slot("XDSDocumentEntryEventCodeList", "('e^^1','f^^1')")
        + _slot("XDSDocumentEntryAuthorPerson", "('%O''Neill%')")
        + _slot("XDSDocumentEntryCreationTimeFrom", "20240101")
        + _slot("XDSDocumentEntryCreationTimeTo", "'20250101'")
    )
    query = iti18.read_request(parse(_query(slots)))
    assert isinstance(query, iti18.FindDocuments)
    assert query.patient_id == "1^^^&2&ISO"
    assert query.type_codes == ((Code("a", "1.2"), Code("b", "1.3"), Code("c", "1.4", "x")),)
    assert query.event_codes == ((Code("d", "1"),), (Code("e", "1"), Code("f", "1")))
    assert query.author_persons == ("%O'Neill%",)
    assert query.creation_time == ("20240101", "20250101")


@pytest.mark.parametrize(
    ("request_bytes", "rule"),
    [
        (b"<a/>", "query-request"),
        (_query(_BASE, "urn:uuid:00000000-0000-0000-0000-000000000000"), "query-unknown"),
        (_query(_BASE, option='<q:ResponseOption returnType="RepositoryItem"/>'), "query-return-type"),
        (_query(_slot("XDSDocumentEntryPatientId", "'1'")), "query-parameter-missing"),
        (_query(_BASE.replace("PatientId", "Title")), "query-parameter-unknown"),
        (_query("", iti18.GET_DOCUMENTS), "query-parameter-missing"),
        (_query(_BASE, iti18.FIND_DOCUMENTS_BY_REFERENCE_ID), "query-parameter-missing"),
        (_query(_BASE + _slot("XDSDocumentEntryCreationTimeFrom", "'2024'", "'2025'")), "query-parameter-number"),
        (_query(_BASE + _slot("XDSDocumentEntryTypeCode", "('a^^1')") * 2), "query-parameter-and"),
        (_query(_BASE + _slot("XDSDocumentEntryTypeCode", "('a')")), "query-value"),
        (_query(_BASE + _slot("XDSDocumentEntryTypeCode", "('a^^1'")), "query-value"),
        (_query(_BASE + _slot("XDSDocumentEntryTypeCode", "('a^^1',)")), "query-value"),
        (_query(_BASE + _slot("XDSDocumentEntryTypeCode", "'a^^1','b^^1'")), "query-value"),
        (_query(_BASE + _slot("XDSDocumentEntryAuthorPerson", "Dupont")), "query-value"),
        (_query(_BASE + _slot("XDSDocumentEntryCreationTimeFrom", "'hier'")), "query-value"),
        (_query(_BASE + _slot("XDSDocumentEntryCreationTimeFrom", "202")), "query-value"),
        (_query(_BASE.replace("StatusType:Approved", "StatusType:Odd")), "query-value"),
        (
            _query(
                _slot("XDSDocumentEntryEntryUUID", "('a')") + _slot("XDSDocumentEntryUniqueId", "('b')"),
                iti18.GET_DOCUMENTS,
            ),
            "query-parameter-number",
        ),
    ],
)
def test_what_a_query_gets_wrong_is_named(request_bytes: bytes, rule: str) -> None:
    with pytest.raises(Malformed) as caught:
        iti18.read_request(parse(request_bytes))
    assert caught.value.rule == rule
    assert caught.value.field


def test_inline_documents_parse_back() -> None:
    package = iti41.read_request(parse(_provide(""))).submission
    assert iti41.read_request(parse(iti41.render_request(package, {"d": b"\x00\xff"}).encode())).documents == {
        "d": b"\x00\xff"
    }


def _provide(documents: str) -> bytes:
    package = f'<RegistryPackage id="s"><Classification classificationNode="{names.SUBMISSION_SET}"/></RegistryPackage>'
    return (
        f'<x:ProvideAndRegisterDocumentSetRequest xmlns:x="{names.XDSB}" xmlns="{names.RIM}">'
        f'<l:SubmitObjectsRequest xmlns:l="{names.LCM}"><RegistryObjectList>{package}</RegistryObjectList>'
        f"</l:SubmitObjectsRequest>{documents}</x:ProvideAndRegisterDocumentSetRequest>"
    ).encode()


def test_documents_may_be_inline() -> None:
    content = base64.encodebytes(b"<ClinicalDocument/>" * 10).decode()
    assert iti41.read_request(parse(_provide(f'<x:Document id="d">\n{content}</x:Document>'))).documents == {
        "d": b"<ClinicalDocument/>" * 10
    }


@pytest.mark.parametrize(
    ("request_bytes", "rule"),
    [
        (b"<a/>", "provide-request"),
        (_provide("<x:Document/>"), "provide-document-id"),
        (_provide('<x:Document id="d"/><x:Document id="d"/>'), "provide-document-repeated"),
        (_provide('<x:Document id="d">%%%</x:Document>'), "mime-base64"),
        (_provide('<x:Document id="d">é</x:Document>'), "mime-base64"),
    ],
)
def test_what_a_submission_gets_wrong_is_named(request_bytes: bytes, rule: str) -> None:
    with pytest.raises(Malformed) as caught:
        iti41.read_request(parse(request_bytes))
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ("", "retrieve-number"),
        ("<x:DocumentRequest/>" * 101, "retrieve-number"),
        ("<x:DocumentRequest><x:DocumentUniqueId>1</x:DocumentUniqueId></x:DocumentRequest>", "retrieve-request"),
    ],
)
def test_what_a_retrieve_gets_wrong_is_named(inside: str, rule: str) -> None:
    request = f'<x:RetrieveDocumentSetRequest xmlns:x="{names.XDSB}">{inside}</x:RetrieveDocumentSetRequest>'
    with pytest.raises(Malformed) as caught:
        iti43.read_request(parse(request.encode()))
    assert caught.value.rule == rule


@pytest.mark.parametrize("read", [iti18.read_response, iti42.read_request, iti43.read_request, iti43.read_response])
def test_another_message_is_not_mistaken(read: object) -> None:
    with pytest.raises(Malformed):
        read(parse(b"<a/>"))  # type: ignore[operator]


def _sample(name: str) -> bytes:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"real sample absent: {path}")
    return path.read_bytes()


def test_a_foreign_query_is_read() -> None:
    query = iti18.read_request(soap.parse(_sample("ITI-18_request_raw.xml")).body)
    assert isinstance(query, iti18.FindDocuments)
    assert query.return_type == iti18.OBJECT_REF
    assert query.statuses == (Status.APPROVED,)
    assert query.patient_id.startswith("7e1c6e78")


def test_a_foreign_answer_is_read() -> None:
    envelope = soap.parse(_sample("ITI-18_response_raw.xml"))
    entry = iti18.read_response(envelope.body).objects.entries[0]
    assert (entry.size, entry.version, entry.title) == (5375, 1, "Vaccination - FSME-Immun 0.25 ml Junior")
    assert entry.extra_slots[0][0] == "urn:e-health-suisse:2020:originalProviderRole"


def test_a_foreign_retrieve_is_read() -> None:
    asked = iti43.read_request(soap.parse(_sample("ITI-43_request_raw.xml")).body)
    assert asked[0].document_unique_id == "1.3.6.1.4.1.21367.2017.2.1.75.20200922130227623"
    answer = iti43.read_response(soap.parse(_sample("ITI-43_response_raw.xml")).body)
    assert answer.response.status == names.STATUS_SUCCESS
    assert answer.documents[0].content == "cid:72f7c587daaacb8b81212de4e80e442e5f43394482e12edd@apache.org"


def test_a_foreign_provide_and_register_is_read() -> None:
    content_type, body = extract_message.extract(_sample("ITI-41_request_raw.xml"))
    parts = mime.split(body, content_type)
    read = iti41.read_request(soap.parse(parts.root.body.strip()).body)
    entry = read.submission.entries[0]
    assert entry.mime_type == "application/fhir+json"
    assert read.submission.submission_set.source_id == "2.16.756.5.30.1.139.1.1.11"
    assert read.submission.associations[0].set_status == "Original"
    href = read.documents[entry.entry_uuid]
    assert isinstance(href, str)
    assert parts.find(href).body.startswith(b"{")


def test_a_foreign_provide_and_register_is_extracted_by_command(tmp_path: Path) -> None:
    log, message = tmp_path / "log", tmp_path / "message"
    log.write_bytes(_sample("ITI-41_request_raw.xml"))
    assert extract_message.main([str(log), str(message)]) == 0
    assert message.read_bytes().startswith(b"--uuid:")


def test_a_log_without_a_message_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"POST /x HTTP/1.1\nnothing here\n")
    assert extract_message.main([str(log), str(tmp_path / "message")]) == 1
    assert str(log) in capsys.readouterr().err
    assert not (tmp_path / "message").exists()


def test_a_foreign_search_of_people_is_an_envelope() -> None:
    envelope = soap.parse(_sample("ITI-47_request_raw.xml"))
    assert envelope.action == "urn:hl7-org:v3:PRPA_IN201305UV02"
    assert envelope.message_id == "urn:uuid:9fe7246b-8fab-4dd7-976e-c81bc1955575"
    assert etree.QName(envelope.body) == etree.QName("urn:hl7-org:v3", "PRPA_IN201305UV02")
