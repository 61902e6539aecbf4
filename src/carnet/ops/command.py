"""The `carnet` command: one table of commands, one file per group of them.

A group is a module of this package with `add_arguments(parser)` and `run(arguments) -> int` (the exit code).
Groups are imported when they are called, so that one command does not pay for the others.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Command:
    """One word after `carnet`: its module in `carnet.ops`, a line of help, whether it needs Django's models."""

    name: str
    module: str
    help: str
    models: bool = True
    # Whether a person types it beside a running server: then no database is a sentence, not a stack.
    beside: bool = False


COMMANDS: tuple[Command, ...] = (
    Command("serve", "serve", "start everything, in the foreground", models=False),
    Command("check", "check", "verify database, schema, keys, disk, ports and queues"),
    Command("record", "record", "create, close, reopen, suspend or erase a record", beside=True),
    Command("domain", "domain", "close, reopen, export or import a whole domain", beside=True),
    Command("trust", "trust", "list, add or remove the authorities of machines and cards", models=False),
    Command("journal", "journal", "verify that nobody rewrote the journal", beside=True),
    Command("account", "accounts", "end sessions, close or open an account", beside=True),
    Command("client", "clients", "add, list or remove the software that may ask for tokens", beside=True),
    Command("codes", "codes", "import a published code list, dated, and say what it changes", beside=True),
    Command("feed", "feed", "send documents to a record", models=False),
    Command("find", "find", "list the documents of a record", models=False),
    Command("get", "get", "fetch a document", models=False),
    Command("bench", "bench", "measure the doors against the database that serves them", models=False),
    Command("demo", "demonstration", "list the people of the demonstration, or move its clock", beside=True),
    Command("backup", "backup", "back everything up into a folder"),
    Command("restore", "restore", "bring a backup back into an empty database"),
    Command("keys", "keys", "list, add, rotate or retire master keys", beside=True),
    Command("db", "upgrade", "move the embedded database to the preferred PostgreSQL"),
    Command("prepare", "prepare", "bring the database to this version (serve does it)"),
    Command("providers", "demo.provider.serve", "play the identity providers (serve starts it)", models=False),
    Command("lane", "lane", "serve requests on a socket (serve starts it)"),
    Command("relay", "relay", "move events to the jobs (serve starts it)"),
    Command("sealer", "sealer", "seal the journal (serve starts it)", models=False),
    Command("log-feed", "log_feed", "send the logs elsewhere (serve starts it)", models=False),
    Command("worker", "worker", "run the jobs (serve starts it)"),
)


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns its exit code (2 for a wrong use or setting)."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="carnet", description="Carnet, the shared health record.")
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    wanted = next((word for word in arguments if not word.startswith("-")), "")
    for command in COMMANDS:
        sub = choices.add_parser(command.name, help=command.help, description=command.help)
        if command.name == wanted:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carnet.config.settings")
            import_module(f"carnet.ops.{command.module}").add_arguments(sub)
    parsed = parser.parse_args(arguments)
    command = next(command for command in COMMANDS if command.name == parsed.command)
    if command.models:
        import django

        django.setup()
    run = import_module(f"carnet.ops.{command.module}").run
    from carnet.ops import traces

    return traces.around(
        command.name, parsed, lambda: _beside(command, run, parsed) if command.beside else int(run(parsed))
    )


def _beside(command: Command, run: Callable[[argparse.Namespace], int], parsed: argparse.Namespace) -> int:
    """Exit code 3, as for the other doors, when nothing answers."""
    from django.conf import settings
    from django.db import OperationalError

    try:
        return int(run(parsed))
    except OperationalError:
        home = settings.CARNET_HOME
        print(
            f"carnet {command.name}: the database of {home} does not answer. Is `carnet serve` running?",
            file=sys.stderr,
        )
        return 3


if __name__ == "__main__":
    sys.exit(main())
