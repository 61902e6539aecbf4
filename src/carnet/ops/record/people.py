"""Who speaks and about whom, for the actions of `carnet record`; how a refusal is printed."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity


class WrongUse(Exception):  # noqa: N818 it names what happened
    """The action cannot start as it was asked; the message says what to change."""


def complain(text: str) -> None:
    """Say on standard error what is wrong."""
    print(f"carnet record: {text}", file=sys.stderr)


def person(login: str, *kinds: ActorKind) -> Actor:
    """The actor of a portal login; raises WrongUse for another kind of actor."""
    actor = directory.actor_of_login(login=login, proof="process")
    if actor is None or actor.kind not in kinds:
        wanted = " or ".join(kind.value for kind in kinds)
        raise WrongUse(f"{login} is not the login of a {wanted}; `carnet demo` lists them.")
    return actor


def operator(name: str) -> Actor:
    """The operator, who has this machine: `name` is what the journal keeps; raises WrongUse for somebody's login."""
    if directory.actor_of_login(login=name, proof="process") is not None:
        raise WrongUse(f"{name} is the login of somebody else: this is for the operator, give your own name.")
    return Actor(kind=ActorKind.SYSTEM, person=f"operator:{name}", name=name, proof="process")


def refused(answer: Refusal) -> int:
    """Print each reason of a refusal."""
    for problem in answer.problems:
        complain(f"{problem.rule}: {problem.text}")
    return 1


def wrong_use(wrong: WrongUse) -> int:
    """Say what to change."""
    complain(str(wrong))
    return 2


def day(at: datetime) -> str:
    """A date as people write it."""
    return at.strftime("%d/%m/%Y")


def add_traits(parser: argparse.ArgumentParser) -> None:
    """The fields of the desk's form; sex and birth place are those the INS carries."""
    parser.add_argument("ins", metavar="INS", help="matricule INS (15 characters, test) or CX")
    parser.add_argument("birth_name", metavar="BIRTH_NAME")
    parser.add_argument("given_names", metavar="GIVEN_NAMES", help="all of them, separated by spaces")
    parser.add_argument("birth_date", metavar="BIRTH_DATE", type=_date, help="YYYY-MM-DD")
    parser.add_argument("--sex", choices=("M", "F"), help="for an identifier that does not tell it (INS-C)")
    parser.add_argument("--place", metavar="CODE", help="birth place (5 characters), for an identifier without it")
    add_domain(parser)


def add_domain(parser: argparse.ArgumentParser) -> None:
    """The affinity domain of the record."""
    parser.add_argument("--domain", default="fr", help="affinity domain (default: fr)")


def traits(arguments: argparse.Namespace, identifier: identity.PatientIdentifier) -> identity.Traits:
    """The traits that the fields say."""
    names = arguments.given_names.split()
    implied = identity.implied_by_ins(identifier.value)
    return identity.Traits(
        birth_name=arguments.birth_name,
        given_names=" ".join(names),
        first_given=names[0] if names else "",
        sex=arguments.sex or (implied.sex if implied is not None else "U"),
        birth_date=arguments.birth_date,
        birth_place=arguments.place or (implied.birth_place if implied is not None else ""),
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a date that exists, written YYYY-MM-DD") from None
