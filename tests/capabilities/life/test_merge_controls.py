"""What a person set in two records of theirs: together after a merge, each its own after they part; copied; erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from carnet.kernel import clock, database, erasure
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional, Structure
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.life import api as life
from carnet.wire.xds.model import DocumentEntry
from tests.capabilities.life.test_export import copy, read
from tests.capabilities.world import World, rules_of

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Opérateur", proof="process")
DOCTOR, PLACE = "899900000045", "1330999012"
TABLES = ("authorisation", "choice", "document_permission", "delegation", "feeding_opposition")


@pytest.fixture
def world(db: None) -> World:
    """A fresh record, in a transaction that ends with the test."""
    place = Structure(id=PLACE, name="Cabinet d'essai", sector="SA07", kind="Cabinet")
    assert directory.enrol_structure(actor=OPERATOR, structure=place) is None
    one = Professional(id=DOCTOR, family="ESSAI", given="Lou", profession="10", structures=(PLACE,))
    assert directory.enrol_professional(actor=OPERATOR, professional=one) is None
    return World()


def kept(record_id: int) -> dict[str, list[object]]:
    """Every row of a record's controls."""
    statement = "SELECT * FROM access_{} WHERE record_id = %s ORDER BY 2"
    return {table: database.rows(statement.format(table), (record_id,)) for table in TABLES}


def invite(world: World, helper: Actor) -> None:
    invitation = access.invite(actor=world.patient, domain="fr", scope="read")
    assert isinstance(invitation, access.Invitation)
    assert isinstance(access.accept(actor=helper, code=invitation.code), access.Controlled)


def settled(world: World, helper: Actor) -> DocumentEntry:
    """A record with one of everything."""
    own = {"actor": world.patient, "domain": "fr"}
    entry = world.fed()
    assert isinstance(access.choose(break_glass=False, email="jean@example.org", **own), access.Controlled)
    hidden = documents.close_to(entry_uuid=entry.entry_uuid, grantee="p:" + DOCTOR, **own)
    assert isinstance(hidden, documents.Shared), hidden
    assert isinstance(access.oppose_feeding(reason="litige", grantee="s:" + PLACE, **own), access.Controlled)
    invite(world, helper)
    return entry


def merge(world: World, other: World) -> None:
    answer = life.merge(actor=OPERATOR, domain="fr", survivor=world.cx, merged=other.cx, reason="papiers vus")
    assert isinstance(answer, life.Merged), answer


def unmerge(other: World) -> None:
    answer = life.unmerge(actor=OPERATOR, domain="fr", merged=other.cx)
    assert isinstance(answer, life.Unmerged), answer


def test_they_hold_together_and_part_as_they_were(world: World) -> None:
    other, helper = World(), World().patient
    settled(world, World().patient)
    access.choose(actor=world.patient, domain="fr", tells_hidden=True, break_glass=True)
    entry = settled(other, helper)
    before = kept(world.record_id), kept(other.record_id)
    merge(world, other)
    found = access.controls_of(actor=world.patient, domain="fr")
    assert isinstance(found, access.Controls)
    # Of two choices the closer one: fewer people in, less told.
    assert not found.choices.break_glass
    assert not found.choices.tells_hidden
    assert len(kept(world.record_id)["document_permission"]) == 2
    assert helper.person in [row[1] for row in kept(world.record_id)["delegation"]]
    assert len(documents.permissions_on(actor=world.patient, domain="fr", entry_uuid=entry.entry_uuid)) == 1
    unmerge(other)
    assert (kept(world.record_id), kept(other.record_id)) == before


def test_what_a_person_chose_since_the_merge_stays(world: World) -> None:
    other = World()
    access.choose(actor=other.patient, domain="fr", regulation=False)
    merge(world, other)
    chosen = access.choose(actor=world.patient, domain="fr", not_to_know=True)
    assert isinstance(chosen, access.Controlled)
    unmerge(other)
    found = access.controls_of(actor=world.patient, domain="fr")
    assert isinstance(found, access.Controls)
    assert found.choices.not_to_know
    assert not found.choices.regulation


def test_whom_the_merged_person_helps_is_helped_by_the_one_who_goes_on(world: World) -> None:
    other, helped = World(), World()
    invite(helped, other.patient)
    merge(world, other)
    assert [row[1] for row in kept(helped.record_id)["delegation"]] == [world.patient.person]
    unmerge(other)
    assert [row[1] for row in kept(helped.record_id)["delegation"]] == [other.patient.person]


def test_of_two_titles_for_one_person_the_desk_is_told(world: World) -> None:
    other, helped = World(), World()
    invite(helped, other.patient)
    invite(helped, world.patient)
    answer = life.merge(actor=OPERATOR, domain="fr", survivor=world.cx, merged=other.cx, reason="papiers vus")
    assert isinstance(answer, life.Merged)
    assert [problem.rule for problem in answer.warnings] == ["merge-delegation-left"]
    unmerge(other)
    assert len(kept(helped.record_id)["delegation"]) == 2


