"""What the lens hides must not show through the sets, folders, associations and versions around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import AssociationType, Code, DocumentEntry, Folder, Status, Submission
from tests.attacks.test_hidden_documents import CURIOUS_STRUCTURE, statements_of, told
from tests.capabilities.filing import everything, filed, provided, whose
from tests.capabilities.world import AUTHOR, OTHER, World, new_oid, rules_of

HIDDEN = ("MASQUE_PS", "INVISIBLE_PATIENT")
EVERY_TYPE = tuple(kind.value for kind in AssociationType)
# Each hides the hidden documents of these tests from the record's other readers.
READERS = pytest.mark.parametrize("reader", ["professional", "structure", "patient"])

Found = documents.FoundObjects


def actor_of(world: World, reader: str) -> Actor:
    return {"professional": OTHER, "structure": CURIOUS_STRUCTURE, "patient": world.patient}[reader]


def asked_by_name(
    world: World, actor: Actor, *, set_id: str, set_uid: str, folder_id: str, folder_uid: str, doc_id: str, doc_uid: str
) -> list[object]:
    """The answers to every query that names something."""
    said: dict[str, Any] = {"actor": actor, "domain": "fr", "asserted_patient": world.cx}
    every = documents.EntryFilter(on_demand=True)
    return [
        documents.get_sets(uuids=(doc_id, folder_id), **said),
        documents.get_set_and_contents(entry_uuid=set_id, only=every, **said),
        documents.get_set_and_contents(unique_id=set_uid, only=every, **said),
        documents.get_folders(entry_uuids=(folder_id,), **said),
        documents.get_folders(unique_ids=(folder_uid,), **said),
        documents.get_folder_and_contents(entry_uuid=folder_id, **said),
        documents.get_folder_and_contents(unique_id=folder_uid, **said),
        documents.get_folders_for_document(entry_uuid=doc_id, **said),
        documents.get_folders_for_document(unique_id=doc_uid, **said),
        documents.get_associations(uuids=(doc_id, set_id, folder_id), **said),
        documents.get_documents_and_associations(entry_uuids=(doc_id,), **said),
        documents.get_documents_and_associations(unique_ids=(doc_uid,), **said),
        documents.get_related_documents(entry_uuid=doc_id, association_types=EVERY_TYPE, **said),
        documents.get_related_documents(unique_id=doc_uid, association_types=EVERY_TYPE, **said),
    ]


def unknown() -> dict[str, str]:
    ids = {name: uuid4().urn for name in ("set_id", "folder_id", "doc_id")}
    return ids | {name: new_oid() for name in ("set_uid", "folder_uid", "doc_uid")}


def names_of(sent: Submission) -> dict[str, str]:
    the_set, folder, entry = sent.submission_set, sent.folders[0], sent.entries[0]
    return {
        "set_id": the_set.entry_uuid,
        "set_uid": the_set.unique_id,
        "folder_id": folder.entry_uuid,
        "folder_uid": folder.unique_id,
        "doc_id": entry.entry_uuid,
        "doc_uid": entry.unique_id,
    }


@READERS
def test_a_set_a_folder_and_associations_of_hidden_documents_are_like_unknown_ones(
    world: World, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    sent = provided(world, filed(world, world.masked(*HIDDEN)))
    world.authorise(OTHER)
    actor = actor_of(world, reader)
    hidden, nothing = names_of(sent), unknown()
    assert asked_by_name(world, actor, **hidden) == asked_by_name(world, actor, **nothing)
    seen = statements_of(lambda: asked_by_name(world, actor, **hidden), monkeypatch)
    assert seen == statements_of(lambda: asked_by_name(world, actor, **nothing), monkeypatch)
    assert len(asked_by_name(world, AUTHOR, **hidden)) == 14
    assert all(isinstance(found, Found) and len(found) for found in asked_by_name(world, AUTHOR, **hidden)[:-2])


@READERS
def test_what_is_hidden_changes_nothing_of_what_is_listed(world: World, reader: str) -> None:
    provided(world, filed(world, world.entry()))
    world.authorise(OTHER)
    actor = actor_of(world, reader)

    def listed() -> list[object]:
        said: dict[str, Any] = {"actor": actor, "domain": "fr", "patient_id": whose(world, actor)}
        return [
            documents.find_sets(query=documents.SetQuery(), **said),
            documents.find_folders(query=documents.FolderQuery(), **said),
            documents.get_all(query=documents.ContentsQuery(), **said),
        ]

    before = listed()
    provided(world, filed(world, world.masked(*HIDDEN)))
    provided(world, world.submission(world.masked(*HIDDEN)))
    assert listed() == before
    assert len(everything(world, AUTHOR).sets) == 3


@READERS
def test_a_set_shows_its_visible_members_only(world: World, reader: str) -> None:
    sent = provided(world, filed(world, world.entry("shown"), world.masked(*HIDDEN)))
    shown, hidden = sent.entries
    world.authorise(OTHER)
    actor = actor_of(world, reader)
    if actor is CURIOUS_STRUCTURE:
        actor = OTHER
    found = everything(world, actor)
    assert [entry.unique_id for entry in found.entries] == [shown.unique_id]
    assert (len(found.sets), len(found.folders)) == (1, 1)
    for association in found.associations:
        assert hidden.entry_uuid not in (association.source, association.target)
    # To the set: the document, the folder, the membership in the folder; in the folder: the document.
    assert len(found.associations) == 4
    assert hidden.entry_uuid[9:] not in repr(found)
    contents = documents.get_set_and_contents(actor=actor, domain="fr", unique_id=sent.submission_set.unique_id)
    assert isinstance(contents, Found)
    assert (len(contents.entries), len(contents.associations)) == (1, 4)


def later(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    """The clocks of the record go on."""
    ahead = clock.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: ahead)
    monkeypatch.setattr(clock, "now_in", lambda number: ahead)


def folder_seen(world: World, actor: Actor) -> Folder:
    found = documents.find_folders(
        actor=actor, domain="fr", patient_id=whose(world, actor), query=documents.FolderQuery()
    )
    assert isinstance(found, Found)
    (folder,) = found.folders
    return folder


def test_a_folder_is_not_younger_for_what_is_hidden(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = provided(world, filed(world, world.entry()))
    world.authorise(OTHER)
    before = {actor.person: folder_seen(world, actor) for actor in (OTHER, world.patient, AUTHOR)}
    later(monkeypatch, 7)
    provided(world, filed(world, world.masked(*HIDDEN), folder=sent.folders[0].entry_uuid))
    assert folder_seen(world, OTHER) == before[OTHER.person]
    assert folder_seen(world, world.patient) == before[world.patient.person]
    assert folder_seen(world, AUTHOR).last_update_time > before[AUTHOR.person].last_update_time
    second = datetime.strptime(before[OTHER.person].last_update_time, "%Y%m%d%H%M%S") + timedelta(seconds=1)  # noqa: DTZ007
    since = (second.strftime("%Y%m%d%H%M%S"), "")
    for actor, count in ((OTHER, 0), (AUTHOR, 1)):
        found = documents.find_folders(
            actor=actor, domain="fr", patient_id=world.cx, query=documents.FolderQuery(last_update_time=since)
        )
        assert isinstance(found, Found)
        assert len(found.folders) == count


def test_an_empty_folder_and_one_full_of_hidden_documents_look_the_same(world: World) -> None:
    empty = provided(world, filed(world))
    world.authorise(OTHER)
    before = everything(world, OTHER), everything(world, world.patient)
    assert all(not found.folders for found in before)
    provided(world, filed(world, world.masked(*HIDDEN), folder=empty.folders[0].entry_uuid))
    assert (everything(world, OTHER), everything(world, world.patient)) == before
    assert [folder.unique_id for folder in everything(world, AUTHOR).folders] == [empty.folders[0].unique_id]


def test_a_relation_to_a_hidden_document_is_no_relation(world: World) -> None:
    hidden = world.fed("MASQUE_PS")
    relations = (("document", AssociationType.APPEND, hidden.entry_uuid),)
    shown = provided(world, world.submission(relations=relations)).entries[0]
    world.authorise(OTHER)
    said: dict[str, Any] = {"domain": "fr", "entry_uuid": shown.entry_uuid, "association_types": EVERY_TYPE}
    assert documents.get_related_documents(actor=OTHER, **said) == Found()
    related = documents.get_related_documents(actor=AUTHOR, **said)
    assert isinstance(related, Found)
    assert len(related.entries) == 2
    links = documents.get_associations(actor=OTHER, domain="fr", uuids=(shown.entry_uuid,))
    assert isinstance(links, Found)
    assert [link.type for link in links.associations] == [AssociationType.HAS_MEMBER]


def _replaced(world: World, parent: DocumentEntry, child: DocumentEntry, actor: Actor = AUTHOR) -> DocumentEntry:
    relations = ((child.entry_uuid, AssociationType.REPLACE, parent.entry_uuid),)
    return provided(world, world.submission(child, relations=relations), actor).entries[0]


def _without_type(monkeypatch: pytest.MonkeyPatch, actor: Actor, number: int) -> None:
    """A matrix of rights that takes one type of document away from an actor."""
    enter, enter_records = access.enter, access.enter_records

    def narrowed(passed: Any) -> Any:
        if not isinstance(passed, access.Pass) or passed.lens is None:
            return passed
        return replace(passed, lens=replace(passed.lens, types=passed.lens.types & ~(1 << number)))

    def entered(**said: Any) -> Any:
        return narrowed(enter(**said)) if said["actor"] == actor else enter(**said)

    def entered_records(**said: Any) -> Any:
        return [narrowed(passed) if said["actor"] == actor else passed for passed in enter_records(**said)]

    monkeypatch.setattr(access, "enter", entered)
    monkeypatch.setattr(access, "enter_records", entered_records)


def test_a_deprecated_document_goes_with_its_hidden_replacement(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    plain = World(domain="ihe")
    parent, untouched = plain.fed(), plain.fed()
    grandparent = plain.fed()
    middle = _replaced(plain, grandparent, plain.entry("middle"))
    secret = Code("57833-6", "2.16.840.1.113883.6.1")
    number = terminology.type_number(secret.code)
    assert number != terminology.type_number("11502-2")
    child = _replaced(plain, parent, plain.entry("child", type_code=secret))
    last = _replaced(plain, middle, plain.entry("last", type_code=secret))
    hidden = {one.unique_id for one in (parent, child, grandparent, middle, last)}
    both = (Status.APPROVED, Status.DEPRECATED)
    assert plain.seen(OTHER, statuses=both) == hidden | {untouched.unique_id}
    _without_type(monkeypatch, OTHER, number)
    assert plain.seen(OTHER, statuses=both) == {untouched.unique_id}
    for one in (parent, child, grandparent, middle):
        got = documents.get(actor=OTHER, domain="ihe", entry_uuids=(one.entry_uuid,))
        assert isinstance(got, documents.Found)
        assert got.entries == ()
        assert plain.read(OTHER, one.unique_id) == "document-unknown"
    found = everything(plain, OTHER)
    assert ([entry.unique_id for entry in found.entries], len(found.sets)) == ([untouched.unique_id], 1)
    assert plain.seen(AUTHOR, statuses=both) == hidden | {untouched.unique_id}


def test_authors_keep_what_they_wrote_and_know_that_it_no_longer_holds(world: World) -> None:
    parent = world.fed()
    world.authorise(OTHER)
    child = _replaced(world, parent, world.masked("MASQUE_PS"), OTHER)
    found = everything(world, AUTHOR)
    assert {entry.unique_id: entry.status for entry in found.entries} == {parent.unique_id: Status.DEPRECATED}
    assert child.entry_uuid[9:] not in repr(found)
    assert all(link.type == AssociationType.HAS_MEMBER for link in found.associations)
    related = documents.get_related_documents(
        actor=AUTHOR, domain="fr", unique_id=parent.unique_id, association_types=EVERY_TYPE
    )
    assert related == Found()


def test_journal_is_silent_about_sets_of_a_document_that_was_not_announced(world: World) -> None:
    before = told(world)
    sent = provided(world, filed(world, world.masked("INVISIBLE_PATIENT")))
    assert all(isinstance(found, Found) for found in asked_by_name(world, AUTHOR, **names_of(sent)))
    assert told(world) == before, "CSP R.1111-53: nothing is told before two weeks"
    kept = database.row("SELECT count(*) FROM journal_entry WHERE record_id = %s", (world.record_id,))
    assert kept is not None
    assert kept[0] >= len(before) + 15, "the journal itself is complete"


def test_questions_about_a_patient_and_by_name_leave_their_traces(world: World) -> None:
    sent = provided(world, filed(world, world.entry()))
    before = len(told(world))
    everything(world, AUTHOR)
    documents.get_set_and_contents(actor=AUTHOR, domain="fr", unique_id=sent.submission_set.unique_id)
    assert told(world)[: len(told(world)) - before] == [("document.get", 1), ("document.list", 0)]


def test_nobody_asks_about_a_record_without_being_authorised(world: World) -> None:
    sent = provided(world, filed(world, world.entry()))
    for find, query in (
        (documents.find_sets, documents.SetQuery()),
        (documents.find_folders, documents.FolderQuery()),
        (documents.get_all, documents.ContentsQuery()),
    ):
        ask: Callable[..., object] = find
        assert rules_of(ask(actor=OTHER, domain="fr", patient_id=world.cx, query=query)) == ["authorisation-missing"]
    assert all(found == Found() for found in asked_by_name(world, OTHER, **names_of(sent)))
    neighbour = World()
    neighbour.authorise(OTHER)
    for found in asked_by_name(neighbour, OTHER, **names_of(sent)):
        assert found == Found(), "a proof about one patient opens nothing of another"
