"""One document opened to somebody, or closed to them, by the person who sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional, Structure
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType
from tests.capabilities.world import OTHER, World, rules_of

LOADER = Actor(kind=ActorKind.SYSTEM, person="tests", proof="process")
DOCTOR, PLACE = "899900000045", "1330999012"
DOCTORS = replace(OTHER, person=DOCTOR, structure=PLACE)


@pytest.fixture
def world(db: None) -> World:
    """A fresh record, in a transaction that ends with the test."""
    return World()


@pytest.fixture(autouse=True)
def known(world: World) -> None:
    place = Structure(id=PLACE, name="Cabinet d'essai", sector="SA07", kind="Cabinet")
    assert directory.enrol_structure(actor=LOADER, structure=place) is None
    one = Professional(id=DOCTOR, family="ESSAI", given="Lou", profession="10", structures=(PLACE,))
    assert directory.enrol_professional(actor=LOADER, professional=one) is None
    world.authorise(DOCTORS)


def on(world: World, entry_uuid: str) -> list[tuple[str, str]]:
    found = documents.permissions_on(actor=world.patient, domain="fr", entry_uuid=entry_uuid)
    return [(one.grantee, one.effect) for one in found]


def test_a_permission_is_of_the_whole_lineage_and_can_be_taken_back(world: World) -> None:
    first = world.fed()
    own = {"actor": world.patient, "domain": "fr", "grantee": "p:" + DOCTOR}
    shared = documents.close_to(entry_uuid=first.entry_uuid, **own)
    assert isinstance(shared, documents.Shared), shared
    replacement = world.submission(
        world.entry("next"), relations=(("next", AssociationType.REPLACE, first.entry_uuid),)
    )
    answer = world.provide(replacement)
    second = answer.submission.entries[0]
    assert on(world, second.entry_uuid) == on(world, first.entry_uuid) == [("p:" + DOCTOR, "denied")]
    until = clock.now() + timedelta(days=7)
    assert isinstance(documents.open_to(entry_uuid=second.logical_id, until=until, **own), documents.Shared)
    assert on(world, first.entry_uuid) == [("p:" + DOCTOR, "granted")]
    assert isinstance(documents.leave_to_rules(entry_uuid=first.entry_uuid, **own), documents.Shared)
    assert on(world, first.entry_uuid) == []
    assert rules_of(documents.leave_to_rules(entry_uuid=first.entry_uuid, **own)) == ["permission-none"]
    traces = database.rows(
        "SELECT action, detail, subjects FROM journal_entry WHERE record_id = %s AND action LIKE 'document.%%-to'"
        " AND outcome = 'done' ORDER BY at",
        (world.record_id,),
    )
    assert [(action, detail) for action, detail, _ in traces] == [
        ("document.close-to", "Lou ESSAI"),
        ("document.open-to", "Lou ESSAI"),
    ]
    assert all(len(subjects) == 1 for _, _, subjects in traces)


def test_a_document_that_waits_to_be_announced_is_answered_like_an_unknown_one(world: World) -> None:
    hidden = world.fed("INVISIBLE_PATIENT")
    own = {"actor": world.patient, "domain": "fr", "grantee": "p:" + DOCTOR}
    unknown = "urn:uuid:00000000-0000-8000-8000-000000000000"
    answers = [documents.close_to(entry_uuid=one, **own) for one in (hidden.entry_uuid, unknown, "nothing")]
    assert answers[0] == answers[1] == answers[2]
    assert rules_of(answers[0]) == ["document-unknown"]
    assert on(world, hidden.entry_uuid) == []


def test_another_records_document_is_unknown(world: World) -> None:
    theirs = World().fed()
    answer = documents.open_to(actor=world.patient, domain="fr", entry_uuid=theirs.entry_uuid, grantee="p:" + DOCTOR)
    assert rules_of(answer) == ["document-unknown"]


def test_its_author_keeps_it(world: World) -> None:
    entry = world.fed(actor=DOCTORS)
    for grantee in ("p:" + DOCTOR, "s:" + PLACE):
        answer = documents.close_to(actor=world.patient, domain="fr", entry_uuid=entry.entry_uuid, grantee=grantee)
        assert rules_of(answer) == ["author-keeps"]


def test_what_else_is_refused(world: World) -> None:
    entry = world.fed()
    about = {"actor": world.patient, "domain": "fr", "entry_uuid": entry.entry_uuid}
    assert rules_of(documents.open_to(grantee="p:899900000999", **about)) == ["grantee-unknown"]
    over = documents.open_to(grantee="p:" + DOCTOR, until=clock.now() - timedelta(days=1), **about)
    assert rules_of(over) == ["until-past"]
    assert documents.permissions_on(actor=DOCTORS, domain="fr", entry_uuid=entry.entry_uuid) == ()
