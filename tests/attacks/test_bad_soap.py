"""Bad SOAP: version, action, headers, bodies, queries that mean nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from carnet.wire.soap.envelope import SOAP, SOAP_11
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import Status
from tests.attacks.bad_input import Case, Door, Heard, heard, refuses, zipped

REPOSITORY = "1.2.250.1.213.1.4.999.1"
_ACTION = iti18.ACTION.encode()


def _fault(rule: str, spoil: Callable[[bytes], bytes], code: str = "Sender", status: int = 400) -> Case:
    return Case(lambda door: door.query(spoil), code, rule, status)


def _typed(rule: str, content_type: str, status: int = 400) -> Case:
    return Case(lambda door: door.query(content_type=content_type), "Sender", rule, status)


def _query(code: str, rule: str, found: bytes, put: bytes) -> Case:
    def spoil(data: bytes) -> bytes:
        assert found in data
        return data.replace(found, put)

    return Case(lambda door: door.query(spoil), code, rule, 200)


def _block(inside: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"</s:Header>", inside + b"</s:Header>")


def _retrieve(door: Door, *asked: DocumentRequest) -> Heard:
    body = door.caller.envelope(iti43.render_request(asked), iti43.ACTION, door.plain)
    return door.soap("/d/ihe/xds/repository", body)


def _compressed(door: Door) -> Heard:
    answer = door.client().post(
        "/d/ihe/xds/registry",
        content=zipped(b"<a>" + b" " * 50_000_000),
        headers={"Content-Type": "application/soap+xml", "Content-Encoding": "gzip"},
    )
    return heard(answer.status_code, answer.headers["content-type"], answer.content)


CASES: dict[str, Case] = {
    "soap-1.1": _fault("soap-version", lambda d: d.replace(SOAP.encode(), SOAP_11.encode()), "VersionMismatch", 500),
    "no-envelope": _fault("soap-envelope", lambda d: b"<Envelope/>"),
    "unknown-mandatory-header": _fault(
        "soap-must-understand", _block(b'<x s:mustUnderstand="1"/>'), "MustUnderstand", 500
    ),
    "unknown-action": _fault("wsa-action-unknown", lambda d: d.replace(_ACTION, b"urn:x")),
    "action-of-another-door": _fault("wsa-action-unknown", lambda d: d.replace(_ACTION, iti43.ACTION.encode())),
    "two-actions": _fault("wsa-action", _block(b"<a:Action>urn:x</a:Action>")),
    "other-action-outside": _typed("wsa-action", 'application/soap+xml; action="urn:other"'),
    "no-message-id": _fault("wsa-message-id", lambda d: d.replace(b"a:MessageID>", b"a:Other>")),
    "two-message-ids": _fault("wsa-action", _block(b"<a:MessageID>urn:uuid:2</a:MessageID>")),
    "answer-elsewhere": _fault(
        "wsa-reply-to",
        lambda d: d.replace(b"http://www.w3.org/2005/08/addressing/anonymous", b"http://127.0.0.1:1/"),
    ),
    "empty-body": _fault("soap-body", lambda d: d[: d.index(b"<s:Body>")] + b"<s:Body/></s:Envelope>"),
    "two-bodies": _fault("soap-envelope", lambda d: d.replace(b"</s:Envelope>", b"<s:Body/></s:Envelope>")),
    "two-headers": _fault("soap-envelope", lambda d: d.replace(b"<s:Body>", b"<s:Header/><s:Body>")),
    "other-request": _fault("query-request", lambda d: d.replace(b"AdhocQueryRequest", b"AdhocRequest")),
    "content-type-xml": _typed("http-content-type", "text/xml; charset=utf-8", 415),
    "content-type-none": _typed("http-content-type", "application/octet-stream", 415),
    "content-type-form": _typed("http-content-type", "application/x-www-form-urlencoded", 415),
    "zip-bomb-in-content-encoding": Case(_compressed, "Sender", "http-content-encoding", 415),
    "query-unknown": _query(
        "XDSUnknownStoredQuery",
        "query-unknown",
        iti18.FIND_DOCUMENTS.encode(),
        b"urn:uuid:00000000-0000-0000-0000-000000000000",
    ),
    "query-without-status": _query(
        "XDSStoredQueryMissingParam",
        "query-parameter-missing",
        b"('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')",
        b"",
    ),
    "query-parameter-unknown": _query(
        "XDSRegistryError", "query-parameter-unknown", b"$XDSDocumentEntryStatus", b"$XDSDocumentEntryTitle"
    ),
    "query-sql-in-a-value": _query("XDSRegistryError", "query-value", b"'BAD", b"'' OR 1=1 --'BAD"),
    "query-return-type": _query("XDSRegistryError", "query-return-type", b'"LeafClass"', b'"RegistryObject"'),
    "domain-unknown": Case(
        lambda door: door.soap("/d/nulle-part/xds/registry", _good(door)), "XDSRegistryError", "domain-unknown", 200
    ),
    "retrieve-nothing": Case(_retrieve, "XDSRepositoryError", "retrieve-number", 200),
    "retrieve-unknown-document": Case(
        lambda door: _retrieve(door, DocumentRequest(REPOSITORY, "2.25.1")),
        "XDSDocumentUniqueIdError",
        "document-unknown",
        200,
    ),
    "retrieve-unknown-repository": Case(
        lambda door: _retrieve(door, DocumentRequest("1.2.3.4", door.stored.unique_id)),
        "XDSUnknownRepositoryId",
        "repository-unknown",
        200,
    ),
    "retrieve-a-path": Case(
        lambda door: _retrieve(door, DocumentRequest(REPOSITORY, "../../../etc/passwd")),
        "XDSDocumentUniqueIdError",
        "document-unknown",
        200,
    ),
}


def _good(door: Door) -> bytes:
    asked = iti18.FindDocuments(patient_id=door.plain, statuses=(Status.APPROVED,))
    return door.caller.envelope(iti18.render_request(asked), iti18.ACTION, door.plain)


@pytest.mark.parametrize("name", CASES)
def test_bad_soap_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
