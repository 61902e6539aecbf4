"""Two records of one person become one and two again, with every document, name, authorisation and byte."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carnet.kernel import blobs, database, erasure, locator
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.life import api as life
from carnet.wire.xds.model import AssociationType, Status
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, rules_of

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Opérateur", proof="process")
REFERENT = replace(CLERK, person="3330000001/I1", name="Cellule d'identitovigilance")
ROWS = {
    "submission": "SELECT * FROM documents_submission WHERE record_id = %s ORDER BY id",
    "entry": "SELECT * FROM documents_entry WHERE record_id = %s ORDER BY id",
    "association": "SELECT * FROM documents_association WHERE record_id = %s ORDER BY id",
    "folder": "SELECT * FROM documents_folder WHERE record_id = %s ORDER BY id",
    "object": "SELECT id, size, sha1, sha256, file FROM documents_object WHERE record_id = %s ORDER BY id",
}


@pytest.fixture
def other(world: World) -> World:
    """The other record of the same person."""
    return World()


@pytest.fixture(autouse=True)
def referent(world: World) -> None:
    identity.appoint_referent(actor=OPERATOR, person=REFERENT.person, structure=REFERENT.structure)


def merge(world: World, other: World, *, actor: Actor = REFERENT, reason: str = "passeport vu") -> object:
    return life.merge(actor=actor, domain=world.domain, survivor=world.cx, merged=other.cx, reason=reason)


def merged(world: World, other: World) -> life.Merged:
    answer = merge(world, other)
    assert isinstance(answer, life.Merged), answer
    return answer


def unmerged(other: World) -> life.Unmerged:
    answer = life.unmerge(actor=REFERENT, domain=other.domain, merged=other.cx)
    assert isinstance(answer, life.Unmerged), answer
    return answer


def rows(record_id: int) -> dict[str, list[object]]:
    """Every row of a record's documents, but for its sealed bytes, whose nonce is never the same."""
    return {table: database.rows(statement, (record_id,)) for table, statement in ROWS.items()}


def count(record_id: int) -> int:
    return sum(len(found) for found in rows(record_id).values())


def names(record_id: int) -> set[str]:
    return {name for (name,) in database.rows("SELECT name FROM kernel_locator WHERE record_id = %s", (record_id,))}


def test_documents_of_both_are_found_and_read_under_either_identifier(world: World, other: World) -> None:
    mine, theirs = world.fed(content=b"<mine/>"), other.fed(content=b"<theirs/>")
    large = other.fed(content=b"x" * (blobs.INLINE_LIMIT + 1))
    answer = merged(world, other)
    assert (answer.record_id, answer.merged) == (world.record_id, other.record_id)
    everything = {mine.unique_id, theirs.unique_id, large.unique_id}
    assert world.seen(AUTHOR) == other.seen(AUTHOR) == everything
    found = other.found(AUTHOR)
    assert {entry.patient_id for entry in found.entries} == {world.cx}
    assert world.read(AUTHOR, theirs.unique_id) == b"<theirs/>"
    assert world.read(AUTHOR, large.unique_id) == b"x" * (blobs.INLINE_LIMIT + 1)
    by_id = documents.get(actor=AUTHOR, domain="fr", entry_uuids=[theirs.entry_uuid])
    assert [entry.unique_id for entry in by_id.entries] == [theirs.unique_id]
    assert count(other.record_id) == 0
    under_proof = documents.get(actor=AUTHOR, domain="fr", entry_uuids=[theirs.entry_uuid], asserted_patient=other.cx)
    assert [entry.unique_id for entry in under_proof.entries] == [theirs.unique_id]


def test_what_is_fed_under_the_other_identifier_is_kept_under_the_current_one(world: World, other: World) -> None:
    merged(world, other)
    late = other.fed()
    assert late.patient_id == world.cx
    assert world.seen(AUTHOR) == {late.unique_id}
    answer = unmerged(other)
    assert len(answer.left) == 1
    assert world.seen(AUTHOR) == {late.unique_id}
    assert other.seen(AUTHOR) == set()


