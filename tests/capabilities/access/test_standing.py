"""What the record says of an actor is read whole: choices, permissions, delegations, emergencies, and their ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World

PAST, FUTURE = datetime(2001, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
CHILD = date(2020, 5, 1)


def grant(
    world: World, grantee: str, state: str = "allowed", until: datetime | None = None, basis: str = "explicit"
) -> None:
    database.execute(
        "INSERT INTO access_authorisation (record_id, grantee, state, since, until, basis, declared_by) "
        "VALUES (%s, %s, %s, %s, %s, %s, 'test')",
        (world.record_id, grantee, state, PAST, until, basis),
    )


def permit(world: World, lineage: UUID, grantee: str, effect: str, until: datetime | None = None) -> None:
    database.execute(
        "INSERT INTO access_document_permission (record_id, lineage, grantee, effect, since, until, set_by) "
        "VALUES (%s, %s, %s, %s, %s, %s, 'test')",
        (world.record_id, lineage, grantee, effect, PAST, until),
    )


def delegate(
    world: World,
    holder: str,
    kind: str,
    scope: str = "read",
    purpose: str = "",
    until: datetime | None = None,
) -> Actor:
    database.execute(
        "INSERT INTO access_delegation (record_id, holder, kind, scope, purpose, since, until, declared_by) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, 'test')",
        (world.record_id, holder, kind, scope, purpose, PAST, until),
    )
    return Actor(kind=ActorKind.DELEGATE, person=holder, proof="password+totp", record_id=world.record_id)


def choose(world: World, **choices: bool) -> None:
    names = ", ".join(choices)
    places = ", ".join(["%s"] * len(choices))
    database.execute(
        f"INSERT INTO access_choice (record_id, changed_at, {names}) VALUES (%s, %s, {places})",  # noqa: S608
        (world.record_id, PAST, *choices.values()),
    )


def state_emergency(world: World, actor: Actor, until: datetime = FUTURE, purpose: str = "bris_de_glace") -> None:
    database.execute(
        "INSERT INTO access_emergency (record_id, id, person, structure, purpose, unable, danger, reason, at, until) "
        "VALUES (%s, %s, %s, %s, %s, true, true, 'test', %s, %s)",
        (world.record_id, uuid4(), actor.person, actor.structure, purpose, PAST, until),
    )


def born(world: World, day: date, *, deceased: date | None = None) -> None:
    database.execute(
        "UPDATE identity_record SET birth_date = %s, deceased_on = %s WHERE record_id = %s",
        (day, deceased, world.record_id),
    )


def standing(world: World, actor: Actor) -> access.Standing:
    found = access.standing_of(actor=actor, domain="fr", record_id=world.record_id)
    assert found is not None
    return found


def rule(world: World, actor: Actor, act: access.Act = access.Act.SEARCH) -> str:
    return access.decision_on(actor=actor, domain="fr", record_id=world.record_id, act=act).rule


def test_an_authorisation_has_an_end_and_the_refusal_says_so(world: World) -> None:
    grant(world, "p:" + OTHER.person, until=PAST)
    assert standing(world, OTHER).expired
    assert rule(world, OTHER) == "authorisation-expired"
    database.execute("UPDATE access_authorisation SET until = %s", (FUTURE,))
    assert rule(world, OTHER) == "authorised"


def test_a_structure_is_authorised_and_blocked_like_a_person(world: World) -> None:
    assert rule(world, OTHER) == "authorisation-missing"
    grant(world, "s:" + OTHER.structure, basis="care-team")
    assert rule(world, OTHER) == "care-team"
    database.execute("UPDATE access_authorisation SET state = 'blocked' WHERE grantee = %s", ("s:" + OTHER.structure,))
    assert rule(world, OTHER) == "structure-blocked-here"
    grant(world, "p:" + OTHER.person)
    assert rule(world, OTHER) == "authorised", "who is named goes before their structure"


def test_a_blocked_professional_never_enters(world: World) -> None:
    grant(world, "p:" + OTHER.person, "blocked")
    grant(world, "s:" + OTHER.structure, basis="care-team")
    state_emergency(world, OTHER)
    breaking = replace(OTHER, purpose=Purpose.BREAK_GLASS, proof="vihf")
    for act in (access.Act.SEARCH, access.Act.READ, access.Act.RETRIEVE, access.Act.BREAK_GLASS):
        assert rule(world, OTHER, act) == rule(world, breaking, act) == "professional-blocked"


def test_a_choice_about_a_person_goes_before_the_one_about_their_structure(world: World) -> None:
    one, two, three = uuid4(), uuid4(), uuid4()
    permit(world, one, "p:" + OTHER.person, "granted")
    permit(world, one, "s:" + OTHER.structure, "denied")
    permit(world, two, "s:" + OTHER.structure, "denied")
    permit(world, three, "p:" + OTHER.person, "granted", until=PAST)
    found = standing(world, OTHER)
    assert (found.granted, found.denied) == ({one}, {two})
    assert standing(world, AUTHOR).granted == frozenset()


def test_a_document_opened_to_a_stranger_is_all_that_they_see(world: World) -> None:
    opened, kept = world.fed("MASQUE_PS"), world.fed()
    permit(world, UUID(opened.logical_id[9:]), "p:" + OTHER.person, "granted")
    assert world.seen(OTHER) == {opened.unique_id}
    assert world.read(OTHER, kept.unique_id) == "document-unknown"


def test_a_document_closed_to_one_of_the_team_is_read_by_the_others(world: World) -> None:
    closed = world.fed()
    colleague = replace(OTHER, person="899900000077")
    world.authorise(OTHER)
    world.authorise(colleague)
    permit(world, UUID(closed.logical_id[9:]), "p:" + OTHER.person, "denied")
    assert world.seen(OTHER) == set()
    assert world.read(OTHER, closed.unique_id) == "document-unknown"
    assert world.seen(colleague) == {closed.unique_id}


def test_break_glass_needs_its_statement_and_lasts_as_long_as_it_says(world: World) -> None:
    masked, plain = world.fed("MASQUE_PS"), world.fed()
    assert rule(world, OTHER) == "authorisation-missing"
    assert rule(world, replace(OTHER, purpose=Purpose.BREAK_GLASS)) == "emergency-unstated"
    state_emergency(world, OTHER)
    assert rule(world, OTHER) == "break-glass"
    assert world.seen(OTHER) == {plain.unique_id}
    choose(world, emergency_masked=True)
    assert world.seen(OTHER) == {plain.unique_id, masked.unique_id}
    database.execute("UPDATE access_choice SET emergency_masked = false, break_glass = false")
    assert rule(world, replace(OTHER, purpose=Purpose.BREAK_GLASS, proof="vihf")) == "break-glass-objected"
    assert rule(world, OTHER) == "authorisation-missing"
    database.execute("UPDATE access_choice SET break_glass = true")
    database.execute("UPDATE access_emergency SET until = %s", (PAST + timedelta(hours=1),))
    assert rule(world, OTHER) == "authorisation-missing"


def test_the_centre_15_comes_from_a_samu(world: World) -> None:
    caller = replace(OTHER, purpose=Purpose.REGULATION, proof="vihf")
    assert rule(world, caller) == "regulation-centre-only"
    samu = directory.Structure(id="1990000010", name="SAMU FICTIF", sector="SA01", kind="SAMU")
    assert directory.enrol_structure(actor=CLERK, structure=samu) is None
    assert rule(world, replace(caller, structure=samu.id)) == "regulation"
    choose(world, regulation=False)
    assert rule(world, replace(caller, structure=samu.id)) == "regulation-objected"


def test_delegates_see_what_the_person_lets_them(world: World) -> None:
    secret, told = world.fed("INVISIBLE_REPRESENTANTS_LEGAUX"), world.fed("MASQUE_PS")
    untold = world.fed("INVISIBLE_PATIENT")
    stranger = Actor(kind=ActorKind.DELEGATE, person="delegate:x", proof="password", record_id=world.record_id)
    assert rule(world, stranger) == "delegation-missing"
    parent = delegate(world, "patient:1", "parent", "manage")
    assert rule(world, parent) == "parent-of-adult"
    born(world, CHILD)
    assert rule(world, parent) == "delegate-parent"
    found = world.seen(parent)
    assert found == {told.unique_id}
    for hidden in (secret, untold):
        assert world.read(parent, hidden.unique_id) == "document-unknown"
    assert world.seen(world.patient) == {told.unique_id, secret.unique_id}
    assert rule(world, delegate(world, "patient:2", "caregiver", until=PAST)) == "delegation-missing"


def test_an_heir_reads_what_is_necessary_once_the_person_is_dead(world: World) -> None:
    report = world.fed()
    heir = delegate(world, "patient:3", "heir", purpose="causes_of_death")
    caregiver = delegate(world, "patient:4", "caregiver", "manage")
    assert rule(world, heir) == "heir-of-the-living"
    born(world, date(1930, 1, 1), deceased=date(2026, 1, 1))
    assert world.seen(heir) == {report.unique_id}
    assert rule(world, heir, access.Act.FEED) == "heir-reads-only"
    assert rule(world, caregiver) == "delegation-ended-by-death"
    assert rule(world, world.patient) == "deceased-own-account"


def test_an_account_acts_in_the_records_of_others(world: World) -> None:
    holder = directory.enrol_delegate_account(actor=CLERK, login="aidante", name="Aidante FICTIVE")
    assert directory.enrol_delegate_account(actor=CLERK, login="aidante", name="Aidante FICTIVE") == holder
    directory.enrol_patient_account(actor=CLERK, login="jean", record_id=world.record_id, name="JEAN")
    delegate(world, holder, "caregiver")
    nowhere = directory.actor_of_login(login="aidante", proof="password+totp")
    assert nowhere is not None
    assert [held.record_id for held in access.delegations_held(actor=nowhere)] == [world.record_id]
    assert rule(world, nowhere) == "own-record-only", "a delegate says in whose record they act"
    inside = directory.actor_of_delegate(login="aidante", record_id=world.record_id, proof="password+totp")
    assert inside is not None
    assert rule(world, inside) == "delegate-caregiver"
    assert directory.actor_of_delegate(login="jean", record_id=world.record_id, proof="password+totp") is None


def test_the_person_asks_what_a_professional_would_be_answered(world: World) -> None:
    search, by_name = access.as_seen_by(actor=world.patient, domain="fr", professional=OTHER)
    assert (search.rule, by_name.rule) == ("authorisation-missing", "author-own")
    world.authorise(OTHER)
    search, _ = access.as_seen_by(actor=world.patient, domain="fr", professional=OTHER)
    assert search.rule == "authorised"
    assert search.explanation is not None
    assert search.explanation.patient
    for nosy in (OTHER, CLERK, replace(world.patient, record_id=1)):
        search, by_name = access.as_seen_by(actor=nosy, domain="fr", professional=AUTHOR)
        assert not search.allowed
        assert not by_name.allowed
