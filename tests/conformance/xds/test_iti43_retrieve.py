"""ITI-43 Retrieve Document Set (IHE ITI TF-2 §3.43) at the living repository, zeep among the clients."""

from __future__ import annotations

import secrets

import pytest
from xds_requests import CONTENT, Caller, entry, submission
from zeep_client import service

from carnet.wire import mime
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds import names


def _provided(caller: Caller, patient: str, *contents: bytes) -> list[iti43.DocumentRequest]:
    entries = [entry(patient, content, entry_uuid=f"d{number}") for number, content in enumerate(contents)]
    assert caller.provide(submission(*entries), *contents).outcome == ("Success", [])
    (repository,) = {found.repository_unique_id for found in caller.find(patient)}
    return [iti43.DocumentRequest(repository, sent.unique_id) for sent in entries]


def _parts(answer) -> list[bytes]:
    parts = mime.split(answer.body, answer.headers["content-type"])
    response = iti43.read_response(answer.element)
    return [parts.find(str(document.content)).body for document in response.documents]


def test_several_documents_in_one_answer(caller: Caller, patient: str) -> None:
    large = secrets.token_bytes(2_000_000)
    asked = _provided(caller, patient, CONTENT, large)
    answer = caller.retrieve(patient, *asked)
    assert answer.outcome == ("Success", [])
    assert _parts(answer) == [CONTENT, large]
    assert int(answer.headers["content-length"]) == len(answer.body)
    returned = iti43.read_response(answer.element).documents
    assert [(one.document_unique_id, one.mime_type) for one in returned] == [
        (one.document_unique_id, "text/xml") for one in asked
    ]


def test_what_can_be_read_comes_with_what_cannot(caller: Caller, patient: str) -> None:
    (known,) = _provided(caller, patient, CONTENT)
    unknown = iti43.DocumentRequest(known.repository_unique_id, "2.25.1")
    elsewhere = iti43.DocumentRequest("1.2.3", known.document_unique_id)
    answer = caller.retrieve(patient, known, unknown, elsewhere)
    assert answer.outcome == ("PartialSuccess", ["XDSDocumentUniqueIdError", "XDSUnknownRepositoryId"])
    assert "2.25.1]" in answer.registry.errors[0].context
    assert _parts(answer) == [CONTENT]
    assert caller.retrieve(patient, unknown).outcome == ("Failure", ["XDSDocumentUniqueIdError"])


def test_too_many_at_once(caller: Caller, patient: str) -> None:
    answer = caller.retrieve(patient, *[iti43.DocumentRequest("1", "2")] * 101)
    assert answer.outcome == ("Failure", ["XDSRepositoryError"])


@pytest.mark.filterwarnings("default")
def test_zeep_retrieves_from_our_wsdl(caller: Caller, patient: str) -> None:
    # zeep strips line ends from binary parts: this content has none.
    content = CONTENT.strip()
    (asked,) = _provided(caller, patient, content)
    answer = service(caller, "repository", patient).DocumentRepository_RetrieveDocumentSet(
        DocumentRequest=[
            {"RepositoryUniqueId": asked.repository_unique_id, "DocumentUniqueId": asked.document_unique_id}
        ]
    )
    assert answer["RegistryResponse"]["status"] == names.STATUS_SUCCESS
    (document,) = answer["DocumentResponse"]
    assert document["Document"] == content
    assert document["mimeType"] == "text/xml"
