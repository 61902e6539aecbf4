"""ITI-42 Register Document Set-b (IHE ITI TF-2 §3.42) at the living registry, zeep among the clients."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from xds_requests import CONTENT, REPOSITORY, Caller, entry, filing, folder, link, submission
from zeep_client import service

from carnet.wire.xds import iti42_register as iti42
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds import names
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status

PLACE = "1.2.250.1.999.77"


def _kept(patient: str, **more: Any) -> DocumentEntry:
    return entry(patient, **({"repository_unique_id": PLACE} | more))


def test_every_attribute_comes_back_with_its_repository(caller: Caller, patient: str) -> None:
    sent = _kept(patient)
    answer = caller.register(submission(sent))
    assert answer.outcome == ("Success", [])
    assert answer.headers["content-type"].startswith("application/soap+xml")
    (found,) = caller.find(patient)
    assert msgspec.structs.replace(found, entry_uuid="document", logical_id="") == sent


def test_its_bytes_are_asked_for_where_they_are(caller: Caller, patient: str) -> None:
    sent = _kept(patient)
    caller.register(submission(sent))
    assert caller.retrieve(patient, iti43.DocumentRequest(PLACE, sent.unique_id)).outcome == (
        "Failure",
        ["XDSUnknownRepositoryId"],
    )
    caller.provide(submission(here := entry(patient, b"<ici/>")), b"<ici/>")
    ours = next(one.repository_unique_id for one in caller.find(patient) if one.unique_id == here.unique_id)
    answer = caller.retrieve(patient, iti43.DocumentRequest(ours, sent.unique_id)).registry
    assert [error.code for error in answer.errors] == ["XDSDocumentUniqueIdError"]
    assert answer.errors[0].context.startswith("document-elsewhere : ")
    assert PLACE in answer.errors[0].context


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"repository_unique_id": ""}, "XDSRegistryMetadataError"),
        ({"hash": ""}, "XDSRegistryMetadataError"),
        ({"size": None}, "XDSRegistryMetadataError"),
        ({"type_code": None}, "XDSRegistryMetadataError"),
    ],
)
def test_wrong_metadata_is_refused_with_its_code(
    caller: Caller, patient: str, change: dict[str, Any], code: str
) -> None:
    assert caller.register(submission(_kept(patient, **change))).outcome == ("Failure", [code])
    assert caller.find(patient) == ()


def test_the_entry_and_the_set_are_about_one_patient(caller: Caller, patient: str) -> None:
    sent = submission(_kept(patient))
    other = msgspec.structs.replace(sent.entries[0], patient_id="OTHER^^^&1.2.3&ISO")
    answer = caller.register(msgspec.structs.replace(sent, entries=(other,)))
    assert answer.outcome == ("Failure", ["XDSPatientIdDoesNotMatch"])
    assert caller.find(patient) == ()


def test_our_own_repository_registers_by_itself(caller: Caller, patient: str) -> None:
    caller.provide(submission(entry(patient)), CONTENT)
    ours = caller.find(patient)[0].repository_unique_id
    answer = caller.register(submission(_kept(patient, repository_unique_id=ours))).registry
    assert answer.errors[0].context.startswith("repository-ours : ")


def test_it_replaces_and_is_filed(caller: Caller, patient: str) -> None:
    caller.provide(submission(entry(patient)), CONTENT)
    (parent,) = caller.find(patient)
    links = (
        link(AssociationType.REPLACE, "document", parent.entry_uuid),
        link(AssociationType.HAS_MEMBER, "folder", "document"),
    )
    assert caller.register(filing(patient, _kept(patient), folders=(folder(patient),), links=links)).outcome == (
        "Success",
        [],
    )
    assert [one.entry_uuid for one in caller.find(patient, statuses=(Status.DEPRECATED,))] == [parent.entry_uuid]


def test_it_is_not_served_by_the_repository(caller: Caller, patient: str) -> None:
    body = caller.envelope(iti42.render_request(submission(_kept(patient))), iti42.ACTION, patient)
    assert caller.post(REPOSITORY, body).fault.details[0].rule == "wsa-action-unknown"


def test_another_body_is_a_fault(caller: Caller, patient: str) -> None:
    body = iti42.render_request(submission(_kept(patient))).replace("SubmitObjectsRequest", "Submit")
    answer = caller.post("/d/ihe/xds/registry", caller.envelope(body, iti42.ACTION, patient))
    assert answer.fault.details[0].rule == "register-request"


def _slot(name: str, *values: str) -> dict[str, Any]:
    return {"name": name, "ValueList": {"Value": list(values)}}


def _coded(scheme: str, code: str, system: str, label: str, of: str) -> dict[str, Any]:
    return {
        "classificationScheme": scheme,
        "classifiedObject": of,
        "nodeRepresentation": code,
        "Slot": [_slot("codingScheme", system)],
        "Name": {"LocalizedString": [{"value": label}]},
    }


def _named(scheme: str, name: str, value: str, of: str) -> dict[str, Any]:
    return {
        "identificationScheme": scheme,
        "registryObject": of,
        "value": value,
        "Name": {"LocalizedString": [{"value": name}]},
    }


@pytest.mark.filterwarnings("default")
def test_zeep_registers_from_our_wsdl(caller: Caller, patient: str) -> None:
    sent = _kept(patient)
    the_set = submission(sent).submission_set
    codes = [
        _coded(names.ENTRY_CODES[attribute], code.code, code.scheme, code.display, "document")
        for attribute in names.ENTRY_CODES
        if (code := getattr(sent, attribute))
    ]
    level = sent.confidentiality_codes[0]
    codes.append(
        _coded(names.ENTRY_CODE_LISTS["confidentiality_codes"], level.code, level.scheme, level.display, "document")
    )
    document = {
        "id": "document",
        "objectType": names.STABLE,
        "mimeType": "text/xml",
        "Slot": [
            _slot("creationTime", sent.creation_time),
            _slot("languageCode", sent.language_code),
            _slot("sourcePatientId", patient),
            _slot("repositoryUniqueId", PLACE),
            _slot("hash", sent.hash),
            _slot("size", str(sent.size)),
        ],
        "Classification": codes,
        "ExternalIdentifier": [
            _named(names.ENTRY_PATIENT_ID, "XDSDocumentEntry.patientId", patient, "document"),
            _named(names.ENTRY_UNIQUE_ID, "XDSDocumentEntry.uniqueId", sent.unique_id, "document"),
        ],
    }
    package = {
        "id": "set",
        "Slot": [_slot("submissionTime", the_set.submission_time)],
        "Classification": [
            {"classifiedObject": "set", "classificationNode": names.SUBMISSION_SET},
            _coded(names.SET_CONTENT_TYPE, "03", "1.2.250.1.213.2.2", "Hospitalisation complète", "set"),
        ],
        "ExternalIdentifier": [
            _named(names.SET_PATIENT_ID, "XDSSubmissionSet.patientId", patient, "set"),
            _named(names.SET_SOURCE_ID, "XDSSubmissionSet.sourceId", the_set.source_id, "set"),
            _named(names.SET_UNIQUE_ID, "XDSSubmissionSet.uniqueId", the_set.unique_id, "set"),
        ],
    }
    member = {
        "id": "member",
        "associationType": AssociationType.HAS_MEMBER.value,
        "sourceObject": "set",
        "targetObject": "document",
        "Slot": [_slot("SubmissionSetStatus", "Original")],
    }
    registry = service(caller, "registry", patient)
    answer = registry["DocumentRegistry_RegisterDocumentSet-b"](
        RegistryObjectList={
            "_value_1": [{"ExtrinsicObject": document}, {"RegistryPackage": package}, {"Association": member}]
        }
    )
    assert answer["status"] == names.STATUS_SUCCESS, answer
    (found,) = caller.find(patient)
    assert (found.unique_id, found.repository_unique_id) == (sent.unique_id, PLACE)
