"""Masking, unmasking, revealing, archiving and deleting (A2, TD3.3): what changes, for whom, and who may ask."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from django.db import connection, transaction

from carnet.kernel import blobs, clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, Code, DocumentEntry, Status
from tests.capabilities.world import AUTHOR, LEVELS, MASKS, OTHER, World, rules_of

MACHINE = Actor(kind=ActorKind.STRUCTURE, person="machine", structure=AUTHOR.structure, name="SIH", proof="vihf")
HOUSEKEEPER = Actor(kind=ActorKind.SYSTEM, person="housekeeping", proof="process")
N = Code("N", LEVELS, "Normal")
EVERYTHING = tuple(Status)


LOINC, CLASSES = "2.16.840.1.113883.6.1", "1.2.250.1.213.1.1.4.1"


def codes(entry: DocumentEntry) -> set[str]:
    return {code.code for code in entry.confidentiality_codes}


def changed(answer: documents.Changed | Refusal) -> DocumentEntry:
    assert isinstance(answer, documents.Changed), answer
    assert not answer.unchanged
    return answer.entry


def do(act: str, actor: Actor, entry: DocumentEntry, **more: object) -> documents.Changed | Refusal:
    return getattr(documents, act)(actor=actor, domain="fr", logical_id=entry.logical_id, **more)


def versions(world: World, actor: Actor, entry: DocumentEntry) -> list[DocumentEntry]:
    found = documents.get(actor=actor, domain="fr", logical_ids=(entry.logical_id,))
    assert isinstance(found, documents.Found)
    return sorted(found.entries, key=lambda one: one.version)


def last_events(world: World, count: int = 1) -> list[str]:
    kinds = database.rows("SELECT kind FROM kernel_outbox WHERE record_id = %s ORDER BY id", (world.record_id,))
    return [kind for (kind,) in kinds][-count:]


def test_the_patient_masks_and_the_next_query_of_another_changes(world: World) -> None:
    entry = world.fed()
    world.authorise(OTHER)
    assert world.seen(OTHER) == {entry.unique_id}
    masked = changed(do("mask", world.patient, entry))
    assert world.seen(OTHER) == set()
    assert world.read(OTHER, entry.unique_id) == "document-unknown"
    assert world.seen(AUTHOR) == world.seen(world.patient) == {entry.unique_id}
    assert codes(masked) == {"N", "MASQUE_PS"}
    assert last_events(world) == ["document.masked"]
    changed(do("unmask", world.patient, entry))
    assert world.seen(OTHER) == {entry.unique_id}
    assert world.read(OTHER, entry.unique_id) == b"<ClinicalDocument/>"
    assert last_events(world) == ["document.unmasked"]


def test_a_change_is_a_version_of_the_same_document(world: World) -> None:
    entry = world.fed()
    masked = changed(do("mask", world.patient, entry))
    assert (masked.logical_id, masked.version) == (entry.logical_id, 2)
    assert masked.entry_uuid != entry.entry_uuid
    first, second = versions(world, AUTHOR, entry)
    assert (first.entry_uuid, first.status) == (entry.entry_uuid, Status.DEPRECATED)
    assert second == masked
    differing = {name for name, value in msgspec.structs.asdict(entry).items() if value != getattr(masked, name)}
    assert differing == {"entry_uuid", "version", "confidentiality_codes"}
    assert world.read(AUTHOR, entry.unique_id) == b"<ClinicalDocument/>"


def test_any_version_names_the_document(world: World) -> None:
    entry = world.fed()
    changed(do("mask", world.patient, entry))
    again = documents.unmask(actor=world.patient, domain="fr", entry_uuid=entry.entry_uuid)
    assert changed(again).version == 3


def test_what_is_already_so_writes_nothing(world: World) -> None:
    entry = world.fed("MASQUE_PS")
    answer = do("mask", world.patient, entry)
    assert isinstance(answer, documents.Changed)
    assert answer.unchanged
    assert [one.version for one in versions(world, AUTHOR, entry)] == [1]


def test_another_actor_sees_no_gap_and_no_former_mask(world: World) -> None:
    entry = world.fed()
    world.authorise(OTHER)
    changed(do("mask", world.patient, entry))
    assert versions(world, OTHER, entry) == []
    changed(do("unmask", world.patient, entry))
    seen = versions(world, OTHER, entry)
    assert [one.version for one in seen] == [1, 2, 3]
    assert {frozenset(codes(one)) for one in seen} == {frozenset({"N"})}, "a lifted mask leaves no trace in metadata"
    found = world.found(OTHER, statuses=EVERYTHING)
    assert isinstance(found, documents.Found)
    assert [one.version for one in found.entries] == [3]
    found = world.found(OTHER, statuses=(Status.DEPRECATED,))
    assert isinstance(found, documents.Found)
    assert found.entries == (), "a former version of the metadata is no replaced document"


def test_a_mask_covers_the_replaced_document_and_the_registered_twice_one(world: World) -> None:
    parent = world.fed()
    world.authorise(OTHER)
    answer = world.provide(
        world.submission(world.entry(), relations=(("document", AssociationType.REPLACE, parent.entry_uuid),))
    )
    assert isinstance(answer, documents.Provided)
    child = answer.submission.entries[0]
    twice = world.provide(world.submission(world.entry(unique_id=child.unique_id)))
    assert isinstance(twice, documents.Provided)
    changed(do("mask", world.patient, child))
    assert world.seen(OTHER, statuses=EVERYTHING) == set()
    for entry in (parent, child, twice.submission.entries[0]):
        assert versions(world, OTHER, entry) == []
    changed(do("unmask", world.patient, child))
    assert world.seen(OTHER, statuses=EVERYTHING) == {parent.unique_id, child.unique_id}


def test_a_mask_covers_the_version_that_who_masks_does_not_see(world: World) -> None:
    dentist = replace(AUTHOR, person="899900000071", profession="40")
    answer = world.provide(actor=dentist)
    assert isinstance(answer, documents.Provided), answer
    first = answer.submission.entries[0]
    colleague = replace(AUTHOR, person="899900000061", structure="1330000061", name="DR CONFRÈRE")
    assert not isinstance(access.authorise(actor=colleague, domain="fr", patient_id=world.cx), Refusal)
    # A prescription in its place, of a type that dentists do not read.
    later = world.masked(type_code=Code("80788-3", LOINC, "80788-3"), class_code=Code("44", CLASSES, "44"))
    sent = world.submission(later, relations=(("document", AssociationType.REPLACE, first.entry_uuid),))
    answer = world.provide(sent, actor=colleague)
    assert isinstance(answer, documents.Provided), answer
    second = answer.submission.entries[0]
    assert second.unique_id not in world.seen(dentist)
    assert second.unique_id in world.seen(AUTHOR)
    changed(do("mask", dentist, first))
    assert second.unique_id not in world.seen(AUTHOR)


def test_a_replacement_follows_the_present_version_and_keeps_its_relation(world: World) -> None:
    parent = world.fed()
    present = changed(do("mask", world.patient, parent))

    def replaced(target: str) -> documents.Provided | Refusal:
        return world.provide(world.submission(relations=(("document", AssociationType.REPLACE, target),)))

    assert rules_of(replaced(parent.entry_uuid)) == ["replace-deprecated"]
    answer = replaced(present.entry_uuid)
    assert isinstance(answer, documents.Provided)
    child = answer.submission.entries[0]
    assert codes(child) == {"N"}
    unmasked = changed(do("unmask", AUTHOR, child))
    found = documents.get(actor=AUTHOR, domain="fr", entry_uuids=(unmasked.entry_uuid,), related=True)
    assert isinstance(found, documents.Found)
    (relation,) = found.relations[unmasked.entry_uuid]
    assert (relation.type, relation.target_logical_id) == (AssociationType.REPLACE, parent.logical_id)


def test_revealing_is_one_way_and_the_professionals(world: World) -> None:
    entry = world.fed("INVISIBLE_PATIENT")
    assert rules_of(do("reveal", world.patient, entry)) == ["document-unknown"]
    assert world.seen(world.patient) == set()
    changed(do("reveal", AUTHOR, entry))
    assert world.seen(world.patient) == {entry.unique_id}
    back = (N, Code("INVISIBLE_PATIENT", MASKS))
    answer = documents.set_confidentiality(actor=AUTHOR, domain="fr", logical_id=entry.logical_id, codes=back)
    assert rules_of(answer) == ["invisible-at-deposit"]


def test_archiving_puts_aside_and_comes_back(world: World) -> None:
    entry = world.fed()
    world.authorise(OTHER)
    assert rules_of(do("archive", OTHER, entry)) == ["archive-author"]
    archived = changed(do("archive", AUTHOR, entry))
    assert archived.status is Status.ARCHIVED
    assert world.seen(OTHER) == world.seen(OTHER, statuses=(Status.APPROVED, Status.DEPRECATED)) == set()
    assert world.seen(OTHER, statuses=(Status.ARCHIVED,)) == {entry.unique_id}
    assert changed(do("unarchive", AUTHOR, entry)).status is Status.APPROVED
    assert world.seen(OTHER) == {entry.unique_id}


def test_a_replaced_document_is_not_archived(world: World) -> None:
    parent = world.fed()
    relations = (("document", AssociationType.REPLACE, parent.entry_uuid),)
    assert isinstance(world.provide(world.submission(relations=relations)), documents.Provided)
    assert rules_of(do("archive", AUTHOR, parent)) == ["status-order"]


@pytest.mark.parametrize("who", [AUTHOR, MACHINE], ids=["author", "structure"])
def test_a_deleted_document_is_nowhere_for_nobody(world: World, who: Actor) -> None:
    entry, other = world.fed(), world.fed()
    world.authorise(OTHER)
    deleted = changed(do("delete", who, entry))
    assert deleted.status is Status.DELETED
    for actor in (AUTHOR, OTHER, MACHINE, world.patient):
        if actor is not MACHINE:
            assert world.seen(actor, statuses=EVERYTHING) == {other.unique_id}
        assert versions(world, actor, entry) == []
        assert world.read(actor, entry.unique_id) == "document-unknown"
        assert rules_of(do("delete", actor, entry)) == ["document-unknown"]
    assert last_events(world) == ["document.deleted"]
    actions = [line.action for line in documents.history(actor=world.patient, limit=200)]
    assert "document.delete" in actions, "the trace stays"


def test_a_deletion_takes_along_what_the_same_hands_had_replaced(world: World) -> None:
    parent = world.fed()
    relations = (("document", AssociationType.REPLACE, parent.entry_uuid),)
    answer = world.provide(world.submission(relations=relations))
    assert isinstance(answer, documents.Provided)
    changed(do("delete", AUTHOR, answer.submission.entries[0]))
    assert world.seen(AUTHOR, statuses=EVERYTHING) == set()
    assert last_events(world, 2) == ["document.deleted"] * 2


def test_a_deposit_of_somebody_else_outlives_the_deletion_of_its_double(world: World) -> None:
    entry = world.fed()
    world.authorise(OTHER)
    twice = world.provide(world.submission(world.entry(unique_id=entry.unique_id)), actor=OTHER)
    assert isinstance(twice, documents.Provided)
    changed(do("delete", AUTHOR, entry))
    assert world.seen(OTHER) == {entry.unique_id}
    assert versions(world, AUTHOR, entry) == []


REFUSED = [("delete", "delete-own"), ("unmask", "unmask-author"), ("archive", "archive-author")]


@pytest.mark.parametrize(("act", "rule"), REFUSED)
def test_a_stranger_who_sees_is_told_why_not(world: World, act: str, rule: str) -> None:
    entry = world.fed()
    world.authorise(OTHER)
    assert rules_of(do(act, OTHER, entry)) == [rule]
    assert [one.version for one in versions(world, AUTHOR, entry)] == [1]
    trace = database.row(
        "SELECT action, outcome, rule FROM journal_entry WHERE record_id = %s AND action = %s",
        (world.record_id, f"document.{act}"),
    )
    assert trace == (f"document.{act}", "refused", rule)


def test_the_patient_deletes_no_deposit_of_others(world: World) -> None:
    entry = world.fed()
    assert rules_of(do("delete", world.patient, entry)) == ["own-deposit-only"]
    assert world.seen(world.patient) == {entry.unique_id}


def test_the_treating_physician_unmasks_what_the_person_masked(world: World) -> None:
    entry = world.fed("MASQUE_PS")
    world.authorise(OTHER, treating=True)
    changed(do("unmask", OTHER, entry))
    assert codes(versions(world, AUTHOR, entry)[-1]) == {"N"}


def test_a_plain_domain_has_no_states(plain: World) -> None:
    entry = plain.fed()
    answer = documents.mask(actor=AUTHOR, domain="ihe", logical_id=entry.logical_id)
    assert rules_of(answer) == ["state-domain"]


SETS = [
    ("N MASQUE_PS", "N", "document.unmasked", None),
    ("N", "N MASQUE_PS", "document.masked", None),
    ("N INVISIBLE_PATIENT", "N", "document.revealed", None),
    ("N INVISIBLE_REPRESENTANTS_LEGAUX", "N", "document.revealed", None),
    ("N MASQUE_PS INVISIBLE_PATIENT", "N INVISIBLE_PATIENT", "document.unmasked", None),
    ("N MASQUE_PS INVISIBLE_PATIENT", "N", None, "confidentiality-one-act"),
    ("N MASQUE_PS", "", None, "confidentiality-level"),
    ("N MASQUE_PS", "MASQUE_PS", None, "confidentiality-level"),
    ("N", "N R", None, "confidentiality-level"),
    ("N", "N N", None, "confidentiality-level"),
    ("N", "R", None, "confidentiality-level-kept"),
    ("N", "N INVISIBLE_REPRESENTANTS_LEGAUX", None, "invisible-at-deposit"),
    ("N", "N MASQUE_PS INVISIBLE_PATIENT", None, "invisible-at-deposit"),
    ("N", "N MASQUE_PT", None, "confidentiality-code"),
]


@pytest.mark.parametrize(("before", "after", "event", "rule"), SETS)
def test_sets_of_codes_are_compared(world: World, before: str, after: str, event: str | None, rule: str | None) -> None:
    entry = world.fed(*before.split()[1:])
    wanted = [Code(code, LEVELS if code in "NRV" else MASKS) for code in after.split()]
    answer = documents.set_confidentiality(actor=AUTHOR, domain="fr", logical_id=entry.logical_id, codes=wanted)
    (*_, present) = versions(world, AUTHOR, entry)
    if rule is not None:
        assert rules_of(answer) == [rule]
        assert codes(present) == set(before.split())
    else:
        assert codes(changed(answer)) == codes(present) == set(after.split())
        assert last_events(world) == [event]


def test_the_same_set_in_another_order_changes_nothing(world: World) -> None:
    entry = world.fed("MASQUE_PS")
    answer = documents.set_confidentiality(
        actor=AUTHOR, domain="fr", logical_id=entry.logical_id, codes=(Code("MASQUE_PS", MASKS), N)
    )
    assert isinstance(answer, documents.Changed)
    assert answer.unchanged


def kept_bytes(world: World, entry: DocumentEntry) -> int | None:
    found = database.row(
        "SELECT size FROM documents_object o JOIN documents_entry e ON e.record_id = o.record_id AND e.object_id = o.id"
        " WHERE e.record_id = %s AND e.version = 1 AND e.unique_id = %s",
        (world.record_id, entry.unique_id),
    )
    return None if found is None else found[0]


@pytest.mark.parametrize("size", [100, 100_000], ids=["row", "file"])
def test_bytes_of_a_deleted_document_are_erased_when_they_are_due(
    world: World, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    entry, other = world.fed(content=b"a" * size), world.fed(content=b"b" * size)
    changed(do("delete", AUTHOR, entry))
    real = clock.now_in
    monkeypatch.setattr(clock, "now_in", lambda domain: real(domain) + timedelta(days=29, hours=23))
    assert documents.erase_deleted(actor=HOUSEKEEPER) == 0
    assert kept_bytes(world, entry) == size
    monkeypatch.setattr(clock, "now_in", lambda domain: real(domain) + timedelta(days=30, hours=1))
    assert documents.erase_deleted(actor=HOUSEKEEPER) == 1
    assert documents.erase_deleted(actor=HOUSEKEEPER) == 0
    assert (kept_bytes(world, entry), kept_bytes(world, other)) == (0, size)
    assert world.read(AUTHOR, other.unique_id) == b"b" * size
    with transaction.atomic():
        files = list(documents.every_file(actor=HOUSEKEEPER))
    assert len(files) == (1 if size > blobs.INLINE_LIMIT else 0)
    again = world.provide(world.submission(world.entry(unique_id=entry.unique_id)), content=b"other bytes")
    assert rules_of(again) == ["non-identical-hash"], "its name is not taken by other content"


def test_changes_at_once_make_versions_in_a_row(world: World) -> None:
    entry = world.fed()
    answers: list[documents.Changed | Refusal] = []

    def turn(act: str) -> None:
        answers.append(do(act, world.patient, entry))
        connection.close()

    threads = [threading.Thread(target=turn, args=(act,)) for act in ("mask", "unmask") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = sum(not answer.unchanged for answer in answers if isinstance(answer, documents.Changed))
    assert len(answers) == len(threads)
    assert [one.version for one in versions(world, AUTHOR, entry)] == list(range(1, written + 2))
    present = [one for one in versions(world, AUTHOR, entry) if one.status is Status.APPROVED]
    assert [one.version for one in present] == [written + 1]
