"""Identifiers that come and go, the state of an identity, representatives, look-alikes: through the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.identity import api as identity
from carnet.record.identity import neighbours
from carnet.record.identity.api import Kinship, PatientIdentifier, Proof, Qualification, Representative
from carnet.record.life import api as life
from carnet.record.terminology import api as terminology
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, rules_of

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", proof="process")
TEST = "1.2.250.1.213.1.4.10"
STRANGER = replace(CLERK, structure="1330000002")


def ins(number: str) -> PatientIdentifier:
    return PatientIdentifier(TEST, number + identity.ins_key(number), "NH")


def history(world: World) -> list[tuple[str, bool, str]]:
    found = identity.identifier_history(actor=CLERK, record_id=world.record_id)
    return [(one.identifier.value, one.current, one.reason) for one in found]


def rekey(world: World, to: PatientIdentifier, *, actor: Actor = CLERK, correction: bool = False) -> object:
    return life.rekey(
        actor=actor,
        domain="fr",
        patient_id=world.cx,
        identifier=to,
        qualification=Qualification.QUALIFIED,
        correction=correction,
    )


@pytest.fixture
def waiting(transactional_db: None) -> World:
    """Somebody with a number given while waiting."""
    world = World.__new__(World)
    world.domain = "fr"
    world.identifier = ins("8010799326001")
    world.traits = identity.Traits(
        birth_name="DEMO-OKOUME",
        given_names="AISSATA",
        first_given="AISSATA",
        sex="F",
        birth_date=date(2001, 7, 14),
        birth_place="99326",
    )
    world.cx = identity.format_cx(world.identifier)
    created = world.create()
    assert isinstance(created, access.Created), created
    world.record_id = created.record_id
    return world


def test_a_nia_becomes_a_nir_and_the_documents_follow(waiting: World) -> None:
    fed = waiting.fed()
    definitive = ins("2010799326001")
    answer = rekey(waiting, definitive)
    assert answer == identity.Rekeyed(former=waiting.identifier, current=definitive)
    assert history(waiting) == [(definitive.value, True, "nia-to-nir"), (waiting.identifier.value, False, "registered")]
    for patient_id in (waiting.cx, identity.format_cx(definitive)):
        waiting.cx = patient_id
        (entry,) = waiting.found(AUTHOR).entries
        assert (entry.entry_uuid, entry.patient_id) == (fed.entry_uuid, identity.format_cx(definitive))
    late = waiting.fed()
    assert late.patient_id == identity.format_cx(definitive)


def test_a_definitive_number_is_corrected_by_identity_vigilance_alone(world: World) -> None:
    another = ins("1800275990001")
    assert rules_of(rekey(world, another)) == ["rekey-order"]
    assert rules_of(rekey(world, another, correction=True)) == ["merge-actor"]
    identity.appoint_referent(actor=OPERATOR, person=CLERK.person, structure=CLERK.structure)
    assert isinstance(rekey(world, another, correction=True), identity.Rekeyed)


def test_the_number_of_another_record_is_not_taken(world: World) -> None:
    identity.appoint_referent(actor=OPERATOR, person=CLERK.person, structure=CLERK.structure)
    other = World()
    assert "identifier-taken" in rules_of(rekey(world, other.identifier, correction=True))
    assert history(world) == [(world.identifier.value, True, "registered")]


def test_who_is_not_in_the_care_team_tends_no_identity(world: World) -> None:
    for actor in (STRANGER, OTHER):
        answer = life.add_identifier(
            actor=actor, domain="fr", patient_id=world.cx, identifier=PatientIdentifier("1.2.3.4", "IPP1", "PI")
        )
        assert rules_of(answer) == ["identity-care-team"]
    machine = replace(AUTHOR, kind=ActorKind.STRUCTURE)
    assert rules_of(rekey(world, world.identifier, actor=machine)) == ["identity-actor"]
    assert rules_of(rekey(world, world.identifier, actor=world.patient)) == ["identity-actor"]


def test_a_record_answers_by_several_local_numbers(world: World) -> None:
    fed = world.fed()
    own = world.cx
    for system, value in (("1.2.3.4", "IPP 1"), ("1.2.3.4", "IPP2"), ("1.2.5", "IPP1")):
        local = PatientIdentifier(system, value, "PI")
        added = life.add_identifier(actor=CLERK, domain="fr", patient_id=own, identifier=local)
        assert isinstance(added, life.Identified), added
        world.cx = identity.format_cx(local)
        assert world.cx == f"{value}^^^&{system}&ISO^PI"
        assert world.seen(AUTHOR) == {fed.unique_id}
    assert len(history(world)) == 4
    other = World()
    again = life.add_identifier(
        actor=CLERK, domain="fr", patient_id=other.cx, identifier=PatientIdentifier("1.2.5", "IPP1", "PI")
    )
    assert rules_of(again) == ["identifier-taken"]


@pytest.mark.parametrize(
    ("identifier", "rule"),
    [
        (PatientIdentifier(TEST, "180027500000145", "PI"), "local-system"),
        (PatientIdentifier("1.2.250.1.213.1.4.999.2", "X", "PI"), "local-system"),
        (PatientIdentifier("x", "X", "PI"), "local-system"),
        (PatientIdentifier("1.2.3", " ", "PI"), "local-value"),
        (PatientIdentifier("1.2.3", "X", "NH"), "local-type"),
    ],
)
def test_what_is_no_local_number(world: World, identifier: PatientIdentifier, rule: str) -> None:
    answer = life.add_identifier(actor=CLERK, domain="fr", patient_id=world.cx, identifier=identifier)
    assert rules_of(answer) == [rule]


def nobody(world: World, domain: str, qualification: str) -> access.Created | Refusal:
    return access.create_record(
        actor=CLERK, domain=domain, identifier=None, traits=world.traits, qualification=qualification, consent=True
    )


def test_a_person_without_ins_gets_a_number_and_later_an_ins(world: World) -> None:
    created = nobody(world, "fr", "PROV")
    assert isinstance(created, access.Created), created
    assert created.record_id != world.record_id
    patient = identity.patient_of(actor=CLERK, record_id=created.record_id)
    assert (patient.identifier.system, patient.identifier.type_code) == ("1.2.250.1.213.1.4.999.2", "PI")
    baby = World.__new__(World)
    baby.domain, baby.traits, baby.record_id = "fr", world.traits, created.record_id
    baby.identifier, baby.cx = patient.identifier, identity.format_cx(patient.identifier)
    fed = baby.fed()
    found = ins("1800275990002")
    answer = rekey(baby, found)
    assert isinstance(answer, identity.Rekeyed), answer
    assert [(current, reason) for _, current, reason in history(baby)] == [(True, "ins-found"), (False, "registered")]
    assert baby.seen(AUTHOR) == {fed.unique_id}


def test_nobody_is_qualified_without_an_ins(world: World) -> None:
    for qualification in ("QUAL", "RECUP"):
        assert rules_of(nobody(world, "fr", qualification)) == ["qualification-without-ins"]


def test_an_ins_a_is_drawn_once(world: World) -> None:
    created = nobody(world, "fr-2012", "PROV")
    assert isinstance(created, access.Created), created
    drawn = identity.patient_of(actor=CLERK, record_id=created.record_id).identifier
    assert (drawn.system, drawn.type_code, len(drawn.value)) == (terminology.INS_A, "INS-A", 22)
    carded = identity.calculate_ins_c(given_name="JEAN", birth_date="19800201", nir="1800275000001")
    record = access.create_record(
        actor=CLERK, domain="fr-2012", identifier=carded, traits=world.traits, qualification="PROV", consent=True
    )
    assert isinstance(record, access.Created), record
    issued = [life.issue_ins_a(actor=CLERK, domain="fr-2012", patient_id=identity.format_cx(carded)) for _ in range(2)]
    assert issued[0] == issued[1]
    assert issued[0].identifier != drawn
    elsewhere = life.issue_ins_a(actor=CLERK, domain="fr", patient_id=world.cx)
    assert rules_of(elsewhere) == ["ins-a-domain"]


def test_a_doubt_stops_sharing_under_the_matricule(world: World) -> None:
    def to(state: Qualification, **proof: object) -> object:
        return life.requalify(actor=CLERK, domain="fr", patient_id=world.cx, to=state, proof=Proof(**proof))

    world.fed()
    assert rules_of(to(Qualification.VALIDATED)) == ["qualification-reason"]
    assert isinstance(to(Qualification.VALIDATED, reason="deux personnes sous ce matricule"), life.Qualified)
    assert rules_of(world.provide()) == ["ins-not-qualified"]
    assert rules_of(to(Qualification.QUALIFIED)) == ["qualification-insi"]
    assert isinstance(to(Qualification.PROVISIONAL, reason="pièce fausse"), life.Qualified)
    assert rules_of(to(Qualification.QUALIFIED, insi=True)) == ["qualification-document"]
    paper = identity.IdentityDocument.BIRTH_CERTIFICATE
    assert rules_of(to(Qualification.QUALIFIED, insi=True, document=paper)) == ["qualification-document"]
    paper = identity.IdentityDocument.PASSPORT
    assert isinstance(to(Qualification.QUALIFIED, insi=True, document=paper), life.Qualified)
    world.fed()


def test_representatives_of_a_minor(world: World) -> None:
    parent = World()
    mother = Representative(
        name="Anne DEMO", kind=Kinship.PARENT, quality="mère", since=date(2020, 1, 1), record_id=parent.record_id
    )
    guardian = Representative(name="UDAF", kind=Kinship.GUARDIAN, since=date(2024, 1, 1), until=date(2024, 6, 30))
    for one in (mother, guardian):
        made = life.declare_representative(actor=CLERK, domain="fr", patient_id=world.cx, representative=one)
        assert isinstance(made, life.Declared), made
    found = identity.representatives_of(actor=CLERK, record_id=world.record_id)
    assert found == (
        replace(mother, number=1, declared_in=world.record_id),
        replace(guardian, number=2, declared_in=world.record_id),
    )
    at = identity.representatives_of(actor=CLERK, record_id=world.record_id, at=date(2024, 7, 1))
    assert [one.name for one in at] == ["Anne DEMO"]
    assert identity.end_representation(actor=CLERK, record_id=world.record_id, number=1, until=date(2024, 6, 1))
    assert identity.representatives_of(actor=CLERK, record_id=world.record_id, at=date(2024, 7, 1)) == ()
    foreign = World(domain="ihe")
    for wrong in (
        replace(mother, name=" "),
        replace(mother, until=date(2019, 1, 1)),
        replace(mother, record_id=world.record_id),
        replace(mother, record_id=foreign.record_id),
    ):
        made = life.declare_representative(actor=CLERK, domain="fr", patient_id=world.cx, representative=wrong)
        assert rules_of(made) == ["representative"]


def near(traits: identity.Traits, actor: Actor = CLERK) -> list[str] | list[tuple[str, str, str]]:
    answer = access.near(actor=actor, domain="fr", traits=traits)
    if isinstance(answer, Refusal):
        return [problem.rule for problem in answer.problems]
    return [(one.why, one.name, one.birth_date) for one in answer]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ("same", "FI… JE…", "01/02/1980")),
        ({"birth_name": "Fïc-tif"}, ("same", "FI… JE…", "01/02/1980")),
        ({"birth_name": "JEAN", "first_given": "FICTIF"}, ("inverted-names", "FI… JE…", "01/02/1980")),
        ({"birth_date": date(1980, 1, 2)}, ("day-month", "FI… JE…", "••/••/1980")),
        ({"birth_date": date(1980, 2, 11)}, ("one-digit", "FI… JE…", "••/02/1980")),
        ({"birth_date": date(1986, 2, 1)}, ("one-digit", "FI… JE…", "01/02/••••")),
    ],
)
def test_who_looks_alike_is_told_with_what_was_typed(world: World, changes: dict, told: tuple[str, str, str]) -> None:
    assert near(replace(world.traits, given_names="", **changes)) == [told]


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_name": "FICTI"},
        {"birth_name": "FICTIVE"},
        {"first_given": "JEANNE"},
        {"birth_date": date(1981, 2, 11)},
        {"birth_date": date(1990, 12, 1)},
    ],
)
def test_who_does_not_is_not(world: World, changes: dict) -> None:
    assert near(replace(world.traits, given_names="", **changes)) == []


def test_it_is_no_phone_book(world: World) -> None:
    assert near(world.traits, actor=world.patient) == ["near-actor"]
    assert near(world.traits, actor=replace(AUTHOR, kind=ActorKind.STRUCTURE)) == ["near-actor"]
    assert near(replace(world.traits, birth_date=None)) == ["near-incomplete"]
    assert near(replace(world.traits, first_given=" ")) == ["near-incomplete"]
    for _ in range(neighbours.PER_TEN_MINUTES):
        assert near(world.traits)[0][0] == "same"
    assert near(world.traits) == ["near-too-many"]
    assert near(world.traits, actor=AUTHOR)[0][0] == "same"
    traced = database.row(
        "SELECT count(*) FROM journal_entry WHERE action = 'record.near' AND outcome = 'done' AND record_id = %s",
        (world.record_id,),
    )
    assert traced[0] == neighbours.PER_TEN_MINUTES + 1


def test_who_is_registered_under_this_number_is_not_told_apart(world: World) -> None:
    answer = access.near(actor=CLERK, domain="fr", traits=world.traits, identifier=world.identifier)
    assert answer == ()
