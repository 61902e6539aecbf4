"""`carnet record create` and `announce`: open a person's record at the desk with consent, or automatically."""

from __future__ import annotations

import argparse
from typing import Any

from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Problem, Refusal
from carnet.ops import sender
from carnet.ops.record import people
from carnet.record.access import api as access
from carnet.record.identity import api as identity
from carnet.record.life import api as life


def add_actions(actions: Any) -> None:
    """`create`, as a clerk would on the page; `announce`, as the operator."""
    create = actions.add_parser("create", help="create a record with the person's consent")
    people.add_traits(create)
    create.add_argument("--consent", action="store_true", help="the person, informed, consents to the creation")
    create.add_argument("--as", dest="login", required=True, metavar="CLERK", help="login of a clerk")
    create.set_defaults(act=_create)
    announce = actions.add_parser("announce", help="create a record automatically; its person may oppose")
    people.add_traits(announce)
    announce.add_argument("--as", dest="login", required=True, metavar="NAME", help="name of the operator")
    announce.set_defaults(act=_announce)


def _create(arguments: argparse.Namespace) -> int:
    try:
        actor = people.person(arguments.login, ActorKind.CLERK)
        identifier = _identifier(arguments)
    except people.WrongUse as wrong:
        return people.wrong_use(wrong)
    if isinstance(identifier, Problem):
        return people.refused(Refusal((identifier,)))
    answer = access.create_record(
        actor=actor,
        domain=arguments.domain,
        identifier=identifier,
        traits=people.traits(arguments, identifier),
        qualification=identity.Qualification.QUALIFIED,
        consent=arguments.consent,
    )
    if isinstance(answer, Refusal):
        return _refused(answer)
    print("Ce dossier existe déjà." if answer.existing else "Dossier créé.")
    return 0


def _announce(arguments: argparse.Namespace) -> int:
    try:
        actor = people.operator(arguments.login)
    except people.WrongUse as wrong:
        return people.wrong_use(wrong)
    identifier = _identifier(arguments)
    if isinstance(identifier, Problem):
        return people.refused(Refusal((identifier,)))
    answer = life.announce(
        actor=actor,
        domain=arguments.domain,
        identifier=identifier,
        traits=people.traits(arguments, identifier),
        qualification=identity.Qualification.QUALIFIED,
    )
    if isinstance(answer, Refusal):
        return _refused(answer)
    if answer.until is None:
        print("Ce dossier existe déjà.")
    else:
        print(f"Dossier annoncé ; il sera ouvert le {people.day(answer.until)}, sauf opposition.")
    return 0


def _identifier(arguments: argparse.Namespace) -> identity.PatientIdentifier | Problem:
    return identity.parse_cx(sender.patient(arguments.ins))


def _refused(answer: Refusal) -> int:
    # Sex and birth place are read in the INS: while it is wrong, what they lack says nothing more.
    of_ins = tuple(problem for problem in answer.problems if problem.rule.startswith("ins-"))
    return people.refused(Refusal(of_ins or answer.problems))
