"""Who changes the state of a document, cell by cell of the DMP's matrix (TD3.3a to TD3.3d), for one who sees it."""

from __future__ import annotations

from itertools import product

import pytest

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access.api import Deposit, DocumentAct, decide_on_document
from carnet.record.access.rights_tables import latest
from carnet.record.access.rules import Standing

WARD, PRACTICE = "1330000001", "1330000002"
PATIENT = Actor(kind=ActorKind.PATIENT, person="patient:7", proof="password+totp", record_id=7)
AUTHOR = Actor(kind=ActorKind.PROFESSIONAL, person="899900000011", structure=WARD, profession="10", proof="vihf")
COLLEAGUE = Actor(kind=ActorKind.PROFESSIONAL, person="899900000033", structure=WARD, profession="60", proof="vihf")
OTHER = Actor(kind=ActorKind.PROFESSIONAL, person="899900000022", structure=PRACTICE, profession="10", proof="vihf")
MACHINE = Actor(kind=ActorKind.STRUCTURE, person="machine", structure=WARD, proof="vihf")
STRANGE_MACHINE = Actor(kind=ActorKind.STRUCTURE, person="machine", structure=PRACTICE, proof="vihf")
CLERK = Actor(kind=ActorKind.CLERK, person="3330000001/A1", structure=WARD, proof="process")
SYSTEM = Actor(kind=ActorKind.SYSTEM, person="operator", proof="process")

PLAIN, TREATING = Standing(record_id=7, person_state="allowed"), Standing(record_id=7, treating=True)
BY_AUTHOR = Deposit(person=AUTHOR.person, structure=WARD, authors=frozenset({AUTHOR.person}))
BY_MACHINE = Deposit(person="machine", structure=WARD, authors=frozenset({AUTHOR.person}))
FORGED = Deposit(person="elsewhere", structure=PRACTICE, authors=frozenset({AUTHOR.person}))
IMPOSTOR = Deposit(person=PATIENT.person, structure=WARD)
BY_PATIENT = Deposit(person=PATIENT.person, structure="")

ALL = "mask unmask reveal archive delete"
# Who, in what standing, on whose deposit: everything that is allowed. What is not named here is refused.
MATRIX = [
    (PATIENT, PLAIN, BY_AUTHOR, "mask unmask"),
    (PATIENT, PLAIN, BY_PATIENT, "mask unmask archive delete"),
    (PATIENT, PLAIN, IMPOSTOR, "mask unmask"),
    (OTHER, TREATING, IMPOSTOR, "mask unmask reveal archive"),
    (AUTHOR, PLAIN, BY_AUTHOR, ALL),
    (AUTHOR, PLAIN, BY_MACHINE, ALL),
    (AUTHOR, PLAIN, FORGED, "mask reveal"),
    (AUTHOR, PLAIN, BY_PATIENT, "mask reveal"),
    (COLLEAGUE, PLAIN, BY_AUTHOR, "mask reveal"),
    (COLLEAGUE, PLAIN, BY_MACHINE, "mask reveal"),
    (OTHER, PLAIN, BY_AUTHOR, "mask reveal"),
    (OTHER, TREATING, BY_AUTHOR, "mask unmask reveal archive"),
    (OTHER, TREATING, BY_PATIENT, ALL),
    (MACHINE, PLAIN, BY_AUTHOR, "delete"),
    (MACHINE, PLAIN, BY_MACHINE, "delete"),
    (MACHINE, PLAIN, BY_PATIENT, ""),
    (STRANGE_MACHINE, PLAIN, BY_AUTHOR, ""),
    (CLERK, PLAIN, BY_AUTHOR, ""),
    (SYSTEM, PLAIN, BY_AUTHOR, ""),
]


@pytest.mark.parametrize(("who", "standing", "deposit", "allowed"), MATRIX)
def test_the_matrix(who: Actor, standing: Standing, deposit: Deposit, allowed: str) -> None:
    decisions = {
        act: decide_on_document(act, actor=who, standing=standing, deposit=deposit, rights=latest())
        for act in DocumentAct
    }
    assert {act.value for act, decision in decisions.items() if decision.allowed} == set(allowed.split())


@pytest.mark.parametrize(("act", "who"), list(product(DocumentAct, (PATIENT, OTHER, CLERK))))
def test_a_no_says_why_and_where_it_is_written(act: DocumentAct, who: Actor) -> None:
    decision = decide_on_document(act, actor=who, standing=PLAIN, deposit=BY_AUTHOR, rights=latest())
    if decision.problem is not None:
        assert decision.rule == decision.problem.rule
        assert decision.problem.text.endswith(".")
        assert "TD3.3" in decision.problem.source


def test_a_structure_without_a_name_owns_nothing() -> None:
    nameless = Actor(kind=ActorKind.STRUCTURE, person="machine", structure="", proof="vihf")
    for act in DocumentAct:
        assert not decide_on_document(act, actor=nameless, standing=PLAIN, deposit=BY_PATIENT, rights=latest()).allowed
