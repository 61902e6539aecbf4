"""ITI-18 Registry Stored Query (IHE ITI TF-2 §3.18) at the living registry, zeep among the clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from xds_requests import CONTENT, REGISTRY, Caller, entry, submission
from zeep_client import service

from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import names
from carnet.wire.xds.model import Code, DocumentEntry, Status

LOINC = "2.16.840.1.113883.6.1"
_LETTER = Code("11490-0", LOINC, "Lettre de liaison")


@pytest.fixture
def two(caller: Caller, patient: str) -> tuple[DocumentEntry, DocumentEntry]:
    """A report of 2026 and a letter of 2020."""
    report = entry(patient)
    letter = entry(
        patient,
        b"<lettre/>",
        entry_uuid="second",
        type_code=_LETTER,
        creation_time="20200102",
        service_start_time="20200101",
        service_stop_time="",
        event_codes=(Code("BIO", "1.2.250.1.999.7", "Biologie"),),
        reference_ids=(),
    )
    assert caller.provide(submission(report, letter), CONTENT, b"<lettre/>").outcome == ("Success", [])
    return report, letter


def _code(code: str, scheme: str = LOINC) -> Any:
    return ((Code(code, scheme),),)


_BIO, _HEM = Code("BIO", "1.2.250.1.999.7"), Code("HEM", "1.2.250.1.999.7")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {0, 1}),
        ({"type_codes": _code("11490-0")}, {1}),
        ({"type_codes": ((Code("11490-0", LOINC), Code("11502-2", LOINC)),)}, {0, 1}),
        ({"type_codes": _code("11490-0", "1.2.3")}, set()),
        ({"class_codes": _code("10", "1.2.250.1.213.1.1.4.1")}, {0, 1}),
        ({"format_codes": _code("urn:ihe:lab:xd-lab:2008", "1.3.6.1.4.1.19376.1.2.3")}, {0, 1}),
        ({"healthcare_facility_type_codes": _code("SA02", "1.2.250.1.71.4.2.4")}, set()),
        ({"practice_setting_codes": _code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9")}, {0, 1}),
        ({"confidentiality_codes": _code("N", "2.16.840.1.113883.5.25")}, {0, 1}),
        ({"event_codes": ((_BIO, _HEM),)}, {0, 1}),
        ({"event_codes": ((_BIO,), (_HEM,))}, {0}),
        ({"creation_time": ("2026", "")}, {0}),
        ({"creation_time": ("", "2026")}, {1}),
        ({"creation_time": ("20200102", "20200103")}, {1}),
        ({"service_start_time": ("2020", "2021")}, {1}),
        ({"service_stop_time": ("20260102", "20260103")}, {0}),
        ({"author_persons": ("%AUBIER%",)}, {0, 1}),
        ({"author_persons": ("%O'Neill%",)}, set()),
        ({"statuses": (Status.DEPRECATED,)}, set()),
        ({"statuses": (Status.APPROVED, Status.DEPRECATED)}, {0, 1}),
        ({"entry_types": (names.ON_DEMAND,)}, set()),
        ({"entry_types": (names.STABLE, names.ON_DEMAND)}, {0, 1}),
        ({"reference_ids": (("77^^^&1.2.250.1.999.8&ISO^urn:ihe:iti:xds:2013:order",),)}, {0}),
        ({"reference_ids": (("77^^^&1.2.250.1.999.8&ISO^urn:ihe:iti:xds:2013:order",), ("78",))}, set()),
    ],
)
def test_find_documents(caller: Caller, patient: str, two: Any, asked: Any, expected: set[int]) -> None:
    found = caller.find(patient, **asked)
    assert {entry.unique_id for entry in found} == {two[number].unique_id for number in expected}


def test_references_instead_of_entries(caller: Caller, patient: str, two: Any) -> None:
    ids = {entry.entry_uuid for entry in caller.find(patient)}
    query = iti18.FindDocuments(patient_id=patient, statuses=(Status.APPROVED,), return_type=iti18.OBJECT_REF)
    answer = caller.query(query, patient)
    assert set(answer.objects.references) == ids
    assert answer.objects.entries == ()


def test_get_documents_by_each_name(caller: Caller, patient: str, two: Any) -> None:
    report = next(found for found in caller.find(patient) if found.unique_id == two[0].unique_id)
    for query in (
        iti18.GetDocuments(entry_uuids=(report.entry_uuid,)),
        iti18.GetDocuments(unique_ids=(report.unique_id,)),
        iti18.GetDocuments(logical_ids=(report.logical_id,)),
        iti18.GetDocuments(entry_uuids=(report.entry_uuid, "urn:uuid:3a1c7a52-0000-4000-8000-000000000000")),
    ):
        assert caller.query(query, patient).objects.entries == (report,)


def test_what_does_not_exist_is_absent(caller: Caller, patient: str) -> None:
    for unknown in ("urn:uuid:3a1c7a52-0000-4000-8000-000000000000", "not-a-uuid"):
        answer = caller.query(iti18.GetDocuments(entry_uuids=(unknown,)), patient)
        assert (answer.status, answer.objects.entries) == (names.STATUS_SUCCESS, ())


def test_names_of_several_patients_are_answered_by_references(caller: Caller, fresh: Iterator[str]) -> None:
    entries = [entry(next(fresh)) for _ in range(2)]
    for one in entries:
        assert caller.provide(submission(one), CONTENT).outcome == ("Success", [])
    unique_ids = tuple(one.unique_id for one in entries)
    for kind in (iti18.GetDocuments, iti18.GetDocumentsAndAssociations):
        refused = caller.query(kind(unique_ids=unique_ids), "")
        assert [error.code for error in refused.errors] == ["XDSResultNotSinglePatient"]
        assert refused.objects.entries == ()
        given = caller.query(kind(unique_ids=unique_ids, return_type=iti18.OBJECT_REF), "")
        assert given.status == names.STATUS_SUCCESS
        assert len(given.objects.references) == (2 if kind is iti18.GetDocuments else 4)
        assert len(caller.query(kind(unique_ids=unique_ids[:1]), "").objects.entries) == 1


def test_an_unknown_patient(caller: Caller) -> None:
    patient = "NOBODY^^^&1.3.6.1.4.1.21367.13.20.1000&ISO"
    query = iti18.FindDocuments(patient_id=patient, statuses=(Status.APPROVED,))
    assert [error.code for error in caller.query(query, patient).errors] == ["XDSUnknownPatientId"]


@pytest.mark.parametrize(
    ("found", "replaced", "code"),
    [
        (iti18.FIND_DOCUMENTS, "urn:uuid:00000000-0000-0000-0000-000000000000", "XDSUnknownStoredQuery"),
        ("$XDSDocumentEntryStatus", "$XDSDocumentEntryTitle", "XDSRegistryError"),
        ("('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')", "", "XDSStoredQueryMissingParam"),
        ("StatusType:Approved", "StatusType:Odd", "XDSRegistryError"),
        ("'X'", "'X','Y'", "XDSRegistryError"),
        ("<Value>'X'</Value>", "<Value>'X'</Value><Value>'Y'</Value>", "XDSStoredQueryParamNumber"),
        ('returnType="LeafClass"', 'returnType="RegistryObject"', "XDSRegistryError"),
    ],
)
def test_a_wrong_query_gets_its_code(caller: Caller, found: str, replaced: str, code: str) -> None:
    body = iti18.render_request(iti18.FindDocuments(patient_id="X", statuses=(Status.APPROVED,)))
    assert found in body
    answer = caller.post(REGISTRY, caller.envelope(body.replace(found, replaced), iti18.ACTION, ""))
    assert answer.outcome == ("Failure", [code])
    assert answer.status == 200


@pytest.mark.filterwarnings("default")
def test_zeep_queries_from_our_wsdl(caller: Caller, patient: str, two: Any) -> None:
    registry = service(caller, "registry", patient)
    answer = registry.DocumentRegistry_RegistryStoredQuery(
        ResponseOption={"returnType": "LeafClass", "returnComposedObjects": True},
        AdhocQuery={
            "id": iti18.FIND_DOCUMENTS,
            "Slot": [
                {"name": "$XDSDocumentEntryPatientId", "ValueList": {"Value": [f"'{patient}'"]}},
                {"name": "$XDSDocumentEntryStatus", "ValueList": {"Value": [f"('{Status.APPROVED.value}')"]}},
            ],
        },
    )
    assert answer["status"] == names.STATUS_SUCCESS
    objects = [choice["ExtrinsicObject"] for choice in answer["RegistryObjectList"]["_value_1"]]
    unique_ids = {
        identifier["value"]
        for found in objects
        for identifier in found["ExternalIdentifier"]
        if identifier["identificationScheme"] == names.ENTRY_UNIQUE_ID
    }
    assert unique_ids == {found.unique_id for found in two}
    titles = {found["Name"]["LocalizedString"][0]["value"] for found in objects}
    assert titles == {two[0].title}
