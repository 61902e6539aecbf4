"""`carnet account end|disable|enable`: sessions that an operator ends, accounts that they close.

A disabled account signs nobody in, by any means, and its open sessions end at their next request. Machines are not
accounts: their certificates are revoked, their software removed (`carnet client remove`).
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

_REFUSED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`end`, `disable`, `enable`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    ending = actions.add_parser("end", help="end the sessions of an account, or all of them")
    which = ending.add_mutually_exclusive_group(required=True)
    which.add_argument("login", nargs="?", metavar="LOGIN")
    which.add_argument("--everybody", action="store_true", help="every session of everybody")
    for name, words in (("disable", "close an account and end its sessions"), ("enable", "open a closed account")):
        actions.add_parser(name, help=words).add_argument("login", metavar="LOGIN")


def run(arguments: argparse.Namespace) -> int:
    """Exit code: 0 done, 1 for a login that nobody has."""
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.models import Session

    if arguments.action == "end" and arguments.everybody:
        count, _ = Session.objects.all().delete()
        print(f"{count} sessions ended: everybody signs in again.")
        return 0
    user = get_user_model().objects.filter(username=arguments.login).first()
    if user is None:
        print(f"{arguments.login}: no such account.", file=sys.stderr)
        return _REFUSED
    if arguments.action == "enable":
        user.is_active = True
        user.save(update_fields=["is_active"])
        print(f"{arguments.login}: open.")
        return 0
    if arguments.action == "disable":
        user.is_active = False
        user.save(update_fields=["is_active"])
    print(f"{arguments.login}: {'closed, ' * (arguments.action == 'disable')}{_end(user)} sessions ended.")
    return 0


def _end(user: Any) -> int:
    """End every session of an account: what a session holds says whose it is."""
    from django.contrib.auth import SESSION_KEY
    from django.contrib.sessions.models import Session

    ended = 0
    for session in Session.objects.iterator(chunk_size=500):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
            ended += 1
    return ended