def test_a_representative_whose_record_was_merged_represents_and_stops_under_the_one_that_goes_on(world: World) -> None:
    other, child = World(), World()
    today = clock.now().date()
    own = {"actor": OPERATOR, "domain": "fr", "patient_id": child.cx}
    guardian = identity.Representative(
        name="Jean FICTIF", kind=identity.Kinship.GUARDIAN, since=today - timedelta(days=9), record_id=other.record_id
    )
    assert isinstance(life.declare_representative(**own, representative=guardian), life.Declared)
    merge(world, other)
    (found,) = identity.representatives_of(actor=OPERATOR, record_id=child.record_id)
    assert found.record_id == world.record_id
    assert [one.record_id for one in access.delegations_held(actor=world.patient)] == [child.record_id]
    # Declared again by the record that is no more: it is the same person.
    again = life.declare_representative(**own, representative=replace(guardian, quality="renouvelée"))
    assert isinstance(again, life.Declared)
    assert again.representative.record_id == world.record_id
    for one in identity.representatives_of(actor=OPERATOR, record_id=child.record_id):
        ended = life.end_representation(**own, number=one.number, until=today - timedelta(days=1))
        assert isinstance(ended, life.Ended), ended
    assert access.delegations_held(actor=world.patient) == []


def test_who_represented_the_merged_person_is_ended_in_the_record_that_goes_on(world: World) -> None:
    other, parent = World(), World()
    today = clock.now().date()
    guardian = identity.Representative(
        name="Lou ESSAI", kind=identity.Kinship.GUARDIAN, since=today - timedelta(days=9), record_id=parent.record_id
    )
    life.declare_representative(actor=OPERATOR, domain="fr", patient_id=other.cx, representative=guardian)
    merge(world, other)
    assert [one.record_id for one in access.delegations_held(actor=parent.patient)] == [world.record_id]
    (found,) = identity.representatives_of(actor=OPERATOR, record_id=world.record_id)
    ended = life.end_representation(
        actor=OPERATOR,
        domain="fr",
        patient_id=world.cx,
        number=found.number,
        declared_in=found.declared_in,
        until=today - timedelta(days=1),
    )
    assert isinstance(ended, life.Ended), ended
    assert access.delegations_held(actor=parent.patient) == []
    unmerge(other)
    assert access.delegations_held(actor=parent.patient) == [], "it has ended, wherever it was declared"


def test_what_the_person_deposited_in_either_record_stays_theirs_to_take_back(world: World) -> None:
    other = World()
    owner = "SELECT owner_person FROM documents_entry WHERE record_id = %s"
    database.execute(
        "UPDATE documents_entry SET owner_person = %s WHERE record_id = %s AND id = %s",
        (other.patient.person, other.record_id, other.fed().entry_uuid.removeprefix("urn:uuid:")),
    )
    merge(world, other)
    assert database.rows(owner, (world.record_id,)) == [(world.patient.person,)]
    unmerge(other)
    assert database.rows(owner, (other.record_id,)) == [(other.patient.person,)]


def test_two_records_are_compared_by_who_may_merge_them_and_both_journals_tell_it(world: World) -> None:
    other = World()
    sides = life.compare(actor=OPERATOR, domain="fr", one=world.cx, other=other.cx)
    assert not isinstance(sides, Refusal)
    assert [side.record_id for side in sides] == [world.record_id, other.record_id]
    assert all(side.patient.traits.birth_name and side.identifiers for side in sides)
    refused = life.compare(actor=world.patient, domain="fr", one=world.cx, other=other.cx)
    assert rules_of(refused) == ["merge-actor"]
    told = "SELECT outcome FROM journal_entry WHERE action = 'record.compare' AND record_id = %s ORDER BY at"
    assert database.rows(told, (other.record_id,)) == [("done",)]
    assert database.rows(told, (world.record_id,)) == [("done",), ("refused",)]


def test_nobody_becomes_their_own_helper(world: World) -> None:
    other = World()
    invite(other, world.patient)
    merge(world, other)
    assert kept(world.record_id)["delegation"] == []


def test_they_are_in_the_copy_that_a_person_takes_away(world: World) -> None:
    entry = settled(world, World().patient)
    _, said = read(copy(world))
    assert said["choices"]["email"] == "jean@example.org"
    assert [one["effect"] for one in said["document_permissions"]] == ["denied"]
    assert said["document_permissions"][0]["lineage"] == entry.entry_uuid
    assert [one["reason"] for one in said["feeding_oppositions"]] == ["litige"]
    assert [one["kind"] for one in said["delegations"]] == ["caregiver"]
    assert said["emergencies"] == []


def test_they_are_erased_with_the_record(world: World) -> None:
    settled(world, World().patient)
    invitation = access.invite(actor=world.patient, domain="fr", scope="read")
    assert isinstance(invitation, access.Invitation)
    tables = set(erasure.tables(room="access"))
    assert {f"access_{name}" for name in (*TABLES, "invitation", "emergency", "consent")} <= tables
    erasure.erase_rows([world.record_id], kept=("journal_entry",))
    assert not any(kept(world.record_id).values())
    assert database.rows("SELECT 1 FROM access_invitation WHERE record_id = %s", (world.record_id,)) == []
