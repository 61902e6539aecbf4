"""Our schemas accept what we render, and a foreign client library reads our WSDL."""

from __future__ import annotations

import io
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from registry_objects import entries, submissions
from zeep import Client
from zeep.transports import Transport

from carnet.wire import soap
from carnet.wire.errors import Malformed
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import iti41_provide_and_register as iti41
from carnet.wire.xds import iti42_register as iti42
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds import names, registry_response, wsdl
from carnet.wire.xds.model import Code, DocumentEntry, Status, Submission
from carnet.wire.xds.registry_response import RegistryError, RegistryResponse

_NAMES = {"rim": names.RIM, "rs": names.RS, "lcm": names.LCM, "query": names.QUERY, "xdsb": names.XDSB}


class _Ours(etree.Resolver):
    def resolve(self, url: str, public_id: str, context: object) -> object:
        return self.resolve_string(wsdl.schema(url.removeprefix("ours:").removesuffix(".xsd")), context)


@cache
def _schema() -> etree.XMLSchema:
    parser = etree.XMLParser()
    parser.resolvers.add(_Ours())
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="ours:{name}.xsd"/>' for name, namespace in _NAMES.items()
    )
    driver = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(driver, parser))


def _assert_valid(message: str) -> None:
    root = etree.fromstring(message.encode())
    for include in root.iter(f"{{{names.XOP}}}Include"):
        # The schema describes the message before XOP moved its bytes out.
        include.getparent().text = "AAAA"
        include.getparent().remove(include)
    _schema().assertValid(root)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(entries, max_size=2))
def test_answers_are_valid(found: list[DocumentEntry]) -> None:
    _assert_valid(iti18.render_response(found))
    _assert_valid(iti18.render_response(found, return_type=iti18.OBJECT_REF))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(submissions)
def test_submissions_are_valid(submission: Submission) -> None:
    _assert_valid(iti41.render_request(submission, {"Document01": "doc1"}))
    _assert_valid(iti42.render_request(submission))


def test_other_messages_are_valid() -> None:
    error = RegistryError(code="XDSRegistryError", context="é", location="x")
    response = RegistryResponse(names.STATUS_FAILURE, (error,))
    _assert_valid(registry_response.render(response))
    _assert_valid(iti18.render_failure((error,)))
    _assert_valid(iti18.render_request(iti18.FindDocuments(patient_id="1", statuses=(Status.APPROVED,))))
    _assert_valid(iti43.render_request((iti43.DocumentRequest("1", "2"),)))
    _assert_valid(iti43.render_response(response, (iti43.DocumentResponse("1", "2", "text/xml", "cid:x"),)))


def test_the_schema_refuses_what_is_not_ebrim() -> None:
    assert not _schema().validate(etree.fromstring(iti18.render_response([]).replace("status=", "statut=")))


class _Recording(Transport):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> object:
        self.sent.append(message)
        raise ConnectionAbortedError(address)


@pytest.mark.filterwarnings("default")
def test_zeep_builds_our_requests_from_our_wsdl() -> None:
    transport = _Recording()
    client = Client(
        io.BytesIO(wsdl.render(wsdl.REGISTRY, address="https://x/xds/registry?a&b").encode()), transport=transport
    )
    with pytest.raises(ConnectionAbortedError, match="https://x/xds/registry"):
        client.service.DocumentRegistry_RegistryStoredQuery(
            ResponseOption={"returnType": "LeafClass"},
            AdhocQuery={
                "id": iti18.FIND_DOCUMENTS,
                "Slot": [
                    {"name": "$XDSDocumentEntryPatientId", "ValueList": {"Value": ["'1^^^&2&ISO'"]}},
                    {"name": "$XDSDocumentEntryStatus", "ValueList": {"Value": [f"('{Status.APPROVED.value}')"]}},
                ],
            },
        )
    envelope = soap.parse(transport.sent[0])
    assert envelope.action == iti18.ACTION
    assert envelope.message_id.startswith("urn:uuid:")
    query = iti18.read_request(envelope.body)
    assert isinstance(query, iti18.FindDocuments)
    assert query.patient_id == "1^^^&2&ISO"

    with pytest.raises(ConnectionAbortedError):
        client.service["DocumentRegistry_RegisterDocumentSet-b"](
            RegistryObjectList={"_value_1": [{"ObjectRef": {"id": "urn:x"}}]}
        )
    envelope = soap.parse(transport.sent[1])
    assert envelope.action == iti42.ACTION
    with pytest.raises(Malformed, match="lot"):
        iti42.read_request(envelope.body)

    repository = Client(io.BytesIO(wsdl.render(wsdl.REPOSITORY, address="https://x").encode()), transport=transport)
    with pytest.raises(ConnectionAbortedError):
        repository.service.DocumentRepository_RetrieveDocumentSet(
            DocumentRequest=[{"RepositoryUniqueId": "1", "DocumentUniqueId": "2"}]
        )
    assert iti43.read_request(soap.parse(transport.sent[2]).body) == (iti43.DocumentRequest("1", "2"),)


@pytest.mark.filterwarnings("default")
def test_zeep_reads_the_whole_of_an_answer() -> None:
    code = Code("11502-2", "2.16.840.1.113883.6.1", "CR d'examens biologiques")
    entry = DocumentEntry(
        entry_uuid="urn:uuid:3a1c7a52-0000-4000-8000-000000000000",
        unique_id="2.25.1",
        patient_id="1^^^&2&ISO",
        mime_type="text/xml",
        type_code=code,
        title="Titre",
        size=12,
    )
    client = Client(io.BytesIO(wsdl.render(wsdl.REGISTRY, address="https://x").encode()))
    element = client.get_element(f"{{{names.QUERY}}}AdhocQueryResponse")
    answer = element.parse(etree.fromstring(iti18.render_response([entry])), client.wsdl.types)
    found = answer["RegistryObjectList"]["_value_1"][0]["ExtrinsicObject"]
    assert found["Slot"][0]["ValueList"]["Value"] == ["12"]
    assert found["Name"]["LocalizedString"][0]["value"] == "Titre"
    (classification,) = found["Classification"]
    assert classification["nodeRepresentation"] == code.code
    assert classification["Slot"][0]["ValueList"]["Value"] == [code.scheme]
    assert [one["value"] for one in found["ExternalIdentifier"]] == ["1^^^&2&ISO", "2.25.1"]
