"""Sets, folders and associations: each stored query finds what it says, by every name (B5, TD3.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import AssociationType, Code, DocumentEntry, Folder, Status, Submission
from tests.capabilities.filing import FOLDER_CODE, everything, filed, provided
from tests.capabilities.world import AUTHOR, World, rules_of

HAS_MEMBER = AssociationType.HAS_MEMBER
ASKED: dict[str, Any] = {"actor": AUTHOR, "domain": "fr"}


@dataclass(frozen=True)
class Shelf:
    """One set with two documents in a folder; another set that appends to the first document."""

    world: World
    first: Submission
    second: Submission

    @property
    def folder(self) -> Folder:
        return self.first.folders[0]

    @property
    def entries(self) -> tuple[DocumentEntry, ...]:
        return self.first.entries

    @property
    def addendum(self) -> DocumentEntry:
        return self.second.entries[0]


@pytest.fixture
def shelf(world: World) -> Shelf:
    first = provided(world, filed(world, world.entry("one"), world.entry("two")))
    relations = (("document", AssociationType.APPEND, first.entries[0].entry_uuid),)
    return Shelf(world, first, provided(world, world.submission(relations=relations)))


@pytest.fixture
def shelf_in_ihe(plain: World) -> Shelf:
    other = plain.entry("two", format_code=Code("X", "1.2"), confidentiality_codes=(Code("R", "1.3"),))
    first = provided(plain, filed(plain, plain.entry("one"), other))
    return Shelf(plain, first, provided(plain, plain.submission()))


def found(answer: documents.FoundObjects | Refusal) -> documents.FoundObjects:
    assert isinstance(answer, documents.FoundObjects), answer
    return answer


def sets_of(answer: documents.FoundObjects | Refusal) -> list[str]:
    return [one.unique_id for one in found(answer).sets]


def counts(answer: documents.FoundObjects | Refusal) -> tuple[int, int, int, int]:
    """Sets, folders, entries, associations."""
    of = found(answer)
    return len(of.sets), len(of.folders), len(of.entries), len(of.associations)


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ({}, True),
        ({"source_ids": ("1.2.250.1.999.1", "1.2.3")}, True),
        ({"source_ids": ("1.2.3",)}, False),
        ({"submission_time": ("20260102040000", "")}, True),
        ({"submission_time": ("2026", "2027")}, True),
        ({"submission_time": ("", "20260102040000")}, False),
        ({"submission_time": ("20260102040001", "")}, False),
        ({"author_person": "%AUTEUR%"}, True),
        ({"author_person": "899900000011^AUTEU_^%"}, True),
        ({"author_person": "AUTEUR"}, False),
        ({"content_types": ((Code("03", "1.2.250.1.213.2.2"), Code("04", "1.2.250.1.213.2.2")),)}, True),
        ({"content_types": ((Code("03", "1.2.3"),),)}, False),
        ({"statuses": (Status.DEPRECATED,)}, False),
    ],
)
def test_sets_are_found_by_what_they_say(world: World, query: dict[str, Any], matches: bool) -> None:
    sent = provided(world, world.submission())
    asked = documents.SetQuery(**query)
    assert sets_of(documents.find_sets(**ASKED, patient_id=world.cx, query=asked)) == (
        [sent.submission_set.unique_id] if matches else []
    )


def test_sets_come_as_they_were_registered(shelf: Shelf) -> None:
    answer = documents.find_sets(**ASKED, patient_id=shelf.world.cx, query=documents.SetQuery())
    assert set(found(answer).sets) == {shelf.first.submission_set, shelf.second.submission_set}
    assert counts(answer) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ({}, True),
        ({"codes": ((FOLDER_CODE,),)}, True),
        ({"codes": ((FOLDER_CODE,), (Code("X", "1.2"),))}, False),
        ({"codes": ((FOLDER_CODE, Code("X", "1.2")),)}, True),
        ({"last_update_time": ("2026", "")}, True),
        ({"last_update_time": ("", "2026")}, False),
        ({"statuses": (Status.DEPRECATED,)}, False),
    ],
)
def test_folders_are_found_by_what_they_say(world: World, query: dict[str, Any], matches: bool) -> None:
    sent = provided(world, filed(world, world.entry()))
    answer = documents.find_folders(**ASKED, patient_id=world.cx, query=documents.FolderQuery(**query))
    assert [folder.unique_id for folder in found(answer).folders] == ([sent.folders[0].unique_id] if matches else [])


def test_everything_of_a_record(shelf: Shelf) -> None:
    # Members: 3 entries, 1 folder, 2 in the folder; those of the folder are members of the set; 1 append.
    assert counts(everything(shelf.world, AUTHOR)) == (2, 1, 3, 3 + 1 + 2 + 2 + 1)
    asked = documents.ContentsQuery(entry_statuses=(Status.DEPRECATED,))
    answer = documents.get_all(**ASKED, patient_id=shelf.world.cx, query=asked)
    assert counts(answer)[:3] == (2, 1, 0)


@pytest.mark.parametrize("which", ["entry", "folder"])
def test_the_set_that_brought_something(shelf: Shelf, which: str) -> None:
    uuid = shelf.entries[0].entry_uuid if which == "entry" else shelf.folder.entry_uuid
    answer = found(documents.get_sets(**ASKED, uuids=(uuid,)))
    assert answer.sets == (shelf.first.submission_set,)
    (association,) = answer.associations
    assert (association.type, association.source, association.target) == (
        HAS_MEMBER,
        shelf.first.submission_set.entry_uuid,
        uuid,
    )


def test_the_sets_of_several_things(shelf: Shelf) -> None:
    uuids = (shelf.entries[0].entry_uuid, shelf.addendum.entry_uuid, shelf.folder.entry_uuid)
    assert counts(documents.get_sets(**ASKED, uuids=uuids)) == (2, 0, 0, 3)


@pytest.mark.parametrize("name", ["entry_uuid", "unique_id"])
def test_a_set_and_its_contents(shelf: Shelf, name: str) -> None:
    names = {name: getattr(shelf.first.submission_set, name)}
    assert counts(documents.get_set_and_contents(**ASKED, **names)) == (1, 1, 2, 2 + 1 + 2 + 2)


@pytest.mark.parametrize(
    ("only", "entries", "associations"),
    [
        ({"format_codes": ((Code("X", "1.2"),),)}, 1, 1 + 1 + 1 + 1),
        ({"confidentiality_codes": ((Code("N", ""), Code("R", "1.3")),)}, 2, 7),
        ({"confidentiality_codes": ((Code("N", ""),), (Code("R", "1.3"),))}, 0, 1),
        ({"stable": False, "on_demand": True}, 0, 1),
    ],
)
def test_contents_are_filtered_with_their_associations(
    shelf_in_ihe: Shelf, only: dict[str, Any], entries: int, associations: int
) -> None:
    asked = {"actor": AUTHOR, "domain": "ihe", "only": documents.EntryFilter(**only)}
    of_set = documents.get_set_and_contents(unique_id=shelf_in_ihe.first.submission_set.unique_id, **asked)
    assert counts(of_set) == (1, 1, entries, associations)
    of_folder = documents.get_folder_and_contents(unique_id=shelf_in_ihe.folder.unique_id, **asked)
    assert counts(of_folder) == (0, 1, entries, entries)


@pytest.mark.parametrize("name", ["entry_uuids", "unique_ids", "logical_ids"])
def test_a_folder_by_its_names(shelf: Shelf, name: str) -> None:
    value = getattr(shelf.folder, name[:-1])
    (folder,) = found(documents.get_folders(**ASKED, **{name: (value, "urn:uuid:odd")})).folders
    assert (folder.unique_id, folder.title, folder.codes) == (shelf.folder.unique_id, "Grossesse", (FOLDER_CODE,))
    assert folder.last_update_time.startswith("20")
    assert len(folder.last_update_time) == 14


@pytest.mark.parametrize("name", ["entry_uuid", "unique_id"])
def test_a_folder_and_its_contents(shelf: Shelf, name: str) -> None:
    answer = documents.get_folder_and_contents(**ASKED, **{name: getattr(shelf.folder, name)})
    assert counts(answer) == (0, 1, 2, 2)


@pytest.mark.parametrize("name", ["entry_uuid", "unique_id"])
def test_the_folders_of_a_document(shelf: Shelf, name: str) -> None:
    asked = {name: getattr(shelf.entries[1], name)}
    assert counts(documents.get_folders_for_document(**ASKED, **asked)) == (0, 1, 0, 0)
    asked = {name: getattr(shelf.addendum, name)}
    assert counts(documents.get_folders_for_document(**ASKED, **asked)) == (0, 0, 0, 0)


def test_a_document_put_in_a_folder_later(shelf: Shelf) -> None:
    sent = filed(shelf.world, held=(shelf.addendum.entry_uuid,), folder=shelf.folder.entry_uuid)
    later = provided(shelf.world, sent)
    answer = documents.get_folders_for_document(**ASKED, entry_uuid=shelf.addendum.entry_uuid)
    assert counts(answer) == (0, 1, 0, 0)
    # The set that did it holds the membership, and no document.
    contents = found(documents.get_set_and_contents(**ASKED, unique_id=later.submission_set.unique_id))
    assert (len(contents.sets), len(contents.entries), len(contents.associations)) == (1, 0, 2)
    assert later.submission_set.unique_id in sets_of(
        documents.find_sets(**ASKED, patient_id=shelf.world.cx, query=documents.SetQuery())
    )


def test_associations_of_one_and_of_several(shelf: Shelf) -> None:
    one = shelf.entries[0].entry_uuid
    of_one = found(documents.get_associations(**ASKED, uuids=(one,))).associations
    assert {(link.type, one in (link.source, link.target)) for link in of_one} == {
        (HAS_MEMBER, True),
        (AssociationType.APPEND, True),
    }
    assert len(of_one) == 3
    of_set = found(documents.get_associations(**ASKED, uuids=(shelf.first.submission_set.entry_uuid,)))
    assert len(of_set.associations) == 2 + 1 + 2
    again = found(documents.get_associations(**ASKED, uuids=(one,))).associations
    assert again == of_one, "an association has one id"


@pytest.mark.parametrize("name", ["entry_uuids", "unique_ids"])
def test_documents_and_their_associations(shelf: Shelf, name: str) -> None:
    asked = {name: (getattr(shelf.addendum, name[:-1]),)}
    assert counts(documents.get_documents_and_associations(**ASKED, **asked)) == (0, 0, 1, 2)


@pytest.mark.parametrize("name", ["entry_uuid", "unique_id"])
@pytest.mark.parametrize("from_the_target", [False, True])
def test_related_documents(shelf: Shelf, name: str, from_the_target: bool) -> None:
    asked = {name: getattr(shelf.entries[0] if from_the_target else shelf.addendum, name)}
    answer = documents.get_related_documents(**ASKED, association_types=(AssociationType.APPEND,), **asked)
    assert counts(answer) == (0, 0, 2, 1)
    for other in ((AssociationType.REPLACE,), (HAS_MEMBER,)):
        answer = documents.get_related_documents(**ASKED, association_types=other, **asked)
        assert counts(answer) == (0, 0, 0, 0), "a document related to none is not returned"


def test_a_replaced_document_and_its_replacement_are_related(world: World) -> None:
    parent = world.fed()
    relations = (("document", AssociationType.REPLACE, parent.entry_uuid),)
    child = provided(world, world.submission(relations=relations)).entries[0]
    answer = documents.get_related_documents(
        **ASKED, association_types=(AssociationType.REPLACE,), unique_id=parent.unique_id
    )
    assert {entry.unique_id: entry.status for entry in found(answer).entries} == {
        parent.unique_id: Status.DEPRECATED,
        child.unique_id: Status.APPROVED,
    }


def test_names_that_lead_nowhere_find_nothing(shelf: Shelf) -> None:
    odd = "urn:uuid:3a1c7a52-0000-4000-8000-000000000000"
    for answer in (
        documents.get_sets(**ASKED, uuids=(odd, "symbolic")),
        documents.get_associations(**ASKED, uuids=(odd,)),
        documents.get_set_and_contents(**ASKED, unique_id="1.2.3"),
        documents.get_folders(**ASKED, unique_ids=("1.2.3",), entry_uuids=(odd,)),
        documents.get_folder_and_contents(**ASKED, entry_uuid=odd),
        documents.get_documents_and_associations(**ASKED, unique_ids=("1.2.3",)),
    ):
        assert counts(answer) == (0, 0, 0, 0)
        assert found(answer).records == 0


def test_statuses_are_those_of_the_domain(plain: World) -> None:
    for answer in (
        documents.find_sets(
            actor=AUTHOR, domain="ihe", patient_id=plain.cx, query=documents.SetQuery(statuses=(Status.ARCHIVED,))
        ),
        documents.find_folders(
            actor=AUTHOR, domain="ihe", patient_id=plain.cx, query=documents.FolderQuery(statuses=(Status.DELETED,))
        ),
        documents.get_all(
            actor=AUTHOR,
            domain="ihe",
            patient_id=plain.cx,
            query=documents.ContentsQuery(entry_statuses=(Status.APPROVED, Status.DELETED)),
        ),
        documents.find(
            actor=AUTHOR,
            domain="ihe",
            patient_id=plain.cx,
            query=documents.DocumentQuery(statuses=(Status.ARCHIVED,)),
            strict=True,
        ),
    ):
        assert rules_of(answer) == ["status-unknown"]


def test_more_than_the_domain_gives_at_once(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    domain = terminology.domain("fr")
    assert domain is not None
    small = replace(domain, most_objects=2)
    monkeypatch.setattr(terminology, "domain", lambda name: small)
    cx = shelf.world.cx
    query = documents.DocumentQuery()
    for whole, refused in ((True, True), (False, False)):
        for answer in (
            documents.find(**ASKED, patient_id=cx, query=query, whole=whole),
            documents.get_all(**ASKED, patient_id=cx, query=documents.ContentsQuery(), whole=whole),
            documents.get_set_and_contents(**ASKED, unique_id=shelf.first.submission_set.unique_id, whole=whole),
        ):
            assert isinstance(answer, Refusal) is refused
            assert not refused or rules_of(answer) == ["too-many-results"]
    assert counts(documents.find_sets(**ASKED, patient_id=cx, query=documents.SetQuery(), whole=True)) == (2, 0, 0, 0)


def test_an_empty_page_knows_how_many_there_are(world: World) -> None:
    world.fed()
    for query in ({}, {"author_persons": ("%",)}):
        page = world.found(AUTHOR, limit=1, after=("0", "00000000-0000-8000-8000-000000000000"), **query)
        assert isinstance(page, documents.Found)
        assert (page.entries, page.total, page.next) == ((), 1, None)