def test_unmerging_gives_each_its_own_back_to_the_byte(world: World, other: World) -> None:
    world.fed(content=b"<mine/>")
    theirs = other.fed("MASQUE_PS", content=b"<theirs/>")
    replacement = other.submission(other.entry("new"), relations=(("new", AssociationType.REPLACE, theirs.entry_uuid),))
    assert isinstance(other.provide(replacement), documents.Provided)
    before = rows(world.record_id), rows(other.record_id), names(world.record_id), names(other.record_id)
    answer = merged(world, other)
    assert answer.moved == count(world.record_id) - sum(len(found) for found in before[0].values())
    back = unmerged(other)
    assert back.returned == answer.moved
    assert back.left == ()
    assert (rows(world.record_id), rows(other.record_id), names(world.record_id), names(other.record_id)) == before
    assert other.read(AUTHOR, theirs.unique_id) == b"<theirs/>"
    assert rules_of(world_reads(world, theirs.entry_uuid)) == ["document-unknown"]


def world_reads(world: World, entry_uuid: str) -> object:
    """A reading under a proof about the survivor."""
    return documents.retrieve(actor=AUTHOR, domain="fr", entry_uuid=entry_uuid, asserted_patient=world.cx)


def test_versions_made_while_merged_go_back_with_their_document(world: World, other: World) -> None:
    theirs = other.fed()
    merged(world, other)
    changed = documents.mask(actor=AUTHOR, domain="fr", entry_uuid=theirs.entry_uuid)
    assert isinstance(changed, documents.Changed), changed
    unmerged(other)
    statuses = {entry.version: entry.status for entry in other.found(AUTHOR, statuses=tuple(Status)).entries}
    assert count(world.record_id) == 0
    assert statuses[2] is Status.APPROVED
    by_id = documents.get(actor=AUTHOR, domain="fr", entry_uuids=[changed.entry.entry_uuid])
    assert [entry.patient_id for entry in by_id.entries] == [other.cx]


def test_masked_stays_masked(world: World, other: World) -> None:
    hidden = other.fed("MASQUE_PS")
    other.authorise(OTHER)
    merged(world, other)
    assert hidden.unique_id not in world.seen(OTHER)
    assert hidden.unique_id in world.seen(AUTHOR)


def test_authorisations_come_and_go_and_a_block_wins(world: World, other: World) -> None:
    other.authorise(OTHER)
    world.authorise(AUTHOR)
    database.execute(
        "INSERT INTO access_authorisation (record_id, grantee, state, since, basis, declared_by) "
        "VALUES (%s, %s, 'blocked', now(), 'patient', 'patient')",
        (other.record_id, "p:" + AUTHOR.person),
    )
    merged(world, other)
    assert world.seen(OTHER) == set()
    assert rules_of(world.found(AUTHOR)) == ["professional-blocked"]
    unmerged(other)
    assert rules_of(world.found(OTHER)) == ["authorisation-missing"]
    assert world.seen(AUTHOR) == set()
    assert rules_of(other.found(AUTHOR)) == ["professional-blocked"]


def test_the_person_enters_with_either_login_and_reads_both_histories(world: World, other: World) -> None:
    directory.enrol_patient_account(actor=OPERATOR, login="deux", record_id=other.record_id, name="JEAN FICTIF")
    theirs = other.fed()
    merged(world, other)
    patient = directory.actor_of_login(login="deux", proof="process")
    assert patient.record_id == world.record_id
    lines = documents.history(actor=patient)
    told = [subject for line in lines if line.action == journal.Action.DOCUMENT_PROVIDE for subject in line.subjects]
    assert [f"urn:uuid:{subject}" for subject in told] == [theirs.entry_uuid]
    assert [line.action for line in lines].count(journal.Action.RECORD_MERGE) == 2
    unmerged(other)
    assert directory.actor_of_login(login="deux", proof="process").record_id == other.record_id


