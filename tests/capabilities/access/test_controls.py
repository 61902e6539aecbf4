"""What a person sets in their own record: who is in, who is out, choices, oppositions; and who may not set it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional, Structure
from carnet.record.documents import api as documents
from tests.capabilities.world import AUTHOR, CLERK, HOSPITAL, OTHER, PRACTICE, World, rules_of

LOADER = Actor(kind=ActorKind.SYSTEM, person="tests", proof="process")
DOCTOR, NURSE = "899900000045", "899900000029"
OTHERS = replace(OTHER, person=DOCTOR, structure=PRACTICE)


@pytest.fixture
def world(db: None) -> World:
    """A fresh record, in a transaction that ends with the test."""
    return World()


@pytest.fixture(autouse=True)
def known(db: None) -> None:
    """A physician and a nurse whom a person can find."""
    practice = "1330999012"
    place = Structure(id=practice, name="Cabinet d'essai", sector="SA07", kind="Cabinet")
    assert directory.enrol_structure(actor=LOADER, structure=place) is None
    for person, profession in ((DOCTOR, "10"), (NURSE, "60")):
        one = Professional(id=person, family="ESSAI", given="Lou", profession=profession, structures=(practice,))
        assert directory.enrol_professional(actor=LOADER, professional=one) is None


def searches(world: World, actor: Actor) -> str:
    found = world.found(actor)
    return found.rule if isinstance(found, Refusal) else "found"


def journal(world: World) -> list[tuple[str, str, str, str]]:
    return database.rows(
        "SELECT action, outcome, rule, detail FROM journal_entry WHERE record_id = %s ORDER BY at DESC",
        (world.record_id,),
    )


def events(world: World) -> list[str]:
    found = database.rows("SELECT kind FROM kernel_outbox WHERE record_id = %s ORDER BY id", (world.record_id,))
    return [kind for (kind,) in found]


def controls(world: World) -> access.Controls:
    found = access.controls_of(actor=world.patient, domain="fr")
    assert isinstance(found, access.Controls), found
    return found


def test_a_person_lets_in_ends_blocks_and_unblocks(world: World) -> None:
    world.fed()
    assert searches(world, OTHERS) == "authorisation-missing"
    own = {"actor": world.patient, "domain": "fr"}
    assert isinstance(access.allow(grantee="p:" + DOCTOR, **own), access.Controlled)
    assert searches(world, OTHERS) == "found"
    assert isinstance(access.end(grantee="p:" + DOCTOR, **own), access.Controlled)
    assert searches(world, OTHERS) == "authorisation-expired"
    assert isinstance(access.block(person=DOCTOR, **own), access.Controlled)
    assert searches(world, OTHERS) == "professional-blocked"
    assert rules_of(access.authorise(actor=OTHERS, domain="fr", patient_id=world.cx)) == ["professional-blocked"]
    assert isinstance(access.unblock(person=DOCTOR, **own), access.Controlled)
    assert searches(world, OTHERS) == "authorisation-expired"
    world.authorise(OTHERS)
    assert searches(world, OTHERS) == "found"
    assert [line[0] for line in journal(world) if line[0].startswith("access.")] == [
        "access.unblock",
        "access.block",
        "access.end",
        "access.allow",
    ]
    assert all(line[3] == "Lou ESSAI" for line in journal(world) if line[0].startswith("access."))
    assert events(world).count("access.changed") == 4


def test_an_authorisation_ends_by_itself(world: World) -> None:
    world.fed()
    until = clock.now() + timedelta(hours=1)
    allowed = access.allow(actor=world.patient, domain="fr", grantee="p:" + DOCTOR, until=until)
    assert isinstance(allowed, access.Controlled)
    assert searches(world, OTHERS) == "found"
    past = "UPDATE access_authorisation SET until = now() - interval '1 s' WHERE record_id = %s AND grantee = %s"
    database.execute(past, (world.record_id, "p:" + DOCTOR))
    assert searches(world, OTHERS) == "authorisation-expired"
    over = access.allow(actor=world.patient, domain="fr", grantee="p:" + DOCTOR, until=clock.now() - timedelta(days=1))
    assert rules_of(over) == ["until-past"]


def test_a_structure_is_let_in_as_one(world: World) -> None:
    world.fed()
    mine = replace(OTHER, structure="1330999012")
    assert isinstance(access.allow(actor=world.patient, domain="fr", grantee="s:1330999012"), access.Controlled)
    assert searches(world, mine) == "found"
    assert searches(world, OTHER) == "authorisation-missing"
    assert isinstance(access.end(actor=world.patient, domain="fr", grantee="s:1330999012"), access.Controlled)
    assert searches(world, mine) == "authorisation-expired"


def test_ending_the_care_team_of_the_hospital_shuts_its_people_out_but_for_what_they_wrote(world: World) -> None:
    mine = world.fed()
    world.fed(actor=replace(AUTHOR, person="899900000033", structure="1330000003"))
    assert len(world.seen(AUTHOR)) == 2
    assert isinstance(access.end(actor=world.patient, domain="fr", grantee="s:" + HOSPITAL), access.Controlled)
    assert searches(world, AUTHOR) == "authorisation-expired"
    assert world.read(AUTHOR, mine.unique_id) == b"<ClinicalDocument/>"


def test_a_person_has_one_treating_physician(world: World) -> None:
    world.authorise(OTHER, treating=True)
    masked = world.fed("MASQUE_PS")
    assert world.seen(OTHER) == {masked.unique_id}
    world.authorise(OTHERS, treating=True)
    assert [one.identifier for one in controls(world).grantees if one.treating] == [DOCTOR]
    access.name_treating(actor=world.patient, domain="fr", person=DOCTOR)
    assert world.seen(OTHERS) == {masked.unique_id}
    assert world.seen(OTHER) == set()
    assert [one.identifier for one in controls(world).grantees if one.treating] == [DOCTOR]
    assert isinstance(access.end_treating(actor=world.patient, domain="fr", person=DOCTOR), access.Controlled)
    assert world.seen(OTHERS) == set()
    assert rules_of(access.end_treating(actor=world.patient, domain="fr", person=DOCTOR)) == ["grant-none"]
    assert rules_of(access.name_treating(actor=world.patient, domain="fr", person=NURSE)) == ["treating-physician-only"]


def test_who_was_treating_and_was_ended_does_not_come_back_as_such(world: World) -> None:
    masked = world.fed("MASQUE_PS")
    access.name_treating(actor=world.patient, domain="fr", person=DOCTOR)
    assert world.seen(OTHERS) == {masked.unique_id}
    access.end(actor=world.patient, domain="fr", grantee="p:" + DOCTOR)
    world.authorise(OTHERS)
    assert world.seen(OTHERS) == set()


def test_choices_have_defaults_and_change_one_by_one(world: World) -> None:
    assert controls(world).choices == access.PersonChoices()
    choose = partial(access.choose, actor=world.patient, domain="fr")
    assert isinstance(choose(break_glass=False), access.Controlled)
    assert isinstance(choose(emergency_masked=True, email="jean@example.org"), access.Controlled)
    assert controls(world).choices == access.PersonChoices(
        break_glass=False, emergency_masked=True, email="jean@example.org"
    )
    assert rules_of(choose(regulation=False)) == ["masked-alone"]
    assert isinstance(choose(regulation=False, emergency_masked=False), access.Controlled)
    details = [
        detail for action, outcome, _, detail in journal(world) if (action, outcome) == ("access.choose", "done")
    ]
    assert details[1] == "documents masqués en urgence : oui, adresse des messages : changée"
    assert not any("jean@" in detail for detail in details)


@pytest.mark.parametrize("email", ["jean", "a@b c", "a@b\nBcc: c@d", "@b", "a@", "x" * 65 + "@b.fr", "a@" + "b" * 260])
def test_a_mailbox_is_one_mailbox(world: World, email: str) -> None:
    assert rules_of(access.choose(actor=world.patient, domain="fr", email=email)) == ["email-form"]


def test_an_opposition_to_feeding_has_its_reason(world: World) -> None:
    oppose = partial(access.oppose_feeding, actor=world.patient, domain="fr")
    assert rules_of(oppose(reason="  ")) == ["opposition-reason"]
    assert isinstance(oppose(reason="Mon conjoint y travaille.", grantee="s:1330999012"), access.Controlled)
    (kept,) = controls(world).oppositions
    assert (kept.grantee, kept.reason) == ("s:1330999012", "Mon conjoint y travaille.")
    # The reason is the person's: the journal says that there is one.
    assert not any("conjoint" in line[3] for line in journal(world))
    lift = partial(access.accept_feeding, actor=world.patient, domain="fr")
    assert isinstance(lift(grantee="s:1330999012"), access.Controlled)
    assert controls(world).oppositions == ()
    assert rules_of(lift(grantee="s:1330999012")) == ["opposition-none"]


def test_nobody_is_let_in_whom_the_directory_does_not_know(world: World) -> None:
    for name in ("p:899900000999", "s:1999999999", "x:1", "", DOCTOR):
        assert rules_of(access.allow(actor=world.patient, domain="fr", grantee=name)) == ["grantee-unknown"]
    assert rules_of(access.block(actor=world.patient, domain="fr", person="1")) == ["grantee-unknown"]


def everything(world: World, actor: Actor) -> dict[str, Callable[[], object]]:
    """Every control, asked by somebody about the record by its CX."""
    about = {"actor": actor, "domain": "fr", "patient_id": world.cx}
    document = about | {"entry_uuid": world.fed().entry_uuid, "grantee": "p:" + DOCTOR}
    return {
        "block": partial(access.block, person=DOCTOR, **about),
        "unblock": partial(access.unblock, person=DOCTOR, **about),
        "allow": partial(access.allow, grantee="p:" + actor.person, **about),
        "end": partial(access.end, grantee="s:" + HOSPITAL, **about),
        "name_treating": partial(access.name_treating, person=actor.person, **about),
        "end_treating": partial(access.end_treating, person=DOCTOR, **about),
        "choose": partial(access.choose, emergency_masked=True, **about),
        "oppose_feeding": partial(access.oppose_feeding, reason="parce que", **about),
        "accept_feeding": partial(access.accept_feeding, **about),
        "invite": partial(access.invite, scope="manage", **about),
        "end_delegation": partial(access.end_delegation, holder="patient:1", **about),
        "cancel_invitations": partial(access.cancel_invitations, **about),
        "delegates": partial(access.delegates, **about),
        "controls_of": partial(access.controls_of, **about),
        "open_to": partial(documents.open_to, **document),
        "close_to": partial(documents.close_to, **document),
        "leave_to_rules": partial(documents.leave_to_rules, **document),
    }


@pytest.mark.parametrize("who", ["author", "treating", "clerk", "structure", "system", "somebody else"])
def test_nobody_else_sets_a_persons_controls(world: World, who: str) -> None:
    actor = {
        "author": AUTHOR,
        "treating": OTHER,
        "clerk": CLERK,
        "structure": replace(AUTHOR, kind=ActorKind.STRUCTURE, person="machine"),
        "system": LOADER,
        "somebody else": World().patient,
    }[who]
    world.authorise(OTHER, treating=True)
    for name, ask in everything(world, actor).items():
        before = _rows(world)
        answer = ask()
        assert isinstance(answer, Refusal), name
        assert _rows(world) == before, name
        assert journal(world)[0][1] == "refused", name


def _rows(world: World) -> list[object]:
    tables = ("authorisation", "choice", "document_permission", "delegation", "invitation", "feeding_opposition")
    return [database.rows(f"SELECT * FROM access_{one} WHERE record_id = %s", (world.record_id,)) for one in tables]  # noqa: S608


def test_an_opposition_holds_for_whom_it_names(world: World) -> None:
    elsewhere = replace(AUTHOR, person=DOCTOR, structure="1330999012")
    oppose = access.oppose_feeding(actor=world.patient, domain="fr", reason="litige", grantee="s:1330999012")
    assert isinstance(oppose, access.Controlled)
    assert rules_of(world.provide(actor=elsewhere)) == ["feeding-opposed"]
    assert isinstance(world.provide(actor=AUTHOR), documents.Provided)
    assert isinstance(access.oppose_feeding(actor=world.patient, domain="fr", reason="litige"), access.Controlled)
    assert rules_of(world.provide(actor=AUTHOR)) == ["feeding-opposed"]
    for grantee in ("", "s:1330999012"):
        access.accept_feeding(actor=world.patient, domain="fr", grantee=grantee)
    assert isinstance(world.provide(actor=elsewhere), documents.Provided)
