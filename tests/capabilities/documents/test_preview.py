"""A person sees their record as somebody else does: what that one would get, of what the person sees themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional, Structure
from carnet.record.documents import api as documents
from tests.capabilities.world import AUTHOR, OTHER, World, rules_of

LOADER = Actor(kind=ActorKind.SYSTEM, person="tests", proof="process")
DOCTOR, PLACE = "899900000045", "1330999012"
DOCTORS = replace(OTHER, person=DOCTOR, structure=PLACE, name="Dr ESSAI")


@pytest.fixture
def world(db: None) -> World:
    """A fresh record, in a transaction that ends with the test."""
    place = Structure(id=PLACE, name="Cabinet d'essai", sector="SA07", kind="Cabinet")
    assert directory.enrol_structure(actor=LOADER, structure=place) is None
    one = Professional(id=DOCTOR, family="ESSAI", given="Lou", profession="10", structures=(PLACE,))
    assert directory.enrol_professional(actor=LOADER, professional=one) is None
    return World()


def preview(world: World, professional: Actor = DOCTORS, **more: str) -> documents.Preview:
    found = documents.as_seen_by(actor=world.patient, domain="fr", professional=professional, **more)
    assert isinstance(found, documents.Preview), found
    return found


def told(world: World, professional: Actor = DOCTORS) -> dict[str, bool]:
    return {one.entry.unique_id: one.seen for one in preview(world, professional).documents}


def test_it_says_what_the_professional_would_get(world: World) -> None:
    shown, masked, closed, opened = world.fed(), world.fed("MASQUE_PS"), world.fed(), world.fed("MASQUE_PS")
    world.authorise(DOCTORS)
    own = {"actor": world.patient, "domain": "fr", "grantee": "p:" + DOCTOR}
    assert isinstance(documents.close_to(entry_uuid=closed.entry_uuid, **own), documents.Shared)
    assert isinstance(documents.open_to(entry_uuid=opened.entry_uuid, **own), documents.Shared)
    expected = {shown.unique_id: True, masked.unique_id: False, closed.unique_id: False, opened.unique_id: True}
    assert told(world) == expected
    assert {name for name, seen in expected.items() if seen} == world.seen(DOCTORS)
    # Its author keeps all of them.
    assert all(told(world, AUTHOR).values())
    assert world.seen(AUTHOR) == set(expected)


def test_a_refused_list_is_said_and_what_they_deposited_is_shown(world: World) -> None:
    mine = world.fed(actor=DOCTORS)
    other = world.fed()
    found = preview(world)
    assert found.refused is not None
    assert found.refused.rule == "authorisation-missing"
    assert told(world) == {mine.unique_id: True, other.unique_id: False}


def test_nothing_is_told_of_what_waits_to_be_announced(world: World) -> None:
    hidden = world.fed("INVISIBLE_PATIENT")
    world.authorise(DOCTORS)
    assert world.seen(DOCTORS) == {hidden.unique_id}
    assert told(world) == {}
    assert preview(world, entry_uuid=hidden.entry_uuid).documents == ()


def test_one_document_is_looked_at_alone(world: World) -> None:
    first, _ = world.fed(), world.fed()
    assert [one.entry.unique_id for one in preview(world, entry_uuid=first.entry_uuid).documents] == [first.unique_id]
    assert preview(world, entry_uuid="nothing").documents == ()


def test_it_is_the_persons_and_leaves_a_trace(world: World) -> None:
    world.fed()
    for actor in (AUTHOR, World().patient):
        found = documents.as_seen_by(actor=actor, domain="fr", professional=DOCTORS)
        # A professional is in no record of their own; somebody else looks at their own, empty one.
        assert isinstance(found, Refusal) or found.documents == ()
    assert rules_of(documents.as_seen_by(actor=AUTHOR, domain="fr", professional=DOCTORS))
    preview(world)
    traces = database.rows(
        "SELECT detail FROM journal_entry WHERE record_id = %s AND action = 'access.preview'", (world.record_id,)
    )
    assert traces == [("Dr ESSAI",)]
    assert isinstance(access.block(actor=world.patient, domain="fr", person=DOCTOR), access.Controlled)
    assert not any(told(world).values())
