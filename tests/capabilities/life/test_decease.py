"""After a death: it is declared at the desk, nobody acts for the person any more, heirs read for what they need."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.access.api import HeirPurpose
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.life import api as life
from carnet.wire.xds.model import Code, Status
from tests.capabilities.world import CLERK, OTHER, World, rules_of

LOINC = "2.16.840.1.113883.6.1"
DAY = date(2024, 3, 14)
REFERENT = replace(CLERK, person="3330000001/I1", name="Cellule d'identitovigilance")
OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator", name="operator", proof="process")


@pytest.fixture
def world(db: None) -> World:
    """A fresh record, in a transaction that ends with the test; somebody is entrusted with identity-vigilance."""
    identity.appoint_referent(actor=OPERATOR, person=REFERENT.person, structure=REFERENT.structure)
    return World()


def declared(world: World, on: date = DAY, *, actor: Actor = CLERK) -> life.Deceased | Refusal:
    return life.declare_death(actor=actor, domain="fr", patient_id=world.cx, on=on)


def invited(world: World, purpose: HeirPurpose, until: datetime | None = None) -> access.Invitation | Refusal:
    return life.invite_heir(actor=REFERENT, domain="fr", patient_id=world.cx, purpose=purpose, until=until)


def heir(world: World, purpose: HeirPurpose) -> Actor:
    """Somebody without a record whom the desk let in."""
    made = invited(world, purpose)
    assert isinstance(made, access.Invitation), made
    invitation = access.known_invitation(actor=access.NOBODY, code=made.code)
    assert isinstance(invitation, str)
    login = directory.draw_login(actor=access.NOBODY)
    entered = access.enter_by_invitation(actor=access.NOBODY, invitation=invitation, login=login, name="Lou EXEMPLE")
    assert isinstance(entered, access.Controlled), entered
    found = directory.actor_of_delegate(login=login, record_id=world.record_id, proof="password")
    assert found is not None
    return found


def titles(actor: Actor) -> set[str] | list[str]:
    """What somebody finds in the record that they act in; the rules of a refusal."""
    answer = documents.find(
        actor=actor, domain="fr", patient_id="", query=documents.DocumentQuery(statuses=(Status.APPROVED,))
    )
    return rules_of(answer) if isinstance(answer, Refusal) else {entry.title for entry in answer.entries}


def test_a_death_ends_every_account_in_the_record(world: World) -> None:
    helper = World().patient
    code = access.invite(actor=world.patient, domain="fr", scope="manage")
    assert isinstance(code, access.Invitation)
    access.accept(actor=helper, code=code.code)
    acting = replace(helper, kind=ActorKind.DELEGATE, record_id=world.record_id)
    assert declared(world) == life.Deceased(record_id=world.record_id, on=DAY)
    assert titles(world.patient) == ["deceased-own-account"]
    assert titles(acting) == ["delegation-ended-by-death"]
    patient = identity.patient_of(actor=CLERK, record_id=world.record_id)
    assert patient is not None
    assert patient.deceased_on == DAY


def test_who_was_declared_dead_is_written_to(world: World) -> None:
    access.choose(actor=world.patient, domain="fr", email="jean@exemple.fr", notify_document=False)
    declared(world)
    query = "SELECT rule, detail FROM journal_entry WHERE record_id = %s AND action = 'mail.send'"
    assert database.rows(query, (world.record_id,)) == [("notice-decease", "la personne")]
    assert database.rows("SELECT count(*) FROM kernel_mail") == [(1,)]


def test_a_death_that_was_declared_wrongly_is_taken_back(world: World) -> None:
    assert rules_of(life.take_death_back(actor=CLERK, domain="fr", patient_id=world.cx)) == ["decease-none"]
    declared(world)
    entered = heir(world, HeirPurpose.RIGHTS)
    assert life.take_death_back(actor=CLERK, domain="fr", patient_id=world.cx) == life.Deceased(
        record_id=world.record_id, on=None
    )
    assert titles(world.patient) == set()
    assert titles(entered) == ["delegation-missing"]
    assert access.delegations_held(actor=replace(entered, record_id=None)) == []


@pytest.mark.parametrize(
    ("on", "rule"),
    [(date(1900, 1, 1), "decease-date"), (clock.now().date() + timedelta(days=2), "decease-date")],
    ids=["before-birth", "to-come"],
)
def test_a_death_has_a_day_that_can_be(world: World, on: date, rule: str) -> None:
    assert rules_of(declared(world, on)) == [rule]


def test_a_death_is_declared_once_and_by_the_care_team(world: World) -> None:
    for nobody in (OTHER, world.patient):
        assert isinstance(declared(world, actor=nobody), Refusal)
    assert isinstance(declared(world), life.Deceased)
    assert rules_of(declared(world)) == ["decease-known"]


def test_heirs_read_what_their_purpose_needs_and_nothing_that_was_masked(world: World) -> None:
    report, directives = Code("11502-2", LOINC, "11502-2"), Code("75496-0", LOINC, "75496-0")
    for title, code, masks in (("lu", report, ()), ("masqué", report, ("MASQUE_PS",)), ("autre", directives, ())):
        entry = world.masked(*masks, title=title, type_code=code)
        assert not isinstance(world.provide(world.submission(entry)), Refusal)
    declared(world)
    seen = {purpose: titles(heir(world, purpose)) for purpose in HeirPurpose}
    assert seen == {
        HeirPurpose.CAUSES_OF_DEATH: {"lu", "autre"},
        HeirPurpose.MEMORY: {"lu"},
        HeirPurpose.RIGHTS: {"lu"},
    }


def test_the_person_refused_their_heirs_when_they_lived(world: World) -> None:
    assert isinstance(access.choose(actor=world.patient, domain="fr", heirs=False), access.Controlled)
    declared(world)
    assert rules_of(invited(world, HeirPurpose.RIGHTS)) == ["heir-opposed"]


def test_an_heir_only_reads(world: World) -> None:
    declared(world)
    entered = heir(world, HeirPurpose.MEMORY)
    assert rules_of(access.invite(actor=entered, domain="fr", scope="read")) == ["heir-reads-only"]


def test_a_clerk_alone_lets_no_heir_in(world: World) -> None:
    declared(world)
    answer = life.invite_heir(actor=CLERK, domain="fr", patient_id=world.cx, purpose=HeirPurpose.RIGHTS)
    assert rules_of(answer) == ["merge-actor"]


def test_nobody_inherits_from_the_living(world: World) -> None:
    assert rules_of(invited(world, HeirPurpose.RIGHTS)) == ["heir-of-the-living"]
    declared(world)
    past = clock.now() - timedelta(days=1)
    assert rules_of(invited(world, HeirPurpose.RIGHTS, past)) == ["until-past"]


def test_a_parent_of_the_deceased_becomes_an_heir(world: World) -> None:
    relative = World().patient
    code = access.invite(actor=world.patient, domain="fr", scope="manage")
    assert isinstance(code, access.Invitation)
    access.accept(actor=relative, code=code.code)
    declared(world)
    made = invited(world, HeirPurpose.RIGHTS)
    assert isinstance(made, access.Invitation)
    assert isinstance(access.accept(actor=relative, code=made.code), access.Controlled)
    held = [one for one in access.delegations_held(actor=relative) if one.record_id == world.record_id]
    assert [(one.kind, one.purpose, one.scope) for one in held] == [
        (access.DelegateKind.HEIR, "rights", access.Scope.READ)
    ]
