"""Folders as Lists and back, and the parameters of ITI-66 against what they mean."""

from __future__ import annotations

import msgspec
import pytest
from fhir_entries import codes, cx, dtm, empty, oid, plain_code, slots, text, uuid
from hypothesis import given
from hypothesis import strategies as st

from carnet.wire.fhir import folder as wire
from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.documentreference import encode
from carnet.wire.fhir.faults import Rejected
from carnet.wire.fhir.list_parameters import ListSearch, read
from carnet.wire.xds.model import Author, Code, Folder, Status, SubmissionSet

PATIENT = ("patient.identifier", "urn:oid:1.2.250.1.213.1.4.10|279035121518989")
folders = st.builds(
    Folder,
    entry_uuid=uuid,
    unique_id=oid,
    patient_id=cx,
    title=empty | text,
    comments=empty | text,
    codes=st.lists(codes, max_size=3).map(tuple),
    last_update_time=dtm,
    status=st.sampled_from(Status).filter(lambda status: status is not Status.ARCHIVED),
    home_community_id=empty | oid.map(lambda o: "urn:oid:" + o),
    extra_slots=slots,
)


@given(folders)
def test_a_folder_survives(folder: Folder) -> None:
    body = encode(wire.render(folder, ["DocumentReference/a"]))
    expected = msgspec.structs.replace(folder, codes=tuple(map(plain_code, folder.codes)))
    found = msgspec.json.decode(body, type=fhir.List)
    assert wire.read(found) == expected
    assert [entry.item.reference for entry in found.entry if entry.item] == ["DocumentReference/a"]


def search(*pairs: tuple[str, str], lenient: bool = False) -> ListSearch:
    return read((PATIENT, *pairs), lenient=lenient)


def rules(*pairs: tuple[str, str]) -> set[str]:
    with pytest.raises(Rejected) as refused:
        search(*pairs)
    return {fault.rule for fault in refused.value.faults}


SET = SubmissionSet(
    entry_uuid="urn:uuid:11111111-0000-4000-8000-000000000001",
    unique_id="1.2.3",
    source_id="1.2.9",
    patient_id="x",
    submission_time="20260201120000",
    content_type_code=Code("04", "1.2.250.1.213.2.2"),
    authors=(Author(person="1^ZOLA^Émile^Édouard"),),
    title="Sortie d'hôpital",
)
FOLDER = Folder(
    entry_uuid="urn:uuid:11111111-0000-4000-8000-000000000002",
    unique_id="1.2.4",
    patient_id="x",
    title="Grossesse",
    codes=(Code("G", "1.2.7"), Code("H", "1.2.7")),
    last_update_time="20260301120000",
)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("code", "submissionset", "S"),
        ("code", "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes|folder", "F"),
        ("code", "folder,submissionset", "SF"),
        ("status", "current", "SF"),
        ("status", "retired", ""),
        ("date", "2026", "SF"),
        ("date", "lt2026-02-02", "S"),
        ("date", "ge2026-03-01", "F"),
        ("identifier", "urn:ietf:rfc:3986|urn:oid:1.2.3", "S"),
        ("identifier", "urn:uuid:11111111-0000-4000-8000-000000000002", "F"),
        ("_id", "11111111-0000-4000-8000-000000000002", "F"),
        ("designationType", "04", "S"),
        ("DesignationType", "urn:oid:1.2.7|H,zz", "F"),
        ("designationType", "urn:oid:1.2.8|H", ""),
        ("sourceId", "urn:ietf:rfc:3986|urn:oid:1.2.9", "S"),
        ("SourceId", "1.2.9", "S"),
        ("sourceId", "1.2.10", ""),
        ("source.family", "zo", "S"),
        ("source.given", "edo,x", "S"),
        ("source.given", "douard", ""),
        ("title", "sortie d'hop", "S"),
        ("title", "gro", "F"),
    ],
)
def test_a_parameter_filters(name: str, value: str, found: str) -> None:
    asked = search((name, value))
    assert ("S" if asked.matches_set(SET) else "") + ("F" if asked.matches_folder(FOLDER) else "") == found
    assert asked.used == (PATIENT, (name, value))


def test_conditions_add_up() -> None:
    assert not search(("code", "folder"), ("code", "submissionset")).sets
    found = search(("designationType", "G"), ("designationType", "H"), ("_count", "3"))
    assert found.matches_folder(FOLDER)
    assert found.count == 3
    assert not search(("designationType", "G"), ("designationType", "K")).matches_folder(FOLDER)


def test_faults_come_together() -> None:
    wrong = (("code", "x"), ("status", "superseded"), ("date", "2026-13"), ("title", ""), ("title:contains", "x"))
    assert rules(*wrong) == {"code", "status", "date", "empty", "modifier"}
    assert rules(("title", "a"), ("title", "b"), ("type", "x")) == {"repeated", "unknown-parameter"}
    assert search(("type", "x"), lenient=True).ignored == ("type",)
    with pytest.raises(Rejected):
        read(())
