"""Folders by FHIR: brought by ITI-65, added to, found and read by ITI-66, seen alike by ITI-18 (MHD 4.2.3)."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import msgspec
from fhir_requests import entry, find, matches, post, request, rules, submission, token

from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.folder import read as read_folder
from carnet.wire.fhir.list import read as read_list
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds.model import AssociationType, Folder, Status
from tests.conformance.xds.xds_requests import Caller, filing, folder, link

HAS_MEMBER = AssociationType.HAS_MEMBER


def responses(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [one["response"] for one in answer.json()["entry"]]


def lists(client: httpx.Client, cx: str, **parameters: str) -> list[dict[str, Any]]:
    return matches(client.get("/List", params={"patient.identifier": token(cx), **parameters}))


def members(found: dict[str, Any]) -> set[str]:
    return {one["item"]["reference"] for one in found.get("entry", [])}


def brought(client: httpx.Client, cx: str) -> tuple[Folder, dict[str, Any]]:
    """A folder as sent, with one document in it, and the Bundle that brought them."""
    sent = folder(cx)
    bundle = request(filing(cx, entry(cx), folders=(sent,), links=(link(HAS_MEMBER, "folder", "document"),)))
    return sent, bundle


def test_a_folder_is_brought_found_and_read(doctor: httpx.Client, patient: str) -> None:
    sent, bundle = brought(doctor, patient)
    done = responses(post(doctor, bundle))
    assert [one["location"].split("/")[0] for one in done] == ["List", "List", "DocumentReference", "Binary"]
    (found,) = lists(doctor, patient, code="folder")
    assert done[1] == {"status": "201 Created", "location": f"List/{found['id']}", "etag": 'W/"1"'}
    (document,) = matches(find(doctor, patient))
    assert members(found) == {f"DocumentReference/{document['id']}"}
    assert (found["title"], found["note"][0]["text"]) == (sent.title, sent.comments)
    assert doctor.get("/" + done[1]["location"]).json() == found
    (the_set,) = lists(doctor, patient, code="submissionset")
    assert members(the_set) == {f"DocumentReference/{document['id']}", f"List/{found['id']}"}
    assert len(lists(doctor, patient)) == 2
    assert lists(doctor, patient, designationType="urn:oid:1.2.250.1.999.9|GROS") == [found]
    assert lists(doctor, patient, identifier=f"urn:ietf:rfc:3986|urn:oid:{sent.unique_id}") == [found]
    # The same request again gets the same answer, and nothing more is there.
    assert responses(post(doctor, bundle)) == done
    assert len(lists(doctor, patient)) == 2


def test_a_folder_of_fhir_is_the_same_in_xds(living: Any, doctor: httpx.Client, patient: str) -> None:
    sent, bundle = brought(doctor, patient)
    responses(post(doctor, bundle))
    (found,) = lists(doctor, patient, code="folder")
    (the_set,) = lists(doctor, patient, code="submissionset")
    query = iti18.GetAll(
        patient_id=patient,
        entry_statuses=(Status.APPROVED,),
        set_statuses=(Status.APPROVED,),
        folder_statuses=(Status.APPROVED,),
    )
    answer = Caller(living).query(query, patient)
    assert not answer.errors, answer.errors
    (made,) = answer.objects.folders
    assert msgspec.structs.replace(made, entry_uuid="folder", logical_id="", last_update_time="") == sent
    # One value, two renderings: what ITI-18 says is what ITI-66 says.
    read = msgspec.json.decode(json.dumps(found), type=fhir.List)
    assert read_folder(read) == msgspec.structs.replace(made, logical_id="")
    (xds_set,) = answer.objects.submission_sets
    assert read_list(msgspec.json.decode(json.dumps(the_set), type=fhir.List)) == xds_set
    (document,) = answer.objects.entries
    links = {(one.source, one.target) for one in answer.objects.associations}
    assert {(made.entry_uuid, document.entry_uuid), (xds_set.entry_uuid, made.entry_uuid)} < links


def _added(doctor: httpx.Client, patient: str, bundle: dict[str, Any], there: str) -> dict[str, Any]:
    """The Bundle of a set that adds to a folder that is there."""
    own = bundle["entry"][1]
    own["request"] = {"method": "PUT", "url": f"List/{there}"}
    own["fullUrl"] = f"{doctor.base_url}/List/{there}"
    the_set = bundle["entry"][0]["resource"]
    folders = {"urn:uuid:" + str(uuid4())}
    documents = {one["fullUrl"] for one in bundle["entry"] if one["resource"]["resourceType"] == "DocumentReference"}
    the_set["entry"] = [one for one in the_set["entry"] if one["item"]["reference"] in documents | folders]
    return bundle


def test_documents_join_a_folder_that_is_there(doctor: httpx.Client, patient: str) -> None:
    _, bundle = brought(doctor, patient)
    there = responses(post(doctor, bundle))[1]["location"].rpartition("/")[2]
    (first,) = matches(find(doctor, patient))
    _, another = brought(doctor, patient)
    another = _added(doctor, patient, another, there)
    # What the folder holds already may be said again: it stays there once.
    another["entry"][1]["resource"]["entry"].append({"item": {"reference": f"DocumentReference/{first['id']}"}})
    done = responses(post(doctor, another))
    assert (done[1]["status"], done[1]["location"]) == ("200 OK", f"List/{there}")
    assert done[1]["outcome"]["issue"][0]["severity"] == "information"
    (found,) = lists(doctor, patient, code="folder")
    every = {f"DocumentReference/{one['id']}" for one in matches(find(doctor, patient))}
    assert members(found) == every
    assert len(found["entry"]) == len(every) == 2


def test_a_set_takes_up_documents_that_are_there(doctor: httpx.Client, patient: str) -> None:
    post(doctor, request(submission(entry(patient))))
    (first,) = matches(find(doctor, patient))
    bundle = request(submission(entry(patient)))
    bundle["entry"][0]["resource"]["entry"].append({"item": {"reference": f"DocumentReference/{first['id']}"}})
    responses(post(doctor, bundle))
    both = {f"DocumentReference/{one['id']}" for one in matches(find(doctor, patient))}
    assert sorted(len(members(one) & both) for one in lists(doctor, patient, code="submissionset")) == [1, 2]
    alone = request(submission(entry(patient)))
    del alone["entry"][1:]
    alone["entry"][0]["resource"]["entry"] = [{"item": {"reference": f"DocumentReference/{first['id']}"}}]
    assert [one["status"] for one in responses(post(doctor, alone))] == ["201 Created"]


def test_what_is_not_there_cannot_be_joined(doctor: httpx.Client, patient: str) -> None:
    _, bundle = brought(doctor, patient)
    unknown = _added(doctor, patient, bundle, str(uuid4()))
    answer = post(doctor, unknown)
    assert (answer.status_code, rules(answer)) == (422, {"association-source"})
    bundle = request(submission(entry(patient)))
    bundle["entry"][0]["resource"]["entry"].append({"item": {"reference": f"DocumentReference/{uuid4()}"}})
    answer = post(doctor, bundle)
    assert (answer.status_code, rules(answer)) == (422, {"association-target"})
    assert matches(find(doctor, patient)) == []


def test_a_folder_outside_its_set_is_refused(doctor: httpx.Client, patient: str) -> None:
    _, bundle = brought(doctor, patient)
    bundle["entry"][0]["resource"]["entry"] = bundle["entry"][0]["resource"]["entry"][:1]
    bundle["entry"][1]["resource"].pop("title")
    answer = post(doctor, bundle)
    assert (answer.status_code, rules(answer)) == (422, {"not-a-member", "required"})
