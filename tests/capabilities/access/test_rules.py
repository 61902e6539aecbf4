"""The decision, case by case: who, in what standing, asks what, and under which rule the answer falls."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import cast

import pytest

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.record.access.api import Flag
from carnet.record.access.lens import Own
from carnet.record.access.rights_tables import latest
from carnet.record.access.rules import Act, Standing, decide, decide_creation
from carnet.record.identity.api import RecordStatus

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RIGHTS = latest()


def actor(kind: str, **more: object) -> Actor:
    values = {"person": "899900000001", "structure": "1330000001", "proof": "process"} | more
    return Actor(kind=ActorKind(kind), **values)  # type: ignore[arg-type]


def standing(**more: object) -> Standing:
    return Standing(record_id=7, **more)  # type: ignore[arg-type]


DOCTOR = actor("professional", profession="10")
PATIENT = actor("patient", record_id=7)
STRANGER = actor("patient", record_id=8)
CLERK = actor("clerk")
MACHINE = actor("structure")
NONE = standing()
TEAM = standing(structure_state="allowed")
ALLOWED = standing(person_state="allowed")
BLOCKED = standing(person_state="blocked", structure_state="allowed")
TREATING = standing(person_state="allowed", treating=True)
SUSPENDED = standing(status=RecordStatus.SUSPENDED, structure_state="allowed")
ANNOUNCED = standing(status=RecordStatus.ANNOUNCED)
OPERATOR = actor("system")
CLOSED = standing(status=RecordStatus.CLOSED, person_state="allowed")
OPEN_DOMAIN = standing(consent_required=False)

CASES = [
    (DOCTOR, NONE, Act.SEARCH, False, "authorisation-missing"),
    (DOCTOR, NONE, Act.READ, True, "author-own"),
    (DOCTOR, NONE, Act.FEED, True, "feeding-duty"),
    (DOCTOR, NONE, Act.OPEN, True, "existence"),
    (DOCTOR, NONE, Act.AUTHORISE, True, "authorise-with-consent"),
    (DOCTOR, NONE, Act.CLOSE, False, "close-at-the-desk"),
    (DOCTOR, TEAM, Act.SEARCH, True, "care-team"),
    (DOCTOR, ALLOWED, Act.SEARCH, True, "authorised"),
    (DOCTOR, TREATING, Act.SEARCH, True, "treating-physician"),
    (DOCTOR, BLOCKED, Act.SEARCH, False, "professional-blocked"),
    (DOCTOR, BLOCKED, Act.READ, False, "professional-blocked"),
    (DOCTOR, BLOCKED, Act.AUTHORISE, False, "professional-blocked"),
    (DOCTOR, BLOCKED, Act.FEED, True, "feeding-duty"),
    (DOCTOR, CLOSED, Act.SEARCH, False, "record-closed"),
    (DOCTOR, CLOSED, Act.FEED, False, "record-closed"),
    (DOCTOR, OPEN_DOMAIN, Act.SEARCH, True, "domain-open"),
    (actor("professional", purpose=Purpose.BREAK_GLASS), ALLOWED, Act.SEARCH, False, "emergency-unstated"),
    (PATIENT, NONE, Act.SEARCH, True, "own-record"),
    (PATIENT, NONE, Act.READ, True, "own-record"),
    (PATIENT, NONE, Act.FEED, True, "own-deposit"),
    (PATIENT, NONE, Act.AUTHORISE, False, "patient-act"),
    (PATIENT, CLOSED, Act.READ, False, "record-closed"),
    (STRANGER, NONE, Act.OPEN, False, "own-record-only"),
    (STRANGER, CLOSED, Act.OPEN, False, "own-record-only"),
    (PATIENT, NONE, Act.CLOSE, True, "own-record"),
    (PATIENT, CLOSED, Act.REOPEN, True, "own-record"),
    (PATIENT, NONE, Act.REOPEN, False, "record-active"),
    (PATIENT, SUSPENDED, Act.OBJECT, True, "own-record"),
    (PATIENT, SUSPENDED, Act.LIFT, False, "operator-only"),
    (PATIENT, ANNOUNCED, Act.OPPOSE, True, "own-record"),
    (PATIENT, ANNOUNCED, Act.READ, False, "record-announced"),
    (PATIENT, CLOSED, Act.ERASE, True, "own-record"),
    (CLERK, CLOSED, Act.REOPEN, True, "clerk-collects"),
    (CLERK, CLOSED, Act.STATE, True, "clerk-collects"),
    (CLERK, NONE, Act.SUSPEND, False, "operator-only"),
    (OPERATOR, NONE, Act.SUSPEND, True, "operator"),
    (OPERATOR, SUSPENDED, Act.LIFT, True, "operator"),
    (OPERATOR, SUSPENDED, Act.READ, False, "record-suspended"),
    (OPERATOR, CLOSED, Act.ERASE_NOW, True, "operator"),
    (OPERATOR, NONE, Act.ERASE, False, "system-no-reading"),
    (DOCTOR, SUSPENDED, Act.FEED, False, "record-suspended"),
    (DOCTOR, ANNOUNCED, Act.FEED, False, "record-announced"),
    (DOCTOR, CLOSED, Act.STATE, True, "existence"),
    (DOCTOR, CLOSED, Act.ERASE, False, "close-at-the-desk"),
    (MACHINE, NONE, Act.CLOSE, False, "close-at-the-desk"),
    (DOCTOR, standing(status=RecordStatus.MERGED), Act.READ, False, "record-merged"),
    (STRANGER, OPEN_DOMAIN, Act.READ, False, "own-record-only"),
    (CLERK, TEAM, Act.OPEN, True, "clerk-existence"),
    (CLERK, TEAM, Act.SEARCH, False, "clerk-no-content"),
    (CLERK, TEAM, Act.READ, True, "clerk-reference"),
    (CLERK, TEAM, Act.FEED, True, "clerk-feeds-for-structure"),
    (MACHINE, NONE, Act.FEED, True, "structure-feeds"),
    (MACHINE, TEAM, Act.SEARCH, True, "structure-own"),
    (MACHINE, TEAM, Act.AUTHORISE, False, "authorise-person"),
    (MACHINE, OPEN_DOMAIN, Act.SEARCH, True, "domain-open"),
    (actor("system"), TEAM, Act.READ, False, "system-no-reading"),
]


@pytest.mark.parametrize(("who", "where", "act", "allowed", "rule"), CASES)
def test_decision(who: Actor, where: Standing, act: Act, allowed: bool, rule: str) -> None:
    decision = decide(act, who, where, NOW, RIGHTS)
    assert (decision.allowed, decision.rule) == (allowed, rule)
    if not allowed:
        assert decision.problem is not None
        assert decision.problem.text
        assert decision.problem.source


def test_everything_has_an_answer_and_a_reading_has_a_lens() -> None:
    people = [actor(kind.value, purpose=purpose, record_id=7) for kind in ActorKind for purpose in Purpose]
    standings = [NONE, TEAM, ALLOWED, BLOCKED, TREATING, CLOSED, OPEN_DOMAIN]
    for who in people:
        for where in standings:
            for act in (Act.SEARCH, Act.READ):
                decision = decide(act, who, where, NOW, RIGHTS)
                assert decision.allowed == (decision.lens is not None), (who.kind, where, act)


def test_masked_documents_are_for_the_author_and_the_treating_physician() -> None:
    team = decide(Act.SEARCH, DOCTOR, TEAM, NOW, RIGHTS).lens
    treating = decide(Act.SEARCH, DOCTOR, TREATING, NOW, RIGHTS).lens
    assert team is not None
    assert treating is not None
    assert team.blind & Flag.MASKED
    assert team.own == Own(person=DOCTOR.person, structure=DOCTOR.structure)
    assert not treating.blind & Flag.MASKED


def test_a_patient_does_not_see_what_is_not_announced() -> None:
    lens = decide(Act.SEARCH, PATIENT, NONE, NOW, RIGHTS).lens
    assert lens is not None
    assert lens.now == NOW
    assert not lens.blind & Flag.MASKED


@pytest.mark.parametrize(
    ("who", "consent", "rule"),
    [
        (CLERK, True, "create-with-consent"),
        (DOCTOR, True, "create-with-consent"),
        (CLERK, False, "create-consent"),
        (PATIENT, True, "create-actor"),
        (MACHINE, True, "create-actor"),
    ],
)
def test_creation(who: Actor, consent: bool, rule: str) -> None:
    assert decide_creation(who, consent=consent).rule == rule


class Unheard(StrEnum):
    """An act that no rule knows."""

    OF = "unheard-of"


@pytest.mark.parametrize("kind", list(ActorKind))
def test_an_act_that_no_rule_names_is_refused(kind: ActorKind) -> None:
    everything = standing(person_state="allowed", structure_state="allowed", treating=True, consent_required=False)
    assert not decide(cast("Act", Unheard.OF), actor(kind, record_id=7), everything, NOW, RIGHTS).allowed
