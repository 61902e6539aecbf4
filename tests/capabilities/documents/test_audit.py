"""Who reads which traces by a machine: the person, the médecin traitant, everybody else (A2, guide DMP Historique)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.journal import api as journal
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, rules_of


def read(world: World, actor: Actor, patient_id: str | None = None) -> list[tuple[str, str]]:
    cx = world.cx if patient_id is None else patient_id
    found = documents.audit(actor=actor, domain="fr", patient_id=cx)
    assert isinstance(found, documents.Audit), found
    assert found.identifier == world.identifier
    return [(one.person, one.action) for one in found.traces if one.action != "journal.read"]


def test_each_reads_what_is_theirs(world: World) -> None:
    treating = replace(OTHER, person="899900000077", name="DR TRAITANT")
    secret = replace(AUTHOR, secret=True)
    world.fed()
    world.fed("INVISIBLE_PATIENT")
    world.found(OTHER)
    world.found(secret)
    world.authorise(treating, treating=True)
    assert {person for person, _ in read(world, AUTHOR)} == {AUTHOR.person}
    assert read(world, OTHER) == [(OTHER.person, "document.list")]
    everybody = {person for person, _ in read(world, treating)}
    assert {AUTHOR.person, OTHER.person, treating.person} <= everybody
    assert sum(act == "document.provide" for _, act in read(world, treating)) == 2
    own = read(world, world.patient, "")
    assert sum(act == "document.provide" for _, act in own) == 1, "what waits to be announced is not told"
    assert (OTHER.person, "document.list") in own
    # A secret connection is told to its author and to the person.
    assert sum(one == (AUTHOR.person, "document.list") for one in own) == 1
    assert sum(one == (AUTHOR.person, "document.list") for one in read(world, AUTHOR)) == 1
    assert not any(one == (AUTHOR.person, "document.list") for one in read(world, treating))


def test_nobody_reads_of_a_record_that_does_not_exist(world: World) -> None:
    answer = documents.audit(actor=OTHER, domain="fr", patient_id="1^^^&1.2.250.1.213.1.4.10&ISO^NH")
    assert isinstance(answer, Refusal)
    assert rules_of(answer) == ["patient-unknown"]
    stranger = World()
    answer = documents.audit(actor=stranger.patient, domain="fr", patient_id=world.cx)
    assert isinstance(answer, Refusal)


def test_an_officer_reads_who_did_what_and_no_document(world: World) -> None:
    officer = replace(CLERK, person="3330000001/DPO", name="DPO")
    fed = world.fed()
    world.found(OTHER)
    assert read(world, officer) == [], "nobody yet: their own traces, of which there is none"
    operator = replace(CLERK, person="carnet-test")
    access.appoint_officer(actor=operator, person=officer.person, structure=officer.structure)
    found = documents.audit(actor=officer, domain="fr", patient_id=world.cx)
    assert isinstance(found, documents.Audit)
    people = {(one.person, one.structure) for one in found.traces}
    assert (AUTHOR.person, AUTHOR.structure) in people
    assert {structure for _, structure in people} == {officer.structure}, "the people of their structure"
    assert not any(one.subjects for one in found.traces)
    by_name = journal.Filter(subjects=[UUID(fed.entry_uuid.removeprefix("urn:uuid:"))])
    searched = documents.audit(actor=officer, domain="fr", patient_id=world.cx, asked=by_name)
    assert isinstance(searched, documents.Audit)
    assert searched.traces == (), "nor is a document found by its name"
    access.appoint_officer(actor=operator, person=officer.person, structure=officer.structure, everywhere=True)
    assert OTHER.person in {person for person, _ in read(world, officer)}
    own = documents.audit(actor=world.patient, domain="fr", patient_id="")
    assert isinstance(own, documents.Audit)
    assert any((one.person, one.rule) == (officer.person, "officer") for one in own.traces), "the person sees that"


def test_filters_find_what_is_told_and_nothing_withheld(world: World) -> None:
    fed, hidden = world.fed(), world.fed("INVISIBLE_PATIENT")
    world.found(OTHER)

    def found(**asked: object) -> set[str]:
        answer = documents.audit(
            actor=world.patient,
            domain="fr",
            patient_id="",
            asked=journal.Filter(**asked),  # type: ignore[arg-type]
        )
        assert isinstance(answer, documents.Audit)
        return {f"{one.action} {one.person}" for one in answer.traces}

    assert found(people=[OTHER.person], actions=["document.list"]) == {f"document.list {OTHER.person}"}
    assert found(people=[OTHER.structure], outcomes=["refused"], actions=["document.list"]) == {
        f"document.list {OTHER.person}"
    }
    assert found(actions=[]) == set()
    assert found(subjects=[UUID(fed.entry_uuid.removeprefix("urn:uuid:"))]) == {f"document.provide {AUTHOR.person}"}
    assert found(subjects=[UUID(hidden.entry_uuid.removeprefix("urn:uuid:"))]) == set()
