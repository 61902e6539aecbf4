"""Who helps a person: invited by a code, which serves once, within a week, to whoever holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.life import api as life
from tests.capabilities.world import AUTHOR, CLERK, World, rules_of


@pytest.fixture
def world(db: None) -> World:
    """A fresh record, in a transaction that ends with the test."""
    return World()


@pytest.fixture
def helper(world: World) -> Actor:
    """Somebody with a record of their own."""
    return World().patient


def invited(world: World, scope: str = "read", **more: object) -> access.Invitation:
    answer = access.invite(actor=world.patient, domain="fr", scope=scope, **more)
    assert isinstance(answer, access.Invitation), answer
    return answer


def delegates(world: World) -> access.Delegates:
    answer = access.delegates(actor=world.patient, domain="fr")
    assert isinstance(answer, access.Delegates), answer
    return answer


def test_who_enters_the_code_helps(world: World, helper: Actor) -> None:
    code = invited(world, "deposit").code
    assert delegates(world).invitations == 1
    assert access.accept(actor=helper, code=code.lower().replace("-", " ")) == access.Controlled(
        record_id=world.record_id
    )
    found = delegates(world)
    assert [(one.holder, one.kind, one.scope, one.until) for one in found.people] == [
        (helper.person, "caregiver", "deposit", None)
    ]
    assert found.people[0].name == "Jean FICTIF"
    assert found.invitations == 0


def test_a_code_serves_once(world: World, helper: Actor) -> None:
    code = invited(world).code
    assert isinstance(access.accept(actor=helper, code=code), access.Controlled)
    assert rules_of(access.accept(actor=World().patient, code=code)) == ["invitation-unknown"]


def test_a_code_opens_an_account_without_a_record_once(world: World) -> None:
    code = invited(world, "deposit").code
    invitation = access.known_invitation(actor=access.NOBODY, code=code.lower())
    assert isinstance(invitation, str), invitation
    assert code.replace("-", "") not in invitation
    assert delegates(world).invitations == 1
    login = directory.draw_login(actor=access.NOBODY)
    entered = access.enter_by_invitation(actor=access.NOBODY, invitation=invitation, login=login, name="Lou EXEMPLE")
    assert entered == access.Controlled(record_id=world.record_id)
    assert [(one.name, one.kind, one.scope) for one in delegates(world).people] == [
        ("Lou EXEMPLE", "caregiver", "deposit")
    ]
    own = directory.actor_of_login(login=login, proof="password")
    assert own is not None
    assert (own.kind, own.record_id) == (ActorKind.DELEGATE, None)
    assert [one.record_id for one in access.delegations_held(actor=own)] == [world.record_id]
    other = directory.draw_login(actor=access.NOBODY)
    again = access.enter_by_invitation(actor=access.NOBODY, invitation=invitation, login=other, name="Un AUTRE")
    assert rules_of(again) == ["invitation-unknown"]
    assert directory.actor_of_login(login=other, proof="password") is None
    assert rules_of(access.known_invitation(actor=access.NOBODY, code=code)) == ["invitation-unknown"]


def test_a_code_that_ran_out_opens_no_account(world: World) -> None:
    code = invited(world).code
    invitation = access.known_invitation(actor=access.NOBODY, code=code)
    assert isinstance(invitation, str), invitation
    database.execute("UPDATE access_invitation SET expires_at = now() - interval '1 s'")
    assert rules_of(access.known_invitation(actor=access.NOBODY, code=code)) == ["invitation-unknown"]
    entered = access.enter_by_invitation(
        actor=access.NOBODY, invitation=invitation, login=directory.draw_login(actor=access.NOBODY), name="Lou EXEMPLE"
    )
    assert rules_of(entered) == ["invitation-unknown"]
    assert delegates(world).people == ()


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA", "é", "x" * 5000])
def test_other_codes_are_nobodys(world: World, helper: Actor, code: str) -> None:
    invited(world)
    assert rules_of(access.accept(actor=helper, code=code)) == ["invitation-unknown"]


def test_a_code_is_over_after_a_week_or_when_it_is_cancelled(world: World, helper: Actor) -> None:
    code = invited(world).code
    database.execute("UPDATE access_invitation SET expires_at = now() - interval '1 s'")
    assert rules_of(access.accept(actor=helper, code=code)) == ["invitation-unknown"]
    code = invited(world).code
    assert isinstance(access.cancel_invitations(actor=world.patient, domain="fr"), access.Controlled)
    assert rules_of(access.accept(actor=helper, code=code)) == ["invitation-unknown"]
    assert delegates(world).people == ()


def test_nobody_helps_themselves_and_no_professional_helps(world: World) -> None:
    assert rules_of(access.accept(actor=world.patient, code=invited(world).code)) == ["invitation-own"]
    assert rules_of(access.accept(actor=AUTHOR, code=invited(world).code)) == ["invitation-actor"]
    assert delegates(world).people == ()


def test_a_representative_is_not_made_a_caregiver(world: World, helper: Actor) -> None:
    database.execute(
        "INSERT INTO access_delegation (record_id, holder, kind, scope, since, declared_by)"
        " VALUES (%s, %s, 'guardian', 'manage', now(), 'desk')",
        (world.record_id, helper.person),
    )
    assert rules_of(access.accept(actor=helper, code=invited(world).code)) == ["invitation-held"]
    assert delegates(world).people[0].kind == "guardian"


def test_the_person_ends_it_and_so_does_the_helper(world: World, helper: Actor) -> None:
    access.accept(actor=helper, code=invited(world).code)
    ended = access.end_delegation(actor=world.patient, domain="fr", holder=helper.person)
    assert isinstance(ended, access.Controlled)
    assert delegates(world).people[0].until is not None
    assert rules_of(access.end_delegation(actor=world.patient, domain="fr", holder=helper.person)) == [
        "delegation-none"
    ]
    access.accept(actor=helper, code=invited(world).code)
    assert delegates(world).people[0].until is None
    assert access.renounce(actor=helper, record_id=world.record_id)
    assert not access.renounce(actor=helper, record_id=world.record_id)
    assert delegates(world).people[0].until is not None


def test_somebody_without_a_record_helps_under_their_own_name(world: World) -> None:
    holder = directory.enrol_delegate_account(actor=CLERK, login="aidante", name="Aidante FICTIVE")
    own = directory.actor_of_login(login="aidante", proof="password+totp")
    assert own is not None
    assert isinstance(access.accept(actor=own, code=invited(world).code), access.Controlled)
    assert [(one.holder, one.name) for one in delegates(world).people] == [(holder, "Aidante FICTIVE")]
    (held,) = access.delegations_held(actor=own)
    assert held.record_id == world.record_id
    acting = directory.actor_of_delegate(login="aidante", record_id=held.record_id, proof="password+totp")
    assert acting is not None
    # In somebody's record nobody takes a code: that is done from one's own account.
    assert rules_of(access.accept(actor=acting, code=invited(world).code)) == ["invitation-actor"]


def test_what_is_refused_of_an_invitation(world: World) -> None:
    refused = access.invite(actor=world.patient, domain="fr", scope="everything")
    assert rules_of(refused) == ["delegation-scope"]
    over = access.invite(actor=world.patient, domain="fr", scope="read", until=clock.now() - timedelta(days=1))
    assert rules_of(over) == ["until-past"]


def test_the_code_is_nowhere_in_the_database(world: World) -> None:
    code = invited(world).code.replace("-", "")
    kept = database.rows("SELECT digest, made_by FROM access_invitation WHERE record_id = %s", (world.record_id,))
    assert code.encode() not in bytes(kept[0][0])
    details = database.rows("SELECT detail FROM journal_entry WHERE record_id = %s", (world.record_id,))
    assert not any(code in detail or code[:4] in detail for (detail,) in details)


def test_a_parent_whose_papers_were_seen_acts_for_their_child(world: World, helper: Actor) -> None:
    child = World()
    born = "UPDATE identity_record SET birth_date = now() - interval '9 years' WHERE record_id = %s"
    database.execute(born, (child.record_id,))
    parent = identity.Representative(
        name="Jean FICTIF",
        kind=identity.Kinship.PARENT,
        quality="père",
        since=clock.now().date() - timedelta(days=1),
        record_id=world.record_id,
    )
    declared = life.declare_representative(actor=CLERK, domain="fr", patient_id=child.cx, representative=parent)
    assert isinstance(declared, life.Declared), declared
    (held,) = access.delegations_held(actor=world.patient)
    assert (held.record_id, held.kind, held.scope) == (child.record_id, "parent", "manage")
    shown, kept = child.fed(), child.fed("INVISIBLE_REPRESENTANTS_LEGAUX")
    acting = replace(world.patient, kind=ActorKind.DELEGATE, record_id=child.record_id)
    found = documents.find(actor=acting, domain="fr", patient_id="", query=documents.DocumentQuery())
    assert isinstance(found, documents.Found), found
    assert {entry.unique_id for entry in found.entries} == {shown.unique_id}
    assert kept.unique_id not in str(found)
    assert isinstance(access.choose(actor=acting, domain="fr", break_glass=False), access.Controlled)
    ended = access.end_delegation(actor=child.patient, domain="fr", holder=world.patient.person)
    assert rules_of(ended) == ["delegation-none"]
    stranger = replace(helper, kind=ActorKind.DELEGATE, record_id=child.record_id)
    assert rules_of(access.choose(actor=stranger, domain="fr", break_glass=True)) == ["delegation-missing"]


def test_a_representation_that_ends_at_the_desk_ends_what_it_let_do(world: World) -> None:
    child, today = World(), clock.now().date()
    since = today - timedelta(days=30)
    both = {"kind": identity.Kinship.GUARDIAN, "since": since, "record_id": world.record_id}
    for quality in ("tutelle", "habilitation"):
        one = identity.Representative(name="Jean FICTIF", quality=quality, **both)
        declared = life.declare_representative(actor=CLERK, domain="fr", patient_id=child.cx, representative=one)
        assert isinstance(declared, life.Declared), declared
    first, second = identity.representatives_of(actor=CLERK, record_id=child.record_id)
    own = {"actor": CLERK, "domain": "fr", "patient_id": child.cx}
    until = today - timedelta(days=1)
    early = life.end_representation(**own, number=first.number, until=since - timedelta(days=1))
    assert rules_of(early) == ["representation-none"]
    assert rules_of(life.end_representation(**own, number=9, until=until)) == ["representation-none"]
    ended = life.end_representation(**own, number=first.number, until=until)
    assert isinstance(ended, life.Ended), ended
    assert len(access.delegations_held(actor=world.patient)) == 1, "another title goes on"
    assert isinstance(life.end_representation(**own, number=second.number, until=until), life.Ended)
    assert access.delegations_held(actor=world.patient) == []
    acting = replace(world.patient, kind=ActorKind.DELEGATE, record_id=child.record_id)
    assert rules_of(access.choose(actor=acting, domain="fr", break_glass=False)) == ["delegation-missing"]


@pytest.mark.parametrize(
    ("scope", "chooses", "delegates"), [("read", False, False), ("deposit", False, False), ("manage", True, False)]
)
def test_a_caregiver_goes_as_far_as_they_were_let_and_lets_nobody_in(
    world: World, helper: Actor, scope: str, chooses: bool, delegates: bool
) -> None:
    access.accept(actor=helper, code=invited(world, scope).code)
    acting = replace(helper, kind=ActorKind.DELEGATE, record_id=world.record_id)
    chosen = access.choose(actor=acting, domain="fr", tells_hidden=True)
    assert isinstance(chosen, access.Controlled) is chooses, chosen
    asked = access.invite(actor=acting, domain="fr", scope="read")
    assert isinstance(asked, access.Invitation) is delegates, asked
    over = "UPDATE access_delegation SET until = now() - interval '1 s' WHERE record_id = %s"
    database.execute(over, (world.record_id,))
    assert rules_of(access.choose(actor=acting, domain="fr", tells_hidden=False)) == ["delegation-missing"]
    assert access.delegations_held(actor=helper) == []
