"""`carnet record …`: what people at the desk and operators do to a whole record, from the command line.

A module of this package adds its actions to the parser; each action's `act` runs it and returns the exit code.
0: done; 1: refused, each reason printed; 2: wrong use; 3: no database.
"""

from __future__ import annotations

import argparse

from carnet.ops.record import copies, create, identities, lifetime


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions, one word each."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create.add_actions(actions)
    lifetime.add_actions(actions)
    identities.add_actions(actions)
    copies.add_actions(actions)


def run(arguments: argparse.Namespace) -> int:
    """Runs the chosen action."""
    return int(arguments.act(arguments))
