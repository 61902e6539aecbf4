"""`carnet domain …`: what an operator does to a whole affinity domain. 0: done; 1: refused; 2: wrong use."""

from __future__ import annotations

import argparse
import sys

from carnet.kernel.errors import Refusal
from carnet.ops.record import people
from carnet.record.life import api as life
from carnet.record.life.api import DomainState


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions, one word each."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every domain, how many records it has, whether it is closed")
    listing.set_defaults(act=_list)
    close = actions.add_parser("close", help="close a domain: it is read, and nothing more is written in it")
    close.add_argument("--reason", required=True, metavar="TEXT", help="why, for the journal and for who is refused")
    close.add_argument("--years", type=int, default=10, metavar="N", help="retention after the closing (default: 10)")
    close.set_defaults(act=_close)
    reopen = actions.add_parser("reopen", help="open a domain that was closed by mistake")
    reopen.set_defaults(act=_reopen)
    for one in (close, reopen):
        one.add_argument("name", metavar="NAME", help="name of the domain")
    for one in (listing, close, reopen):
        one.add_argument("--as", dest="login", default="console", metavar="NAME", help="name of the operator")


def run(arguments: argparse.Namespace) -> int:
    """Runs the chosen action."""
    try:
        return int(arguments.act(arguments))
    except people.WrongUse as wrong:
        print(f"carnet domain: {wrong}", file=sys.stderr)
        return 2


def _list(arguments: argparse.Namespace) -> int:
    for state in life.domain_states(actor=people.operator(arguments.login)):
        _show(state)
    return 0


def _close(arguments: argparse.Namespace) -> int:
    if not 1 <= arguments.years <= 100:
        raise people.WrongUse("--years is a number from 1 to 100.")
    actor = people.operator(arguments.login)
    return _done(life.close_domain(actor=actor, domain=arguments.name, reason=arguments.reason, years=arguments.years))


def _reopen(arguments: argparse.Namespace) -> int:
    return _done(life.reopen_domain(actor=people.operator(arguments.login), domain=arguments.name))


def _done(answer: DomainState | Refusal) -> int:
    if isinstance(answer, Refusal):
        for problem in answer.problems:
            print(f"carnet domain: {problem.rule}: {problem.text}", file=sys.stderr)
        return 1
    _show(answer)
    return 0


def _show(state: DomainState) -> None:
    said = "ouvert"
    if state.closed is not None:
        closed = state.closed
        said = (
            f"clos depuis le {people.day(closed.closed_at)} ({closed.reason}), "
            f"conservé jusqu'au {people.day(closed.kept_until)}"
        )
    print(f"{state.domain.name}: {state.records} dossiers, {said}")
