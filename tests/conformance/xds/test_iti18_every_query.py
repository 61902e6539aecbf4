"""Every stored query of ITI-18 (IHE ITI TF-2 §3.18.4.1.2.3.7), asked by zeep from our ?wsdl in two domains.

One set brings two documents in a folder; a second set appends a document to the first of them.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from xds_requests import AUTHORITY, Caller, new_oid
from zeep_client import service

from carnet.client import xds
from carnet.client.connection import Connection
from carnet.client.identity import Software
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import names
from carnet.wire.xds.model import Association, AssociationType, Code, DocumentEntry, Folder, Status, Submission
from tests.journeys import feeders

HAS_MEMBER = AssociationType.HAS_MEMBER
APPROVED = f"('{Status.APPROVED.value}')"
SET, FOLDER, ENTRY, LINK = "set", "folder", "entry", "association"
_CODE = Code("GROSSESSE", "1.2.250.1.999.9", "Grossesse")


@dataclass(frozen=True)
class Place:
    """A record of a domain, what it holds, and zeep before its registry."""

    patient: str
    first: Submission
    second: Submission
    registry: Any

    def ask(self, query: str, slots: dict[str, str], return_type: str = "LeafClass") -> Any:
        """The answer of a query by its name."""
        query_id = next(form.id for form in iti18.FORMS.values() if form.name == query)
        return self.registry.DocumentRegistry_RegistryStoredQuery(
            ResponseOption={"returnType": return_type, "returnComposedObjects": True},
            AdhocQuery={
                "id": query_id,
                "Slot": [{"name": name, "ValueList": {"Value": [value]}} for name, value in slots.items()],
            },
        )

    def found(self, query: str, slots: dict[str, str]) -> list[tuple[str, Any]]:
        """The objects of a successful answer: (sort, object)."""
        answer = self.ask(query, slots)
        assert answer["status"] == names.STATUS_SUCCESS, answer
        several = answer["RegistryObjectList"]
        return [_sorted(choice) for choice in (several["_value_1"] or [])] if several else []


def _sorted(choice: dict[str, Any]) -> tuple[str, Any]:
    ((tag, value),) = choice.items()
    if tag == "RegistryPackage":
        nodes = {one["classificationNode"] for one in value["Classification"]}
        return (FOLDER if names.FOLDER in nodes else SET), value
    return {"ExtrinsicObject": ENTRY, "Association": LINK}[tag], value


def _counts(found: list[tuple[str, Any]]) -> dict[str, int]:
    return dict(Counter(sort for sort, _ in found))


@pytest.fixture(scope="module", params=["ihe", "fr"])
def place(request: pytest.FixtureRequest, living: Any, tmp_path_factory: pytest.TempPathFactory) -> Place:
    domain = request.param
    caller = Caller(living, "helene.liege")
    digits = f"2800533{secrets.randbelow(10**6):06d}"
    patient = (
        f"{digits}{97 - int(digits) % 97:02d}^^^&1.2.250.1.213.1.4.10&ISO^NH"
        if domain == "fr"
        else f"Q{secrets.randbits(60)}^^^&{AUTHORITY}&ISO"
    )
    person = [patient, "FICTIF", "LÉA", "1980-05-17", "--consent", "--as", "accueil.chu", "--domain", domain]
    done = living.command("record", "create", *person)
    assert done.returncode == 0, done.stderr
    path = tmp_path_factory.mktemp("documents") / "document.xml"
    path.write_bytes(b"<ClinicalDocument/>")
    with Connection(
        living.tls,
        identity=caller.identity,
        authority=caller.authority,
        software=Software(name="Essai", version="1", homologation="ESSAI"),
        domain=domain,
    ) as connection:
        sent = _filed(caller, patient)
        first = _registered(connection, sent, path)
        added = feeders.submission(caller.person, patient, new_oid())
        append = Association(
            entry_uuid="append", type=AssociationType.APPEND, source="document", target=first.entries[0].entry_uuid
        )
        added = msgspec.structs.replace(added, associations=(*added.associations, append))
        second = _registered(connection, added, path)
    return Place(patient, first, second, service(caller, "registry", patient, domain))


def _filed(caller: Caller, patient: str) -> Submission:
    sent = feeders.submission(caller.person, patient, new_oid())
    one, two = (msgspec.structs.replace(sent.entries[0], entry_uuid=own, unique_id=new_oid()) for own in ("one", "two"))
    two = msgspec.structs.replace(
        two, format_code=Code("urn:ihe:iti:xds-sd:text:2008", "1.3.6.1.4.1.19376.1.2.3", "Texte")
    )
    ends = [("set", "one"), ("set", "two"), ("set", "folder"), ("folder", "one"), ("folder", "two")]
    links = [
        Association(entry_uuid=f"{source}-{target}", type=HAS_MEMBER, source=source, target=target)
        for source, target in [*ends, ("set", "folder-one"), ("set", "folder-two")]
    ]
    folder = Folder(entry_uuid="folder", unique_id=new_oid(), patient_id=patient, title="Grossesse", codes=(_CODE,))
    return msgspec.structs.replace(sent, entries=(one, two), folders=(folder,), associations=tuple(links))


def _registered(connection: Connection, sent: Submission, path: Path) -> Submission:
    """What was sent, with the ids that the registry gave."""
    xds.provide(connection, sent, {entry.entry_uuid: path for entry in sent.entries})
    patient = sent.submission_set.patient_id
    query = iti18.GetSubmissionSetAndContents(unique_id=sent.submission_set.unique_id)
    found = xds.query(connection, query, patient=patient).objects
    by_name: dict[str, DocumentEntry] = {entry.unique_id: entry for entry in found.entries}
    return Submission(
        submission_set=found.submission_sets[0],
        folders=found.folders,
        entries=tuple(by_name[entry.unique_id] for entry in sent.entries),
        associations=found.associations,
    )


def _cases() -> list[Any]:
    """(query, its slots from a place, what is found)."""

    def entry(place: Place) -> DocumentEntry:
        return place.first.entries[0]

    def folder(place: Place) -> Folder:
        return place.first.folders[0]

    whole_set = {SET: 1, FOLDER: 1, ENTRY: 2, LINK: 7}
    return [
        (
            "FindDocuments",
            lambda p: {"$XDSDocumentEntryPatientId": f"'{p.patient}'", "$XDSDocumentEntryStatus": APPROVED},
            {ENTRY: 3},
        ),
        (
            "FindSubmissionSets",
            lambda p: {
                "$XDSSubmissionSetPatientId": f"'{p.patient}'",
                "$XDSSubmissionSetStatus": APPROVED,
                "$XDSSubmissionSetAuthorPerson": f"'{p.first.submission_set.authors[0].person[:12]}^%'",
                "$XDSSubmissionSetSourceId": "('1.2.250.1.999.2')",
            },
            {SET: 2},
        ),
        (
            "FindFolders",
            lambda p: {
                "$XDSFolderPatientId": f"'{p.patient}'",
                "$XDSFolderStatus": APPROVED,
                "$XDSFolderCodeList": "('GROSSESSE^^1.2.250.1.999.9')",
            },
            {FOLDER: 1},
        ),
        (
            "GetAll",
            lambda p: {
                "$patientId": f"'{p.patient}'",
                "$XDSDocumentEntryStatus": APPROVED,
                "$XDSSubmissionSetStatus": APPROVED,
                "$XDSFolderStatus": APPROVED,
            },
            {SET: 2, FOLDER: 1, ENTRY: 3, LINK: 9},
        ),
        ("GetDocuments", lambda p: {"$XDSDocumentEntryUniqueId": f"('{entry(p).unique_id}')"}, {ENTRY: 1}),
        ("GetFolders", lambda p: {"$XDSFolderUniqueId": f"('{folder(p).unique_id}')"}, {FOLDER: 1}),
        ("GetFolders", lambda p: {"$XDSFolderEntryUUID": f"('{folder(p).entry_uuid}')"}, {FOLDER: 1}),
        ("GetAssociations", lambda p: {"$uuid": f"('{entry(p).entry_uuid}')"}, {LINK: 3}),
        (
            "GetDocumentsAndAssociations",
            lambda p: {"$XDSDocumentEntryEntryUUID": f"('{entry(p).entry_uuid}')"},
            {ENTRY: 1, LINK: 3},
        ),
        (
            "GetSubmissionSets",
            lambda p: {"$uuid": f"('{entry(p).entry_uuid}','{p.second.entries[0].entry_uuid}')"},
            {SET: 2, LINK: 2},
        ),
        (
            "GetSubmissionSetAndContents",
            lambda p: {"$XDSSubmissionSetUniqueId": f"'{p.first.submission_set.unique_id}'"},
            whole_set,
        ),
        (
            "GetSubmissionSetAndContents",
            lambda p: {
                "$XDSSubmissionSetEntryUUID": f"'{p.first.submission_set.entry_uuid}'",
                "$XDSDocumentEntryFormatCode": "('urn:ihe:iti:xds-sd:text:2008^^1.3.6.1.4.1.19376.1.2.3')",
                "$MetadataLevel": "2",
            },
            {SET: 1, FOLDER: 1, ENTRY: 1, LINK: 4},
        ),
        (
            "GetFolderAndContents",
            lambda p: {"$XDSFolderUniqueId": f"'{folder(p).unique_id}'"},
            {FOLDER: 1, ENTRY: 2, LINK: 2},
        ),
        ("GetFoldersForDocument", lambda p: {"$XDSDocumentEntryUniqueId": f"'{entry(p).unique_id}'"}, {FOLDER: 1}),
        (
            "GetRelatedDocuments",
            lambda p: {
                "$XDSDocumentEntryUniqueId": f"'{entry(p).unique_id}'",
                "$AssociationTypes": f"('{AssociationType.APPEND.value}')",
            },
            {ENTRY: 2, LINK: 1},
        ),
        (
            "FindDocumentsByReferenceId",
            lambda p: {
                "$XDSDocumentEntryPatientId": f"'{p.patient}'",
                "$XDSDocumentEntryStatus": APPROVED,
                "$XDSDocumentEntryReferenceIdList": "('nobody')",
            },
            {},
        ),
    ]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("query", "slots", "expected"), _cases())
def test_every_query_by_zeep(place: Place, query: str, slots: Any, expected: dict[str, int]) -> None:
    asked = slots(place)
    assert _counts(place.found(query, asked)) == expected
    references = place.ask(query, asked, "ObjectRef")["RegistryObjectList"]
    given = (references["_value_1"] if references else None) or []
    assert len(given) == sum(expected.values())
    assert all(set(choice) == {"ObjectRef"} for choice in given)


@pytest.mark.filterwarnings("default")
def test_a_folder_says_when_it_changed(place: Place) -> None:
    folder = place.first.folders[0]
    ((_, found),) = place.found("GetFolders", {"$XDSFolderUniqueId": f"('{folder.unique_id}')"})
    (time,) = (slot["ValueList"]["Value"][0] for slot in found["Slot"] if slot["name"] == "lastUpdateTime")
    assert time == folder.last_update_time
    assert len(time) == 14


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("query", "slots", "code"),
    [
        ("GetAssociations", {}, "XDSStoredQueryMissingParam"),
        ("GetSubmissionSetAndContents", {"$XDSSubmissionSetUniqueId": "('1.2','1.3')"}, "XDSStoredQueryParamNumber"),
        ("GetFolders", {"$XDSFolderUniqueId": "('1')", "$XDSFolderEntryUUID": "('2')"}, "XDSStoredQueryParamNumber"),
        ("GetAssociations", {"$uuid": "('1')", "$odd": "'1'"}, "XDSRegistryError"),
    ],
)
def test_a_wrong_query_gets_its_code(place: Place, query: str, slots: dict[str, str], code: str) -> None:
    answer = place.ask(query, slots)
    assert answer["status"] == names.STATUS_FAILURE
    (error,) = answer["RegistryErrorList"]["RegistryError"]
    assert error["errorCode"] == code
    assert "[source : IHE ITI TF-2" in error["codeContext"]


@pytest.mark.filterwarnings("default")
def test_statuses_of_another_domain(place: Place, request: pytest.FixtureRequest) -> None:
    slots = {"$XDSSubmissionSetPatientId": f"'{place.patient}'", "$XDSSubmissionSetStatus": f"('{Status.ARCHIVED}')"}
    answer = place.ask("FindSubmissionSets", slots)
    french = request.node.callspec.params["place"] == "fr"
    assert answer["status"] == (names.STATUS_SUCCESS if french else names.STATUS_FAILURE)
    if not french:
        (error,) = answer["RegistryErrorList"]["RegistryError"]
        assert error["codeContext"].startswith("status-unknown")


@pytest.mark.filterwarnings("default")
def test_a_community_is_read_and_changes_nothing(place: Place) -> None:
    slots = {"$uuid": f"('{place.first.entries[0].entry_uuid}')", "$homeCommunityId": "'urn:oid:1.1.1'"}
    assert _counts(place.found("GetAssociations", slots)) == {LINK: 3}
