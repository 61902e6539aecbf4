"""Folders and every type of association at the living doors (ITI-41 by MTOM, ITI-18; IHE ITI TF-3 §4.2.1, §4.2.2)."""

from __future__ import annotations

import msgspec
import pytest
from xds_requests import CONTENT, Caller, entry, filing, folder, link, new_oid, submission

from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds.ebrim_parse import RegistryObjects
from carnet.wire.xds.model import AssociationType, Folder, Status

HAS_MEMBER, REPLACE = AssociationType.HAS_MEMBER, AssociationType.REPLACE
UNKNOWN = "urn:uuid:3a1c7a52-0000-4000-8000-000000000000"
EVERY = (Status.APPROVED, Status.DEPRECATED)


def _all(caller: Caller, patient: str) -> RegistryObjects:
    query = iti18.GetAll(patient_id=patient, entry_statuses=EVERY, set_statuses=EVERY, folder_statuses=EVERY)
    answer = caller.query(query, patient)
    assert not answer.errors, answer.errors
    return answer.objects


def _ends(found: RegistryObjects, kind: AssociationType) -> set[tuple[str, str]]:
    return {(one.source, one.target) for one in found.associations if one.type == kind}


def _filed(caller: Caller, patient: str) -> tuple[Folder, RegistryObjects]:
    sent = folder(patient)
    inside = link(HAS_MEMBER, "folder", "document")
    # As NIST writes it: the folder's membership is a member of the set too.
    links = (inside, link(HAS_MEMBER, "set", inside.entry_uuid))
    answer = caller.provide(filing(patient, entry(patient), folders=(sent,), links=links), CONTENT)
    assert answer.outcome == ("Success", [])
    return sent, _all(caller, patient)


def test_a_folder_comes_back_with_its_document(caller: Caller, patient: str) -> None:
    sent, found = _filed(caller, patient)
    (made,) = found.folders
    assert made.last_update_time
    assert made.logical_id == made.entry_uuid
    assert msgspec.structs.replace(made, entry_uuid="folder", logical_id="", last_update_time="") == sent
    (document,), (the_set,) = found.entries, found.submission_sets
    (held,) = [one for one in found.associations if one.source == made.entry_uuid]
    assert held.target == document.entry_uuid
    expected = {document.entry_uuid, made.entry_uuid, held.entry_uuid}
    assert {target for source, target in _ends(found, HAS_MEMBER) if source == the_set.entry_uuid} == expected


def test_an_empty_folder_then_a_document_in_it(caller: Caller, patient: str) -> None:
    assert caller.provide(filing(patient, folders=(folder(patient),), links=())).outcome == ("Success", [])
    (made,) = _all(caller, patient).folders
    sent = filing(patient, entry(patient), folders=(), links=(link(HAS_MEMBER, made.entry_uuid, "document"),))
    assert caller.provide(sent, CONTENT).outcome == ("Success", [])
    found = _all(caller, patient)
    assert (made.entry_uuid, found.entries[0].entry_uuid) in _ends(found, HAS_MEMBER)


def test_a_document_that_is_there_joins_a_folder_and_a_set(caller: Caller, patient: str) -> None:
    _, found = _filed(caller, patient)
    assert caller.provide(submission(entry(patient)), CONTENT).outcome == ("Success", [])
    (other,) = {one.entry_uuid for one in caller.find(patient)} - {found.entries[0].entry_uuid}
    inside = link(HAS_MEMBER, found.folders[0].entry_uuid, other)
    links = (inside, link(HAS_MEMBER, "set", inside.entry_uuid), link(HAS_MEMBER, "set", other, "Reference"))
    assert caller.provide(filing(patient, folders=(), links=links)).outcome == ("Success", [])
    after = _all(caller, patient)
    assert (found.folders[0].entry_uuid, other) in _ends(after, HAS_MEMBER)
    assert sorted(one.set_status for one in after.associations if one.target == other) == ["", "Original", "Reference"]


def test_a_replacement_joins_the_folder(caller: Caller, patient: str) -> None:
    _, found = _filed(caller, patient)
    parent = found.entries[0].entry_uuid
    child = submission(entry(patient), relations=((REPLACE, parent),))
    assert caller.provide(child, CONTENT).outcome == ("Success", [])
    (made,) = caller.find(patient)
    after = _all(caller, patient)
    assert {(found.folders[0].entry_uuid, parent), (found.folders[0].entry_uuid, made.entry_uuid)} < _ends(
        after, HAS_MEMBER
    )
    assert after.folders[0].last_update_time >= found.folders[0].last_update_time


@pytest.mark.parametrize(
    "kind", [kind for kind in AssociationType if kind is not HAS_MEMBER], ids=lambda kind: kind.name
)
def test_each_relation_is_answered_as_it_was_sent(caller: Caller, patient: str, kind: AssociationType) -> None:
    assert caller.provide(submission(entry(patient)), CONTENT).outcome == ("Success", [])
    (parent,) = caller.find(patient)
    sent = submission(entry(patient), relations=((kind, parent.entry_uuid),))
    assert caller.provide(sent, CONTENT).outcome == ("Success", [])
    found = _all(caller, patient)
    (child,) = [one for one in found.entries if one.unique_id == sent.entries[0].unique_id]
    assert _ends(found, kind) == {(child.entry_uuid, parent.entry_uuid)}
    status = {one.entry_uuid: one.status for one in found.entries}[parent.entry_uuid]
    replacing = kind in (REPLACE, AssociationType.TRANSFORM_REPLACE)
    assert status is (Status.DEPRECATED if replacing else Status.APPROVED)


def test_references_that_lead_nowhere(caller: Caller, patient: str) -> None:
    for sent, contents in (
        (submission(entry(patient), relations=((AssociationType.APPEND, UNKNOWN),)), (CONTENT,)),
        (filing(patient, folders=(), links=(link(HAS_MEMBER, "set", UNKNOWN, "Reference"),)), ()),
        (filing(patient, entry(patient), folders=(), links=(link(HAS_MEMBER, UNKNOWN, "document"),)), (CONTENT,)),
    ):
        assert caller.provide(sent, *contents).outcome == ("Failure", ["UnresolvedReferenceException"])
    assert _all(caller, patient) == RegistryObjects()


def test_names_that_are_used(caller: Caller, patient: str) -> None:
    sent, _ = _filed(caller, patient)
    again = filing(patient, folders=(folder(patient, unique_id=sent.unique_id),), links=())
    assert caller.provide(again).outcome == ("Failure", ["XDSDuplicateUniqueIdInRegistry"])
    name = new_oid()
    twice = filing(patient, entry(patient, unique_id=name), folders=(folder(patient, unique_id=name),), links=())
    assert caller.provide(twice, CONTENT).outcome == ("Failure", ["XDSRegistryDuplicateUniqueIdInMessage"])


def test_a_folder_of_another_patient(caller: Caller, patient: str) -> None:
    other = f"OTHER^{patient.partition('^')[2]}"
    sent = filing(patient, entry(patient), folders=(folder(other),), links=())
    assert caller.provide(sent, CONTENT).outcome == ("Failure", ["XDSPatientIdDoesNotMatch"])
