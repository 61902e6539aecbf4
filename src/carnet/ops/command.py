"""The `carnet` command: one table of commands, one file per group of them.

A group is a module of this package with `add_arguments(parser)` and `run(arguments) -> int` (the exit code).
Groups are imported when they are called, so that one command does not pay for the others.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Command:
    """One word after `carnet`: its module in `carnet.ops`, a line of help, whether it needs Django's models."""

    name: str
    module: str
    help: str
    models: bool = True


COMMANDS: tuple[Command, ...] = (
    Command("serve", "serve", "start everything, in the foreground", models=False),
    Command("check", "check", "verify database, schema, keys, disk, ports and queues"),
    Command("record", "record", "create a record"),
    Command("feed", "feed", "send documents to a record", models=False),
    Command("find", "find", "list the documents of a record", models=False),
    Command("get", "get", "fetch a document", models=False),
    Command("bench", "bench", "measure the doors against the database that serves them", models=False),
    Command("demo", "demonstration", "load the demonstration region"),
    Command("prepare", "prepare", "bring the database to this version (serve does it)"),
    Command("lane", "lane", "serve requests on a socket (serve starts it)"),
    Command("relay", "relay", "move events to the jobs (serve starts it)"),
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
    return int(import_module(f"carnet.ops.{command.module}").run(parsed))


if __name__ == "__main__":
    sys.exit(main())
