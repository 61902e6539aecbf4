"""What a person set in two records of theirs: together after a merge, each its own after they part; copied; erased."""

from __future__ import annotations

import pytest

from carnet.kernel import database, erasure
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional, Structure
from carnet.record.documents import api as documents
from carnet.record.life import api as life
from carnet.wire.xds.model import DocumentEntry
from tests.capabilities.life.test_export import copy, read
from tests.capabilities.world import World

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
