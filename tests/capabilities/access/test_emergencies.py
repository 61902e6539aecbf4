"""Entering in an emergency: its facts, its refusals, its end; who is told and what of; who reviews it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

import pytest

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.access import listeners
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional, Structure
from carnet.record.documents import listeners as document_listeners
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, rules_of

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", proof="process")
DOCTOR, REGULATOR, TREATING = "899900000045", "899900000052", "899900000060"
PLACE, SAMU = "1330999012", "1330999020"
STRANGER = replace(OTHER, person=DOCTOR, structure=PLACE, proof="password+totp")
AT_SAMU = replace(OTHER, person=REGULATOR, structure=SAMU, proof="password+totp")
ASSERTED = replace(STRANGER, proof="vihf", purpose=Purpose.BREAK_GLASS)
OFFICER = replace(CLERK, person="3330000001/D1", name="Déléguée à la protection des données")


@pytest.fixture
def world(db: None) -> World:
    """A fresh record, in a transaction that ends with the test; a hospital, a SAMU, three physicians."""
    places = (
        Structure(id=PLACE, name="Cabinet d'essai", sector="SA07", kind="Cabinet"),
        Structure(id=SAMU, name="SAMU d'essai", sector="SA01", kind="SAMU"),
    )
    for place in places:
        assert directory.enrol_structure(actor=OPERATOR, structure=place) is None
    for person, family in ((DOCTOR, "URGENTISTE"), (REGULATOR, "REGULATEUR"), (TREATING, "TRAITANT")):
        one = Professional(
            id=person,
            family=family,
            given="Lou",
            profession="10",
            structures=(SAMU if person == REGULATOR else PLACE,),
            email=f"{family.lower()}@mss.example",
        )
        assert directory.enrol_professional(actor=OPERATOR, professional=one) is None
    made = World()
    made.fed()
    return made


def enter(world: World, actor: Actor = STRANGER, **more: object) -> object:
    said = {"purpose": Purpose.BREAK_GLASS, "unable": True, "danger": True, "reason": "unconscious"} | more
    return access.enter_in_emergency(actor=actor, domain="fr", patient_id=world.cx, **said)


def searches(world: World, actor: Actor = STRANGER) -> str:
    found = world.found(actor)
    return found.rule if isinstance(found, Refusal) else "found"


def entrances(world: World) -> list[tuple[object, ...]]:
    return database.rows(
        "SELECT id, person, purpose, unable, danger, reason FROM access_emergency WHERE record_id = %s",
        (world.record_id,),
    )


def mails() -> int:
    return database.rows("SELECT count(*) FROM kernel_mail")[0][0]


def test_two_facts_and_a_reason_open_the_record_for_a_while(world: World) -> None:
    assert searches(world) == "authorisation-missing"
    answer = enter(world)
    assert isinstance(answer, access.Entered), answer
    assert searches(world) == "found"
    assert access.emergency_until(actor=STRANGER, record_id=world.record_id) == answer.until
    trace = database.rows(
        "SELECT purpose, detail FROM journal_entry WHERE record_id = %s AND action = 'emergency.enter'",
        (world.record_id,),
    )
    assert trace == [("bris_de_glace", "Perte de connaissance ou coma")]
    database.execute("UPDATE access_emergency SET until = now() - interval '1 s'")
    assert searches(world) == "authorisation-missing"
    assert access.emergency_until(actor=STRANGER, record_id=world.record_id) is None


def test_it_opens_nothing_to_a_colleague(world: World) -> None:
    enter(world)
    assert searches(world, replace(STRANGER, person=TREATING)) == "authorisation-missing"


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"unable": False}, "emergency-facts"),
        ({"danger": False}, "emergency-facts"),
        ({"reason": "curiosity"}, "emergency-reason"),
        ({"reason": "assertion"}, "emergency-reason"),
        ({"reason": "other"}, "emergency-detail"),
        ({"detail": "x" * 501}, "emergency-detail"),
    ],
)
def test_what_is_not_stated_opens_nothing(world: World, said: dict[str, object], rule: str) -> None:
    assert rules_of(enter(world, **said)) == [rule]
    assert entrances(world) == []
    assert searches(world) == "authorisation-missing"


def test_who_is_blocked_never_enters(world: World) -> None:
    access.block(actor=world.patient, domain="fr", person=DOCTOR)
    assert rules_of(enter(world)) == ["professional-blocked"]
    assert searches(world, ASSERTED) == "professional-blocked"
    access.unblock(actor=world.patient, domain="fr", person=DOCTOR)
    assert isinstance(enter(world), access.Entered)
    access.block(actor=world.patient, domain="fr", person=DOCTOR)
    # A block ends an entrance that was begun.
    assert searches(world) == "professional-blocked"
    assert len(entrances(world)) == 1


def test_nobody_enters_against_the_persons_choice(world: World) -> None:
    access.choose(actor=world.patient, domain="fr", break_glass=False)
    assert rules_of(enter(world)) == ["break-glass-objected"]
    assert searches(world, ASSERTED) == "break-glass-objected"
    calls = {"purpose": Purpose.REGULATION, "unable": False, "danger": False, "reason": "call"}
    assert isinstance(enter(world, AT_SAMU, **calls), access.Entered)
    assert searches(world, AT_SAMU) == "found"
    access.choose(actor=world.patient, domain="fr", regulation=False)
    assert rules_of(enter(world, replace(AT_SAMU, person=TREATING), **calls)) == ["regulation-objected"]
    assert searches(world, AT_SAMU) != "found"


def test_only_a_samu_regulates(world: World) -> None:
    calls = {"purpose": Purpose.REGULATION, "unable": False, "danger": False, "reason": "call"}
    assert rules_of(enter(world, **calls)) == ["regulation-centre-only"]
    assert searches(world, replace(ASSERTED, purpose=Purpose.REGULATION)) == "regulation-centre-only"
    assert entrances(world) == []


def test_masked_documents_open_to_the_persons_choice_only(world: World) -> None:
    masked = world.fed("MASQUE_PS")
    enter(world)
    assert masked.unique_id not in world.seen(STRANGER)
    access.choose(actor=world.patient, domain="fr", emergency_masked=True)
    assert masked.unique_id in world.seen(STRANGER)


def test_an_assertion_is_an_entrance_too_once(world: World) -> None:
    for _ in range(3):
        assert searches(world, ASSERTED) == "found"
    ((_, person, purpose, unable, danger, reason),) = entrances(world)
    assert (person, purpose, unable, danger, reason) == (DOCTOR, "bris_de_glace", True, True, "assertion")
    events = database.rows("SELECT kind FROM kernel_outbox WHERE record_id = %s", (world.record_id,))
    assert [kind for (kind,) in events].count("access.emergency") == 1


def test_a_question_that_reads_nothing_is_no_entrance(world: World) -> None:
    assert access.may(actor=ASSERTED, domain="fr", record_id=world.record_id, act=access.Act.SEARCH)
    assert entrances(world) == []


@pytest.mark.parametrize("who", [CLERK, replace(AUTHOR, kind=ActorKind.STRUCTURE, person="machine")])
def test_nobody_but_a_professional_breaks_the_glass(world: World, who: Actor) -> None:
    assert isinstance(enter(world, who), Refusal)
    assert entrances(world) == []


def test_the_person_and_their_treating_physician_are_told_once(world: World) -> None:
    access.choose(actor=world.patient, domain="fr", email="jean@example.org")
    access.name_treating(actor=world.patient, domain="fr", person=TREATING)
    enter(world)
    own: UUID = entrances(world)[0][0]  # type: ignore[assignment]
    tell = partial(listeners.emergency_entered, record_id=world.record_id, kind="access.emergency", subject=own)
    tell()
    assert mails() == 2
    tell()
    assert mails() == 2
    (notice,) = access.emergencies(actor=world.patient)
    assert (notice.name, notice.structure_name, notice.seen) == ("Lou URGENTISTE", "Cabinet d'essai", False)
    access.note_emergencies_seen(actor=world.patient)
    assert access.emergencies(actor=world.patient)[0].seen


def test_the_treating_physician_who_entered_is_not_told_of_it(world: World) -> None:
    access.name_treating(actor=world.patient, domain="fr", person=DOCTOR)
    enter(world)
    own: UUID = entrances(world)[0][0]  # type: ignore[assignment]
    listeners.emergency_entered(record_id=world.record_id, kind="access.emergency", subject=own)
    assert mails() == 0


def test_a_secret_entrance_is_told_to_the_minor_and_not_to_who_acts_for_them(world: World) -> None:
    access.choose(actor=world.patient, domain="fr", email="parents@example.org")
    enter(world, replace(STRANGER, secret=True))
    own: UUID = entrances(world)[0][0]  # type: ignore[assignment]
    listeners.emergency_entered(record_id=world.record_id, kind="access.emergency", subject=own)
    assert mails() == 0
    parent = World().patient
    database.execute(
        "INSERT INTO access_delegation (record_id, holder, kind, scope, since, declared_by)"
        " VALUES (%s, %s, 'guardian', 'manage', now(), 'desk')",
        (world.record_id, parent.person),
    )
    acting = replace(parent, kind=ActorKind.DELEGATE, record_id=world.record_id)
    assert len(access.emergencies(actor=world.patient)) == 1
    assert access.emergencies(actor=acting) == ()
    assert access.emergencies(actor=replace(acting, person="patient:5")) == ()


def test_nobody_else_reads_who_entered(world: World) -> None:
    enter(world)
    for actor in (STRANGER, AUTHOR, CLERK, World().patient):
        assert access.emergencies(actor=actor) == ()


def test_mails_of_documents_and_authorisations_are_the_persons_choice(world: World) -> None:
    def arrived(*masks: str, actor: Actor = AUTHOR) -> int:
        before = mails()
        world.fed(*masks, actor=actor)
        statement = "DELETE FROM kernel_outbox WHERE kind = 'submission.arrived' RETURNING record_id, kind, subject"
        for record_id, kind, subject in database.rows(statement):
            document_listeners.submission_arrived(record_id=record_id, kind=kind, subject=subject)
        return mails() - before

    def authorised() -> int:
        before = mails()
        listeners.professional_authorised(record_id=world.record_id, kind="access.authorised", subject=None)
        return mails() - before

    assert (arrived(), authorised()) == (0, 0)
    access.choose(actor=world.patient, domain="fr", email="jean@example.org")
    assert (arrived(), authorised()) == (1, 0)
    assert arrived("INVISIBLE_PATIENT") == 0
    assert arrived("INVISIBLE_REPRESENTANTS_LEGAUX") == 0
    access.choose(actor=world.patient, domain="fr", notify_document=False, notify_access=True)
    assert (arrived(), authorised()) == (0, 1)


def test_only_an_access_that_begins_is_told(world: World) -> None:
    told = "SELECT count(*) FROM kernel_outbox WHERE record_id = %s AND kind = 'access.authorised'"
    own = {"actor": STRANGER, "domain": "fr", "patient_id": world.cx}
    for act, expected in ((access.authorise, 1), (access.authorise, 1), (access.withdraw, 1), (access.authorise, 2)):
        assert isinstance(act(**own), access.Authorised)
        assert database.row(told, (world.record_id,)) == (expected,)


def test_an_officer_reviews_what_came_from_their_structure(world: World) -> None:
    access.appoint_officer(actor=OPERATOR, person=OFFICER.person, structure=OFFICER.structure)
    enter(world)
    enter(world, AUTHOR)
    queue = access.emergencies_to_review(actor=OFFICER)
    assert isinstance(queue, access.Queue)
    assert [one.person for one in queue.waiting] == [AUTHOR.person]
    everywhere = replace(OFFICER, person="3330000001/D2")
    access.appoint_officer(actor=OPERATOR, person=everywhere.person, structure=everywhere.structure, everywhere=True)
    queue = access.emergencies_to_review(actor=everywhere)
    assert isinstance(queue, access.Queue)
    assert {one.person for one in queue.waiting} == {AUTHOR.person, DOCTOR}
    theirs = next(one for one in queue.waiting if one.person == DOCTOR)
    ask = {"record_id": world.record_id, "entrance": theirs.id}
    assert rules_of(access.examine_emergency(actor=OFFICER, **ask)) == ["emergency-unknown"]
    world.seen(STRANGER)
    examined = access.examine_emergency(actor=everywhere, **ask)
    assert isinstance(examined, access.Examined)
    assert [line.action for line in examined.lines] == ["emergency.enter", "document.list"]
    review = partial(access.review_emergency, actor=everywhere, **ask)
    assert rules_of(review(verdict=access.Verdict.FOLLOW_UP)) == ["review-note"]
    assert isinstance(review(verdict=access.Verdict.FOLLOW_UP, note="Aucun passage aux urgences."), access.Controlled)
    queue = access.emergencies_to_review(actor=everywhere)
    assert isinstance(queue, access.Queue)
    assert [one.person for one in queue.waiting] == [AUTHOR.person]
    assert [(one.verdict, one.note) for one in queue.reviewed] == [("follow-up", "Aucun passage aux urgences.")]
    access.dismiss_officer(actor=OPERATOR, person=everywhere.person, structure=everywhere.structure)
    assert rules_of(access.emergencies_to_review(actor=everywhere)) == ["officer-only"]


@pytest.mark.parametrize("who", ["clerk", "patient", "professional", "officer's professional"])
def test_nobody_else_reviews(world: World, who: str) -> None:
    access.appoint_officer(actor=OPERATOR, person=OFFICER.person, structure=OFFICER.structure, everywhere=True)
    actor = {
        "clerk": CLERK,
        "patient": world.patient,
        "professional": STRANGER,
        "officer's professional": replace(OFFICER, kind=ActorKind.PROFESSIONAL),
    }[who]
    enter(world)
    ask = {"actor": actor, "record_id": world.record_id, "entrance": entrances(world)[0][0]}
    answers: list[Callable[[], object]] = [
        partial(access.emergencies_to_review, actor=actor),
        partial(access.examine_emergency, **ask),
        partial(access.review_emergency, verdict=access.Verdict.JUSTIFIED, **ask),
    ]
    for answer in answers:
        assert rules_of(answer()) == ["officer-only"]
    assert not access.is_officer(actor=actor)
    unknown = access.examine_emergency(actor=OFFICER, record_id=world.record_id, entrance=uuid4())
    assert rules_of(unknown) == ["emergency-unknown"]
