"""A person looks a professional up by name."""

from __future__ import annotations

import pytest

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.directory import api
from carnet.record.directory.api import Professional

LOADER = Actor(kind=ActorKind.SYSTEM, person="tests", proof="process")
PATIENT = Actor(kind=ActorKind.PATIENT, person="patient:7", proof="password+totp", record_id=7)
LIEGE = Professional(id="899900000052", family="LIÈGE", given="Hélène", profession="10", title="Dr")
TOUR = Professional(id="899900000060", family="DE LA TOUR", given="Jean", profession="60")
BLOCKED = Professional(id="899900000078", family="LIEGEOIS", given="Paul", profession="10", blocked=True)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def known() -> None:
    for one in (LIEGE, TOUR, BLOCKED):
        assert api.enrol_professional(actor=LOADER, professional=one) is None


def named(words: str) -> list[str]:
    return [one.id for one in api.professionals_named(actor=PATIENT, words=words)]


@pytest.mark.parametrize("words", ["liège", "LIEGE", " lie ", "Liège hél", "liege Helene"])
def test_capitals_and_accents_do_not_matter(words: str) -> None:
    assert named(words) == [LIEGE.id]


@pytest.mark.parametrize("words", ["de la tour", "de la", "De La Tour Jean", "de la tour j"])
def test_a_family_name_may_have_several_words(words: str) -> None:
    assert named(words) == [TOUR.id]


@pytest.mark.parametrize("words", ["", "l", "%", "%%", "_i", "liegeois", "liege paul", "jean"])
def test_nobody_is_found_otherwise(words: str) -> None:
    assert named(words) == []
