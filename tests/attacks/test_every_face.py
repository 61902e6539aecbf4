"""One hidden document, asked for at every door of a living Carnet: the answers are those of a document that is not."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from carnet.client import xds
from carnet.client.connection import Connection
from carnet.client.errors import Refused
from carnet.wire import soap
from carnet.wire.xds import iti18_stored_query, iti43_retrieve
from carnet.wire.xds.iti18_stored_query import LEAF_CLASS, OBJECT_REF, FindDocuments, GetDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import Code, DocumentEntry, Status
from tests.attacks.intruder import Intruder
from tests.attacks.victim import AUTHOR, COLLEAGUE, OTHER, Victim

REPOSITORY = "1.2.250.1.213.1.4.999.1"
HIDING = ("x-request-id", "date", "server", "content-length", "x-carnet-exchange")


@pytest.fixture
def hidden(victim: Victim) -> DocumentEntry:
    """What the dentist must not see."""
    return victim.documents["MASQUE_PS"]


def soap_answer(connection: Connection, address: str, action: str, body: str, patient: str) -> str:
    """The answer to a SOAP request, its own message id taken away."""
    assertion = connection.assertions.about(patient, now=connection.now())
    sent = soap.render(body, action=action, message_id=uuid4().urn, to=connection.base + address, assertion=assertion)
    headers = {"Content-Type": f'{soap.MEDIA_TYPE}; action="{action}"'}
    with connection.exchange("POST", connection.base + address, content=sent, headers=headers) as response:
        text = response.read().decode()
    text = re.sub(r"urn:uuid:[0-9a-f-]{36}", "urn:uuid:", text)
    return re.sub(r"boundary[0-9a-f-]*|--[^\r\n]*", "", text)


def test_queries_by_name_do_not_tell_hidden_from_unknown(
    intruder: Intruder, victim: Victim, hidden: DocumentEntry
) -> None:
    unknown_uuid, unknown_oid = uuid4().urn, f"2.25.{uuid4().int}"
    with intruder.connect(OTHER) as connection:
        for kind in (LEAF_CLASS, OBJECT_REF):
            for real, invented in (
                (GetDocuments(entry_uuids=(hidden.entry_uuid,)), GetDocuments(entry_uuids=(unknown_uuid,))),
                (GetDocuments(logical_ids=(hidden.logical_id,)), GetDocuments(logical_ids=(unknown_uuid,))),
                (GetDocuments(unique_ids=(hidden.unique_id,)), GetDocuments(unique_ids=(unknown_oid,))),
            ):
                said = [
                    soap_answer(
                        connection,
                        "/xds/registry",
                        iti18_stored_query.ACTION,
                        iti18_stored_query.render_request(
                            GetDocuments(
                                entry_uuids=one.entry_uuids,
                                logical_ids=one.logical_ids,
                                unique_ids=one.unique_ids,
                                return_type=kind,
                            )
                        ),
                        victim.cx,
                    )
                    for one in (real, invented)
                ]
                assert said[0] == said[1]


def test_retrieving_does_not_tell_hidden_from_unknown(
    intruder: Intruder, victim: Victim, hidden: DocumentEntry
) -> None:
    with intruder.connect(OTHER) as connection:
        said = [
            soap_answer(
                connection,
                "/xds/repository",
                iti43_retrieve.ACTION,
                iti43_retrieve.render_request([DocumentRequest(REPOSITORY, name)]),
                victim.cx,
            ).replace(name, "")
            for name in (hidden.unique_id, f"2.25.{uuid4().int}")
        ]
    assert said[0] == said[1]
    assert "XDSDocumentUniqueIdError" in said[0]


@pytest.mark.parametrize("kind", [LEAF_CLASS, OBJECT_REF])
def test_lists_are_without_what_is_masked(intruder: Intruder, victim: Victim, hidden: DocumentEntry, kind: str) -> None:
    every = FindDocuments(patient_id=victim.cx, statuses=tuple(Status), return_type=kind)
    confidential = FindDocuments(
        patient_id=victim.cx, statuses=tuple(Status), return_type=kind, confidentiality_codes=((hidden_code(hidden),),)
    )
    for query in (every, confidential):
        with intruder.connect(OTHER) as connection:
            mine = repr(xds.query(connection, query).objects)
        with intruder.connect(COLLEAGUE) as connection:
            theirs = repr(xds.query(connection, query).objects)
        assert hidden.entry_uuid in theirs, "the depositing establishment sees its own"
        assert hidden.entry_uuid not in mine
        assert hidden.unique_id not in mine


def hidden_code(entry: DocumentEntry) -> Code:
    """The code that masks."""
    return next(code for code in entry.confidentiality_codes if code.code == "MASQUE_PS")


def test_a_proof_about_one_patient_reads_no_other(intruder: Intruder, victim: Victim) -> None:
    entry = victim.documents[""]
    other = "132034008898134^^^&1.2.250.1.213.1.4.10&ISO^NH"
    with intruder.connect(AUTHOR) as connection:
        found = xds.query(connection, GetDocuments(unique_ids=(entry.unique_id,)), patient=other)
        assert found.objects.entries == ()
        with pytest.raises(Refused) as refused:
            xds.retrieve(
                connection, DocumentRequest(REPOSITORY, entry.unique_id), patient=other, path=victim.folder / "stolen"
            )
    assert refused.value.explanations[0].code == "XDSDocumentUniqueIdError"


def test_fhir_does_not_tell_hidden_from_unknown(intruder: Intruder, victim: Victim, hidden: DocumentEntry) -> None:
    patient = f"patient.identifier=urn:oid:1.2.250.1.213.1.4.10|{victim.ins}"
    names = (hidden.entry_uuid.removeprefix("urn:uuid:"), str(uuid4()))
    oids = (hidden.unique_id, f"2.25.{uuid4().int}")
    forms = [
        ("/fhir/DocumentReference/{}", names),
        ("/fhir/Binary/{}", names),
        (f"/fhir/DocumentReference?{patient}&status=current&_id={{}}", names),
        (f"/fhir/DocumentReference?{patient}&status=current&identifier=urn:uuid:{{}}", names),
        (f"/fhir/DocumentReference?{patient}&status=current&identifier=urn:oid:{{}}", oids),
        (f"/fhir/DocumentReference?{patient}&status=current&related:identifier=urn:oid:{{}}", oids),
    ]
    with intruder.machines(OTHER) as client:
        for form, (real, invented) in forms:
            answers = [client.get(form.format(name)) for name in (real, invented)]
            said = [
                (one.status_code, one.text.replace(name, "").replace(name.replace("-", ""), ""))
                for one, name in zip(answers, (real, invented), strict=True)
            ]
            assert said[0] == said[1], form
            kept = [{k: v for k, v in one.headers.items() if k not in HIDING} for one in answers]
            assert kept[0] == kept[1], form
        everything = client.get(f"/fhir/DocumentReference?{patient}&status=current,superseded")
        assert everything.json()["total"] == 2
        assert hidden.unique_id not in everything.text


def test_a_cursor_serves_its_own_caller_and_search_only(intruder: Intruder, victim: Victim) -> None:
    search = f"/fhir/DocumentReference?status=current&patient.identifier=urn:oid:1.2.250.1.213.1.4.10|{victim.ins}"
    page = f"{search}&_count=1"
    with intruder.machines(AUTHOR) as client:
        links = client.get(page).json()["link"]
        following = next(link["url"] for link in links if link["relation"] == "next")
        assert client.get(following).status_code == 200
        cursor = following.partition("_cursor=")[2]
        assert client.get(f"{search}&_count=2&_cursor={cursor}").status_code == 400
        assert client.get(f"{page}&_cursor={cursor[:-1]}{'A' if cursor[-1] != 'A' else 'B'}").status_code == 400
    with intruder.machines(COLLEAGUE) as client:
        assert client.get(page).status_code == 200
        assert client.get(following).status_code == 400


def test_pages_of_one_show_and_count_what_the_whole_list_shows(victim: Victim) -> None:
    assert victim.found_by(OTHER) == {
        victim.documents[""].unique_id,
        victim.documents["INVISIBLE_PATIENT"].unique_id,
    }


def test_nobody_is_shown_a_record_without_the_persons_agreement(intruder: Intruder, victim: Victim) -> None:
    with intruder.machines("maia.cormier") as client:
        search = f"/fhir/DocumentReference?status=current&patient.identifier=urn:oid:1.2.250.1.213.1.4.10|{victim.ins}"
        refused = client.get(search)
        assert refused.status_code == 403
        assert "VICTIME" not in refused.text
        for entry in victim.documents.values():
            uuid = entry.entry_uuid.removeprefix("urn:uuid:")
            assert client.get(f"/fhir/DocumentReference/{uuid}").status_code == 404
            assert client.get(f"/fhir/Binary/{uuid}").status_code == 404
