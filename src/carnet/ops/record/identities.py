"""`carnet record merge|unmerge|referent|officer`: two records of one person, who says so, who reviews emergencies."""

from __future__ import annotations

import argparse
from typing import Any

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.ops import sender
from carnet.ops.record import people
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity
from carnet.record.life import api as life

_WHO = "login of an identity-vigilance clerk, or the operator's own name"


def add_actions(actions: Any) -> None:
    """`merge` and `unmerge`, for identity-vigilance and the operator; `referent` and `officer` appoint clerks."""
    merge = actions.add_parser("merge", help="merge two records of one person")
    merge.add_argument("survivor", metavar="INS", help="the record that goes on")
    merge.add_argument("merged", metavar="OTHER", help="the record that will live in it")
    merge.add_argument("--reason", required=True, help="what proves that both are one person")
    unmerge = actions.add_parser("unmerge", help="give a merged record its own back")
    unmerge.add_argument("merged", metavar="INS", help="an identifier that the merge brought")
    for parser, act in ((merge, _merge), (unmerge, _unmerge)):
        parser.add_argument("--as", dest="login", metavar="LOGIN", required=True, help=_WHO)
        people.add_domain(parser)
        parser.set_defaults(act=act)
    referent = actions.add_parser("referent", help="entrust a clerk with identity-vigilance in their structure")
    referent.add_argument("clerk", metavar="LOGIN", help="login of the clerk")
    referent.add_argument("--dismiss", action="store_true", help="the clerk is no longer entrusted with it")
    referent.add_argument("--as", dest="login", metavar="NAME", required=True, help="name of the operator")
    referent.set_defaults(act=_referent)
    officer = actions.add_parser("officer", help="entrust a clerk with the review of emergencies (data protection)")
    officer.add_argument("clerk", metavar="LOGIN", help="login of the clerk")
    officer.add_argument("--everywhere", action="store_true", help="of every structure, not of the clerk's alone")
    officer.add_argument("--dismiss", action="store_true", help="the clerk is no longer entrusted with it")
    officer.add_argument("--as", dest="login", metavar="NAME", required=True, help="name of the operator")
    officer.set_defaults(act=_officer)


def _merge(arguments: argparse.Namespace) -> int:
    answer = life.merge(
        actor=_actor(arguments.login),
        domain=arguments.domain,
        survivor=sender.patient(arguments.survivor),
        merged=sender.patient(arguments.merged),
        reason=arguments.reason,
    )
    if isinstance(answer, Refusal):
        return people.refused(answer)
    for problem in answer.warnings:
        people.complain(f"{problem.rule}: {problem.text}")
    print(f"Dossiers réunis : {answer.moved} objets déplacés.")
    return 0


def _unmerge(arguments: argparse.Namespace) -> int:
    answer = life.unmerge(
        actor=_actor(arguments.login), domain=arguments.domain, merged=sender.patient(arguments.merged)
    )
    if isinstance(answer, Refusal):
        return people.refused(answer)
    print(f"Dossiers séparés : {answer.returned} objets rendus.")
    if answer.left:
        print(f"À examiner : {len(answer.left)} lots reçus depuis la fusion sous l'identifiant rendu, laissés ici.")
        for submission in answer.left:
            print(f"  urn:uuid:{submission}")
    return 0


def _referent(arguments: argparse.Namespace) -> int:
    try:
        clerk = people.person(arguments.clerk, ActorKind.CLERK)
        operator = people.operator(arguments.login)
    except people.WrongUse as wrong:
        return people.wrong_use(wrong)
    change = identity.dismiss_referent if arguments.dismiss else identity.appoint_referent
    change(actor=operator, person=clerk.person, structure=clerk.structure)
    print(f"{clerk.name} : identitovigilance {'retirée' if arguments.dismiss else 'confiée'}.")
    return 0


def _officer(arguments: argparse.Namespace) -> int:
    try:
        clerk = people.person(arguments.clerk, ActorKind.CLERK)
        operator = people.operator(arguments.login)
    except people.WrongUse as wrong:
        return people.wrong_use(wrong)
    if arguments.dismiss:
        access.dismiss_officer(actor=operator, person=clerk.person, structure=clerk.structure)
    else:
        access.appoint_officer(
            actor=operator, person=clerk.person, structure=clerk.structure, everywhere=arguments.everywhere
        )
    print(f"{clerk.name} : contrôle des accès d'urgence {'retiré' if arguments.dismiss else 'confié'}.")
    return 0


def _actor(login: str) -> Actor:
    """Whoever has this login; nobody's login is the operator's own name."""
    return directory.actor_of_login(login=login, proof="process") or people.operator(login)
