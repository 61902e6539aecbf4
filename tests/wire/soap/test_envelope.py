"""Envelopes: what is rendered parses back, foreign ones are read, broken ones are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from carnet.wire import soap
from carnet.wire.errors import Malformed
from carnet.wire.soap.envelope import ADDRESSING, ANONYMOUS, SECURITY, SOAP

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "soap" / "epr-samples"
ASSERTION = b'<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1"><Issuer>CN=\xc3\x89</Issuer></Assertion>'
_text = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1)


def _message(header: str = "<a:Action>urn:x</a:Action>", body: str = "<x/>", namespace: str = SOAP) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{namespace}" xmlns:a="{ADDRESSING}" xmlns:o="{SECURITY}">'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _canonical(document: bytes) -> bytes:
    return etree.tostring(etree.fromstring(document), method="c14n", exclusive=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_text.filter(str.strip), _text, _text)
def test_a_request_parses_back(action: str, message_id: str, to: str) -> None:
    data = soap.render("<x>é</x>", action=action, message_id=message_id, to=to, assertion=ASSERTION)
    envelope = soap.parse(data)
    assert (envelope.action, envelope.message_id, envelope.to) == (action.strip(), message_id.strip(), to.strip())
    assert _canonical(envelope.assertion) == _canonical(ASSERTION)
    assert envelope.body.tag == "x"
    assert envelope.body.text == "é"


def test_an_answer_names_what_it_answers() -> None:
    data = soap.render("<x/>", action="urn:r", message_id="urn:uuid:2", relates_to="urn:uuid:1")
    assert soap.parse(data).relates_to == "urn:uuid:1"


def test_the_assertion_keeps_the_namespaces_it_inherited() -> None:
    header = (
        '<a:Action>urn:x</a:Action><o:Security xmlns:q="urn:q"><t:Assertion '
        'xmlns:t="urn:oasis:names:tc:SAML:2.0:assertion"><t:A q:b="1"/></t:Assertion></o:Security>'
    )
    message = _message(header)
    envelope = soap.parse(message)
    alone = etree.fromstring(envelope.assertion)
    inside = etree.fromstring(message).find(".//{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")
    canonical = [etree.tostring(element, method="c14n", exclusive=True) for element in (alone, inside)]
    assert canonical[0] == canonical[1]


def test_a_text_cut_by_a_comment_is_read_whole() -> None:
    assert soap.parse(_message("<a:Action>urn:x<!-- -->:admin</a:Action>")).action == "urn:x:admin"


def test_the_http_action_serves_when_the_header_is_absent() -> None:
    assert soap.parse(_message(""), action="urn:x").action == "urn:x"


def test_an_unknown_header_for_another_role_is_ignored() -> None:
    block = '<z:Z xmlns:z="urn:z" s:mustUnderstand="1" s:role="urn:somebody-else"/>'
    assert soap.parse(_message("<a:Action>urn:x</a:Action>" + block)).action == "urn:x"


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (b"<a/>", "soap-envelope"),
        (_message(namespace="http://schemas.xmlsoap.org/soap/envelope/"), "soap-version"),
        (_message(body=""), "soap-body"),
        (_message(body="<x/><y/>"), "soap-body"),
        (f'<s:Envelope xmlns:s="{SOAP}"/>'.encode(), "soap-body"),
        (f'<s:Envelope xmlns:s="{SOAP}"><s:Body><x/></s:Body><s:Header/></s:Envelope>'.encode(), "soap-envelope"),
        (_message(""), "wsa-action"),
        (_message("<a:Action>1</a:Action><a:Action>2</a:Action>"), "wsa-action"),
        (_message("<a:ReplyTo><a:Address>http://elsewhere</a:Address></a:ReplyTo>"), "wsa-reply-to"),
        (_message('<z:Z xmlns:z="urn:z" s:mustUnderstand="true"/>'), "soap-must-understand"),
        (_message(f"<o:Security>{ASSERTION.decode() * 2}</o:Security>"), "soap-assertion"),
        (b"<!DOCTYPE a>" + _message(), "xml-dtd"),
    ],
)
def test_what_is_broken_is_named(message: bytes, rule: str) -> None:
    with pytest.raises(Malformed) as caught:
        soap.parse(message)
    assert caught.value.rule == rule


def test_the_two_actions_must_agree() -> None:
    with pytest.raises(Malformed) as caught:
        soap.parse(_message(), action="urn:y")
    assert caught.value.rule == "wsa-action"


def test_the_anonymous_reply_address_is_accepted() -> None:
    header = f"<a:Action>urn:x</a:Action><a:ReplyTo><a:Address> {ANONYMOUS} </a:Address></a:ReplyTo>"
    assert soap.parse(_message(header)).action == "urn:x"


def test_a_fault_parses_back() -> None:
    detail = soap.Detail(rule="ins-key", text="La clé <est> fausse", field="patientId", found="12", expected="34")
    fault = soap.Fault("Sender", "Refusé & expliqué", "DMPInvalidCertificate", (detail, soap.Detail(rule="b")))
    envelope = soap.parse(soap.render_fault(fault, message_id="urn:uuid:2", relates_to="urn:uuid:1"))
    assert soap.read_fault(envelope.body) == fault
    assert envelope.relates_to == "urn:uuid:1"


@pytest.mark.parametrize(
    ("rule", "code", "status"), [("xml-dtd", "Sender", 400), ("soap-version", "VersionMismatch", 500)]
)
def test_an_unreadable_message_gives_the_fault_of_the_standard(rule: str, code: str, status: int) -> None:
    fault = soap.fault_of(Malformed(rule, "texte", found="x"))
    assert (fault.code, fault.http_status, fault.details[0].found) == (code, status, "x")
    assert soap.read_fault(etree.fromstring("<a/>")) is None


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("ITI-18_request_raw.xml", "urn:ihe:iti:2007:RegistryStoredQuery"),
        ("ITI-43_request_raw.xml", "urn:ihe:iti:2007:RetrieveDocumentSet"),
        ("ITI-47_request_raw.xml", "urn:hl7-org:v3:PRPA_IN201305UV02"),
        ("ITI-43_response_raw.xml", "urn:ihe:iti:2007:RetrieveDocumentSetResponse"),
    ],
)
def test_foreign_envelopes_parse(name: str, action: str) -> None:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"real sample absent: {path}")
    envelope = soap.parse(path.read_bytes())
    assert envelope.action == action
    if name in ("ITI-18_request_raw.xml", "ITI-43_request_raw.xml"):
        assert etree.fromstring(envelope.assertion).get("Version") == "2.0"
