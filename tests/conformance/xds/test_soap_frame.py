"""What every transaction shares: SOAP 1.2, WS-Addressing, MTOM, and faults that explain (IHE ITI TF-2 Appendix V)."""

from __future__ import annotations

import httpx
import pytest
from lxml import etree
from xds_requests import CONTENT, REGISTRY, REPOSITORY, Caller, entry, submission

from carnet.client.identity import tls_context
from carnet.wire import soap
from carnet.wire.soap.envelope import SOAP, SOAP_11
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds.model import Status

PATIENT = "NOBODY^^^&1.3.6.1.4.1.21367.13.20.1000&ISO"
QUERY = iti18.render_request(iti18.FindDocuments(patient_id=PATIENT, statuses=(Status.APPROVED,)))


@pytest.fixture(scope="session")
def query(caller: Caller) -> bytes:
    """A good ITI-18 message about nobody."""
    return caller.envelope(QUERY, iti18.ACTION, PATIENT)


def test_an_answer_relates_to_its_request(caller: Caller) -> None:
    data = caller.envelope(QUERY, iti18.ACTION, PATIENT, message_id="urn:uuid:5f2ce2a4-0000-4000-8000-000000000001")
    envelope = soap.parse(caller.post(REGISTRY, data).root)
    assert envelope.relates_to == "urn:uuid:5f2ce2a4-0000-4000-8000-000000000001"
    assert envelope.action == iti18.RESPONSE_ACTION
    assert envelope.message_id.startswith("urn:uuid:")


@pytest.mark.parametrize(
    ("spoil", "rule", "code", "status"),
    [
        (lambda data: b"", "xml-empty", "Sender", 400),
        (lambda data: b"\x00\x01", "xml-encoding", "Sender", 400),
        (lambda data: data[:200], "xml-syntax", "Sender", 400),
        (lambda data: b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + data, "xml-dtd", "Sender", 400),
        (lambda data: b"<a>" * 150 + b"</a>" * 150, "xml-depth", "Sender", 400),
        (lambda data: data.replace(b"X", b"\x00"), "xml-syntax", "Sender", 400),
        (lambda data: data.replace(b"NOBODY", b"\xe9"), "xml-syntax", "Sender", 400),
        (lambda data: data.replace(SOAP.encode(), SOAP_11.encode()), "soap-version", "VersionMismatch", 500),
        (lambda data: data.replace(iti18.ACTION.encode(), b"urn:x"), "wsa-action-unknown", "Sender", 400),
        (lambda data: data.replace(b"a:MessageID>", b"a:Other>"), "wsa-message-id", "Sender", 400),
        (
            lambda data: data.replace(b"</s:Header>", b'<x s:mustUnderstand="1"/></s:Header>'),
            "soap-must-understand",
            "MustUnderstand",
            500,
        ),
        (
            lambda data: data.replace(b"AdhocQueryRequest", b"AdhocRequest"),
            "query-request",
            "Sender",
            400,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_message_that_cannot_be_read_gets_a_fault(caller: Caller, query: bytes, spoil, rule, code, status) -> None:
    answer = caller.post(REGISTRY, spoil(query))
    assert (answer.fault.details[0].rule, answer.fault.code, answer.status) == (rule, code, status)
    assert answer.fault.reason


@pytest.mark.parametrize(
    ("content_type", "rule", "status"),
    [
        ("text/xml; charset=utf-8", "http-content-type", 415),
        ("application/json", "http-content-type", 415),
        ("multipart/related; type=x", "mime-boundary", 400),
        ('multipart/related; boundary="b"', "mime-truncated", 400),
        ('application/soap+xml; action="urn:other"', "wsa-action", 400),
    ],
)
def test_the_content_type_matters(caller: Caller, query: bytes, content_type: str, rule: str, status: int) -> None:
    answer = caller.post(REGISTRY, query, content_type)
    assert (answer.fault.details[0].rule, answer.status) == (rule, status)


def test_without_a_certificate(caller: Caller, query: bytes) -> None:
    answer = caller.post(REGISTRY, query, certificate=False)
    assert (answer.fault.subcode, answer.fault.details[0].rule) == ("DMPInvalidCertificate", "certificate-missing")


def test_without_an_assertion(caller: Caller) -> None:
    answer = caller.post(REGISTRY, caller.envelope(QUERY, iti18.ACTION, PATIENT, assertion=b""))
    assert (answer.fault.subcode, answer.fault.details[0].rule) == ("DMPIdentityCertificationFailure", "vihf-missing")


def test_an_assertion_changed_after_its_signature(caller: Caller, query: bytes) -> None:
    assertion = caller.assertion(PATIENT).replace(b"NOBODY", b"MYBODY")
    answer = caller.post(REGISTRY, caller.envelope(QUERY, iti18.ACTION, PATIENT, assertion=assertion))
    assert answer.fault.details[0].rule == "vihf-digest"


def test_a_refused_caller_of_a_large_message_hears_why(caller: Caller, patient: str) -> None:
    content = bytes(3_000_000)
    content_type, body = caller.mtom(submission(entry(patient, content)), content)
    answer = caller.post(REPOSITORY, body, content_type, certificate=False)
    assert answer.fault.subcode == "DMPInvalidCertificate"


def test_an_envelope_too_large_to_be_one(caller: Caller, patient: str) -> None:
    content_type, body = caller.mtom(submission(entry(patient, comments="x" * 1_200_000)), CONTENT)
    assert caller.post(REPOSITORY, body, content_type).fault.details[0].rule == "envelope-size"


def test_an_unknown_domain_is_not_a_crash(caller: Caller, query: bytes) -> None:
    answer = caller.post("/d/nowhere/xds/registry", query)
    assert answer.status in (200, 400)
    assert b"domain-unknown" in answer.body


def test_two_domains_share_nothing(caller: Caller, patient: str) -> None:
    caller.provide(submission(entry(patient)), CONTENT)
    query = iti18.FindDocuments(patient_id=patient, statuses=(Status.APPROVED,))
    data = caller.envelope(iti18.render_request(query), iti18.ACTION, patient)
    answer = caller.post("/d/ihe-2/xds/registry", data)
    assert [error.code for error in iti18.read_response(answer.element).errors] == ["XDSUnknownPatientId"]


@pytest.mark.parametrize("prefix", ["", "/d/ihe"])
@pytest.mark.parametrize("name", ["registry", "repository"])
def test_the_description_is_on_both_ports(caller: Caller, prefix: str, name: str) -> None:
    trusted = tls_context(None, caller.authority)
    for base in (caller.living.http, caller.living.tls):
        answer = httpx.get(f"{base}{prefix}/xds/{name}?wsdl", verify=trusted, trust_env=False)
        assert answer.status_code == 200
        (address,) = etree.fromstring(answer.content).iter("{http://schemas.xmlsoap.org/wsdl/soap12/}address")
        assert address.get("location") == f"{caller.living.tls}{prefix}/xds/{name}"


def test_other_methods_are_not_allowed(caller: Caller) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = httpx.request(method, caller.living.http + REGISTRY, trust_env=False)
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]