def test_only_identity_vigilance_and_the_operator_merge(world: World, other: World) -> None:
    assert rules_of(merge(world, other, actor=CLERK)) == ["merge-actor"]
    assert rules_of(merge(world, other, actor=AUTHOR)) == ["merge-actor"]
    assert rules_of(merge(world, other, actor=world.patient)) == ["merge-actor"]
    elsewhere = replace(REFERENT, structure="1330000002")
    assert rules_of(merge(world, other, actor=elsewhere)) == ["merge-actor"]
    assert isinstance(merge(world, other, actor=OPERATOR), life.Merged)
    assert rules_of(life.unmerge(actor=CLERK, domain="fr", merged=other.cx)) == ["merge-actor"]
    identity.dismiss_referent(actor=OPERATOR, person=REFERENT.person, structure=REFERENT.structure)
    assert rules_of(life.unmerge(actor=REFERENT, domain="fr", merged=other.cx)) == ["merge-actor"]


def test_what_cannot_be_merged(world: World, other: World) -> None:
    assert rules_of(merge(world, world)) == ["merge-itself"]
    assert rules_of(merge(world, other, reason=" ")) == ["merge-reason"]
    foreign = World(domain="ihe")
    assert rules_of(merge(world, foreign)) == ["patient-unknown"]
    third = World()
    merged(world, other)
    assert rules_of(merge(third, other)) == ["merge-holds-another"]
    assert rules_of(life.unmerge(actor=REFERENT, domain="fr", merged=third.cx)) == ["merge-none"]
    closed = World()
    assert isinstance(life.close(actor=closed.patient), life.Changed)
    assert rules_of(merge(world, closed)) == ["record-closed"]
    assert rules_of(merge(closed, third)) == ["record-closed"]
    suspended = life.suspend(actor=OPERATOR, domain="fr", patient_id=third.cx, cause=life.Cause.FRAUD)
    assert isinstance(suspended, life.Changed)
    assert rules_of(merge(world, third)) == ["record-suspended"]


def test_a_merge_leaves_its_trace_on_both_records(world: World, other: World) -> None:
    merged(world, other)
    found = database.rows(
        "SELECT record_id, rule, detail FROM journal_entry WHERE action = 'record.merge' AND outcome = 'done' "
        "ORDER BY record_id"
    )
    both = sorted((world.record_id, other.record_id))
    assert found == [(record_id, "identity-referent", "passeport vu") for record_id in both]


def test_creating_again_under_the_merged_identifier_finds_the_survivor(world: World, other: World) -> None:
    merged(world, other)
    again = other.create()
    assert isinstance(again, access.Created)
    assert (again.existing, again.record_id) == (True, world.record_id)
    assert other.record_id not in locator.locate(1, [locator.person(other.identifier.system, other.identifier.value)])
    unmerged(other)
    assert other.create().record_id == other.record_id


def test_a_person_who_does_not_look_the_same_is_merged_with_a_warning(world: World, other: World) -> None:
    database.execute("UPDATE identity_record SET birth_date = '1981-02-01' WHERE record_id = %s", (other.record_id,))
    assert [problem.rule for problem in merged(world, other).warnings] == ["merge-traits-differ"]


def test_what_lives_in_a_record_is_erased_with_it_in_whatever_order(world: World, other: World) -> None:
    world.fed()
    other.fed()
    merged(world, other)
    # A restored backup is erased record by record: the survivor may come first.
    for record_id in (world.record_id, other.record_id):
        erasure.erase_rows([record_id], kept=("journal_entry",))
    both = [world.record_id, other.record_id]
    assert erasure.remaining(both, kept=("journal_entry",)) == set()
    assert rules_of(world.found(AUTHOR)) == rules_of(other.found(AUTHOR)) == ["patient-unknown"]
