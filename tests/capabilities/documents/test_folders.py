"""Folders, references and what sets bring (B1): IHE ITI TF-3 §4.2.1, §4.2.2; TF-2 §3.42."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec
import pytest

from carnet.kernel import database
from carnet.record.documents import api as documents
from carnet.record.documents.members import member_id
from carnet.wire.xds.model import AssociationType, Code, Status
from tests.capabilities.documents.shelves import (
    HAS_MEMBER,
    accepted,
    filed,
    folder,
    link,
    renamed,
    replaced,
    submission,
    view,
)
from tests.capabilities.world import AUTHOR, OTHER, World, new_oid, rules_of

UNKNOWN = "urn:uuid:3a1c7a52-0000-4000-8000-000000000000"


@pytest.mark.parametrize("domain", ["fr", "ihe"])
def test_a_folder_arrives_with_a_document_in_it(transactional_db: None, domain: str) -> None:
    world = World(domain=domain)
    made, entry = filed(world)
    seen = view(world)
    found = seen.folders[made.unique_id]
    assert seen.held(found) == {entry.entry_uuid}
    assert (found.entry_uuid, found.logical_id, found.status) == (made.entry_uuid, made.entry_uuid, Status.APPROVED)
    assert (found.title, found.codes) == (made.title, made.codes)
    assert len(found.last_update_time) == 14


def test_what_a_source_says_of_the_time_of_a_folder_is_not_kept(world: World) -> None:
    sent = folder(world, last_update_time="19990101", version=7, status=Status.DEPRECATED)
    accepted(world, submission(world, folders=(sent,)))
    found = view(world).folders[sent.unique_id]
    assert found.last_update_time > "2020"
    assert (found.version, found.status) == (1, Status.APPROVED)


def test_every_object_is_a_member_of_the_set_that_brought_it(world: World) -> None:
    made, entry = filed(world)
    seen = view(world)
    ((set_id, value),) = seen.contents.sets.items()
    (held,) = [one for one in seen.links(HAS_MEMBER) if one.source == made.entry_uuid]
    brought = {end.target: end for end in seen.links(HAS_MEMBER) if end.source == value.entry_uuid}
    assert value.entry_uuid == f"urn:uuid:{set_id}"
    assert set(brought) == {made.entry_uuid, entry.entry_uuid, held.entry_uuid}
    assert brought[entry.entry_uuid].set_status == "Original"
    assert brought[made.entry_uuid].set_status == ""
    assert len({one.association.entry_uuid for one in seen.contents.links}) == len(seen.contents.links) == 4


def test_the_common_submission_writes_no_association(world: World) -> None:
    entry = world.fed()
    assert database.row("SELECT count(*) FROM documents_association WHERE record_id = %s", (world.record_id,)) == (0,)
    (member,) = view(world).links(HAS_MEMBER)
    own = UUID(entry.entry_uuid.removeprefix("urn:uuid:"))
    assert member.entry_uuid == f"urn:uuid:{member_id(own)}"
    assert member_id(member_id(own)) == own


def test_the_answer_names_the_associations_as_they_are_read(world: World) -> None:
    made = accepted(
        world, submission(world, world.entry(), folders=(folder(world),), links=(link("folder", "document"),))
    )
    read = {one.association for one in view(world).contents.links}
    assert set(made.submission.associations) <= read


def test_what_a_sender_says_of_a_membership_is_kept(world: World) -> None:
    own = f"urn:uuid:{uuid4()}"
    said = msgspec.structs.replace(
        link("set", "document", status="Original", own=own),
        documentation=Code("DOC", "1.2.3", "Pourquoi"),
        extra_slots=(("urn:example:why", ("un", "deux")),),
    )
    sent = msgspec.structs.replace(world.submission(), associations=(said,))
    made = accepted(world, sent).submission
    (member,) = view(world).links(HAS_MEMBER)
    assert member == made.associations[0]
    assert (member.entry_uuid, member.documentation, member.extra_slots) == (own, said.documentation, said.extra_slots)


def test_a_new_document_joins_a_folder_that_is_there(world: World) -> None:
    made, first = filed(world)
    sent = submission(world, world.entry(), links=(link(made.entry_uuid, "document"),))
    second = accepted(world, sent).submission.entries[0]
    seen = view(world)
    assert seen.held(made) == {first.entry_uuid, second.entry_uuid}
    assert len(seen.contents.sets) == 2


def test_a_document_that_is_there_joins_a_folder_that_is_there(world: World) -> None:
    made, first = filed(world)
    other = world.fed()
    between = link(made.entry_uuid, other.entry_uuid, own="between")
    accepted(world, submission(world, links=(between, link("set", "between"))))
    assert view(world).held(made) == {first.entry_uuid, other.entry_uuid}


def test_a_set_may_refer_to_a_document_that_is_there(world: World) -> None:
    entry = world.fed()
    accepted(world, submission(world, links=(link("set", entry.entry_uuid, status="Reference"),)))
    members = {end.source: end.set_status for end in view(world).links(HAS_MEMBER)}
    assert sorted(members.values()) == ["Original", "Reference"]


def test_a_replacement_joins_the_folders_of_what_it_replaces(world: World) -> None:
    made, parent = filed(world)
    child = replaced(world, parent).submission.entries[0]
    seen = view(world)
    assert seen.held(made) == {parent.entry_uuid, child.entry_uuid}
    assert seen.ends(AssociationType.REPLACE) == {(child.entry_uuid, parent.entry_uuid)}


def test_a_replacement_that_is_filed_by_its_sender_is_filed_once(world: World) -> None:
    made, parent = filed(world)
    links = (link("document", parent.entry_uuid, AssociationType.REPLACE), link(made.entry_uuid, "document"))
    child = accepted(world, submission(world, world.entry(), links=links)).submission.entries[0]
    assert [end.target for end in view(world).links(HAS_MEMBER)].count(
        child.entry_uuid
    ) == 2  # by the set, by the folder


def test_a_folder_is_seen_through_what_it_holds(world: World) -> None:
    made, hidden = filed(world, world.masked("MASQUE_PS"))
    world.authorise(OTHER)
    assert view(world, OTHER).folders == {}
    assert set(view(world, AUTHOR).folders) == {made.unique_id}
    # The time of the last change is that of what is seen: the hidden document was filed before.
    accepted(world, submission(world, world.entry(), links=(link(made.entry_uuid, "document"),)))
    seen = view(world, OTHER)
    assert hidden.entry_uuid not in seen.held(made)
    assert len(seen.held(made)) == 1


def test_the_time_of_a_folder_does_not_tell_of_a_hidden_document(world: World) -> None:
    made, _ = filed(world)
    world.authorise(OTHER)
    database.execute(
        "UPDATE documents_submission SET submitted_at = '2020-01-02 03:04:05Z' WHERE record_id = %s", (world.record_id,)
    )
    accepted(world, submission(world, world.masked("MASQUE_PS"), links=(link(made.entry_uuid, "document"),)))
    assert view(world, OTHER).folders[made.unique_id].last_update_time == "20200102030405"
    assert view(world, AUTHOR).folders[made.unique_id].last_update_time > "2026"


def test_an_empty_folder_is_seen_by_who_put_it_there_alone(world: World) -> None:
    """To anybody else it would look like a folder that holds something hidden."""
    sent = folder(world)
    accepted(world, submission(world, folders=(sent,)))
    world.authorise(OTHER)
    assert set(view(world, AUTHOR).folders) == {sent.unique_id}
    assert view(world, OTHER).folders == view(world, world.patient).folders == {}


def test_a_hidden_end_is_answered_like_an_unknown_one(world: World) -> None:
    made, hidden = filed(world, world.masked("MASQUE_PS"))
    world.authorise(OTHER)
    for there, unknown in (
        ((link(made.entry_uuid, "document"),), (link(UNKNOWN, "document"),)),
        (
            (link("document", hidden.entry_uuid, AssociationType.APPEND),),
            (link("document", UNKNOWN, AssociationType.APPEND),),
        ),
        ((link("set", hidden.entry_uuid, status="Reference"),), (link("set", UNKNOWN, status="Reference"),)),
    ):
        answers = [
            world.provide(submission(world, world.entry(), links=links), actor=OTHER) for links in (there, unknown)
        ]
        first, second = (
            [(problem.rule, problem.reason, problem.text, problem.field) for problem in answer.problems]
            for answer in answers
        )
        assert first == second
        assert [rule for rule, *_ in first] in (["association-source"], ["association-target"])


def test_another_patients_folder_and_document(plain: World) -> None:
    other = World(domain="ihe")
    made, entry = filed(other)
    for wrong in (
        link(made.entry_uuid, "document"),
        link("set", entry.entry_uuid, status="Reference"),
        link("document", entry.entry_uuid, AssociationType.REPLACE),
        link("document", entry.entry_uuid, AssociationType.TRANSFORM),
    ):
        assert rules_of(plain.provide(submission(plain, plain.entry(), links=(wrong,)))) == ["association-patient"]


def test_another_patients_document_under_a_foreign_id_is_told_to_who_sees_it(world: World) -> None:
    """An id of ours says by itself in which record it lives; one that a sender chose must be looked for, and seen."""
    other, own = World(), f"urn:uuid:{uuid4()}"
    filed(other, msgspec.structs.replace(other.masked("MASQUE_PS"), entry_uuid=own))
    sent = submission(world, world.entry(), links=(link("document", own, AssociationType.APPEND),))
    assert rules_of(world.provide(sent, actor=OTHER)) == ["association-target"]
    assert rules_of(world.provide(sent, actor=AUTHOR)) == ["association-patient"]


def test_a_folder_belongs_to_the_patient_of_the_set(world: World) -> None:
    wrong = folder(world, patient_id="279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH")
    assert rules_of(world.provide(submission(world, folders=(wrong,)))) == ["patient-of-the-set"]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"unique_id": ""}, "unique-id-missing"),
        ({"unique_id": "x"}, "unique-id-oid"),
        ({"codes": ()}, "code-list-missing"),
        ({"title": ""}, "title-missing"),
    ],
)
def test_what_a_folder_must_say(world: World, change: dict[str, object], rule: str) -> None:
    assert rules_of(world.provide(submission(world, folders=(folder(world, **change),)))) == [rule]


def test_names_of_sets_and_folders_are_used_once(world: World) -> None:
    sent = submission(world, folders=(folder(world),))
    accepted(world, sent)
    again = submission(world, folders=sent.folders)
    assert rules_of(world.provide(again)) == ["folder-used"]
    elsewhere = World()
    moved = submission(elsewhere, folders=(folder(elsewhere, unique_id=sent.folders[0].unique_id),))
    assert rules_of(elsewhere.provide(moved)) == ["folder-used"]
    stolen = msgspec.structs.replace(
        moved.submission_set, unique_id=sent.submission_set.unique_id, patient_id=elsewhere.cx
    )
    fresh = (folder(elsewhere),)
    again = msgspec.structs.replace(submission(elsewhere, folders=fresh), submission_set=stolen)
    assert rules_of(elsewhere.provide(again)) == ["submission-set-used"]


def test_a_name_is_used_once_in_a_message(world: World) -> None:
    entry = world.entry()
    sent = submission(world, entry, folders=(folder(world, unique_id=entry.unique_id),))
    assert rules_of(world.provide(sent)) == ["unique-id-twice"]


def test_a_replay_with_folders_is_the_same_set(world: World) -> None:
    made, first = filed(world)
    sent = submission(world, links=(link(made.entry_uuid, world.fed().entry_uuid),))
    assert not accepted(world, sent).replay
    assert accepted(world, sent).replay
    assert len(view(world).held(made)) == 2
    changed = msgspec.structs.replace(sent, associations=(link("set", first.entry_uuid, status="Reference"),))
    assert rules_of(world.provide(changed)) == ["submission-set-used"]
    with_folder = submission(world, renamed(world.entry(), "document"), folders=(folder(world),))
    assert not accepted(world, with_folder).replay
    assert accepted(world, with_folder).replay
    assert rules_of(
        world.provide(msgspec.structs.replace(with_folder, folders=(), associations=with_folder.associations[:1]))
    ) == ["submission-set-used"]


@pytest.mark.parametrize(
    ("links", "rule"),
    [
        ((link("set", "document", status="Reference"),), "member-status"),
        ((link("set", UNKNOWN, status="Original"),), "member-status"),
        ((link("set", UNKNOWN, status="Reference"),), "association-target"),
        ((link("set", "nothing"),), "member-unknown"),
        ((link("nothing", "document"),), "association-source"),
        ((link("folder", "nothing"),), "association-target"),
        ((link("document", "folder"),), "association-end"),
        ((link("folder", "other"),), "association-end"),
        ((link("document", "document", AssociationType.APPEND),), "association-end"),
        ((link("document", "folder", AssociationType.APPEND),), "association-end"),
        ((link("document", "set", AssociationType.APPEND),), "association-end"),
        ((link("folder", "document", AssociationType.APPEND),), "association-source"),
        ((link("document", "nothing", AssociationType.TRANSFORM),), "association-target"),
        ((link("document", UNKNOWN, "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"),), "association-type"),
    ],
)
def test_what_associations_get_wrong(plain: World, links: tuple[object, ...], rule: str) -> None:
    folders = (folder(plain), folder(plain, "other"))
    base = submission(plain, plain.entry(), folders=folders)
    sent = msgspec.structs.replace(base, associations=(*base.associations, *links))
    assert rules_of(plain.provide(sent)) == [rule]
    assert view(plain).contents.sets == {}


def test_members_are_named_and_a_set_brings_something(world: World) -> None:
    base = submission(world, world.entry(), folders=(folder(world),))
    lone = msgspec.structs.replace(base, associations=())
    assert rules_of(world.provide(lone)) == ["member-missing", "member-missing"]
    nothing = msgspec.structs.replace(base, associations=(), entries=(), folders=())
    assert rules_of(world.provide(nothing)) == ["document-entry-missing"]


def test_a_folder_is_not_taken_again_by_reference(world: World) -> None:
    made, _ = filed(world)
    sent = submission(world, links=(link("set", made.entry_uuid, status="Reference"),))
    assert rules_of(world.provide(sent)) == ["folder-by-reference"]


def test_a_sender_may_choose_the_id_of_a_folder_once(world: World) -> None:
    own = f"urn:uuid:{uuid4()}"
    accepted(world, submission(world, folders=(folder(world, own),)))
    assert view(world).contents.folders[UUID(own[9:])].entry_uuid == own
    assert rules_of(world.provide(submission(world, folders=(folder(world, own, unique_id=new_oid()),)))) == [
        "entry-uuid-used"
    ]
    assert isinstance(world.provide(), documents.Provided)
