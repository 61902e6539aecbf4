"""What an operator types leaves a trace of no record: the command, who typed it, how it ended.

A command is traced before it begins, so that what is cut in between was told; its failure is a second trace. Without a
database the trace waits in `$CARNET_HOME/untold.jsonl`, and the next start of the service writes it. What is not traced
here is listed with its reason.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from carnet.kernel import clock
from carnet.kernel.actor import Actor, ActorKind

_OWN = "each act has its own trace, under the record or the domain that it is about"
_SERVER = "it knocks at the server's doors as software does: the server traces it"
_PART = "a process that `carnet serve` starts: what it does is traced where it does it"
_STATE = "it shows the state of the machine, nobody's data, and changes nothing"
# A command, or a command and its action, that leaves no trace here, and why.
UNTRACED = {
    "serve": "it starts `carnet prepare`, which is traced",
    "check": _STATE,
    "keys list": _STATE,
    "trust list": _STATE,
    "client list": _STATE,
    "record": _OWN,
    "domain": _OWN,
    "journal verify": "it has its own trace, journal.verify",
    "journal declare-loss": "it has its own trace, journal.loss",
    "journal forget": "it has its own trace, journal.forget",
    "feed": _SERVER,
    "find": _SERVER,
    "get": _SERVER,
    "bench": "it measures a copy of its own, made for it and thrown away",
    "demo list": "it shows fictional people, in a demonstration only",
    "demo wait": "it waits, and changes nothing",
    "demo": "it shows fictional people, in a demonstration only",
    "providers": "a process of the demonstration, without a database",
    "lane": _PART,
    "relay": _PART,
    "sealer": _PART,
    "worker": _PART,
}
# Those that find no database, or must find an empty one, before they have run.
AFTERWARDS = frozenset({"restore", "prepare", "db upgrade"})
# What of a command line is told: what it is about, never a secret nor an address with one.
TOLD = {
    "account end": ("login", "everybody"),
    "account disable": ("login",),
    "account enable": ("login",),
    "trust add": ("name", "file"),
    "trust remove": ("name",),
    "client add": ("id", "structure", "scopes"),
    "client remove": ("id",),
    "codes import": ("attribute", "day", "file", "dry_run"),
    "keys retire": ("name",),
    "backup": ("folder",),
    "restore": ("folder", "without_ledgers"),
    "demo advance": ("domain",),
}
_LONGEST = 300
_FAILED = 1


def name_of(command: str, arguments: argparse.Namespace) -> str:
    """The command with its action."""
    return f"{command} {getattr(arguments, 'action', None) or ''}".strip()


def is_traced(name: str) -> bool:
    """Whether a command leaves its trace here."""
    return name not in UNTRACED and name.split()[0] not in (UNTRACED.keys() - {"demo"})


def around(command: str, arguments: argparse.Namespace, call: Callable[[], int]) -> int:
    """Run a command between its traces; its exit code."""
    name = name_of(command, arguments)
    if not is_traced(name):
        return call()
    detail = _detail(name, arguments)
    before = name not in AFTERWARDS
    if before:
        _leave(detail, "operator")
    code = _FAILED
    try:
        code = call()
    finally:
        if code or not before:
            _leave(detail, f"exit-{code}" if code else "operator")
    return code


def tell_waiting() -> int:
    """Write the traces that waited for a database; how many there were.

    The file is set aside first: what is typed meanwhile waits in the next one. Cut in between, it is told again.
    """
    told = 0
    aside = _waiting().with_suffix(".telling")
    while aside.exists() or _waiting().exists():
        if not aside.exists():
            _waiting().rename(aside)
        for text in aside.read_text(encoding="utf-8", errors="replace").splitlines():
            line = _read(text)
            _append(f"{line['detail']} [{line['at']}]", line["rule"], line["who"])
            told += 1
        aside.unlink()
    return told


def _read(text: str) -> dict[str, str]:
    """A line that waited; one that a power cut left half written is told as such, and stops no start."""
    try:
        line = json.loads(text)
        return {name: str(line[name]) for name in ("at", "detail", "rule", "who")}
    except (ValueError, KeyError, TypeError):
        return {"at": "?", "detail": "a trace that was cut while it was written", "rule": "operator", "who": "?"}


def _detail(name: str, arguments: argparse.Namespace) -> str:
    said = {one: getattr(arguments, one, None) for one in TOLD.get(name, ())}
    words = [f"{one}={value.name if isinstance(value, Path) else value}" for one, value in said.items() if value]
    return " ".join((name, *words))[:_LONGEST]


def _waiting() -> Path:
    home: Path = settings.CARNET_HOME
    return home / "untold.jsonl"


def _leave(detail: str, rule: str) -> None:
    """Write a trace, in the journal or, without a database that has one, in the file that waits for it."""
    import django
    from django.apps import apps
    from django.db import DatabaseError, connection

    if not apps.ready:
        django.setup()
    who = getpass.getuser()
    try:
        _append(detail, rule, who)
    except (DatabaseError, OSError):
        connection.close()
        _keep({"at": clock.now().isoformat(timespec="seconds"), "detail": detail, "rule": rule, "who": who})


def _append(detail: str, rule: str, who: str) -> None:
    # The journal's models exist once Django is set up.
    from carnet.record.journal import api as journal

    actor = Actor(kind=ActorKind.SYSTEM, person=f"operator:{who}", name=who, proof="process")
    outcome = journal.Outcome.REFUSED if rule.startswith("exit-") else journal.Outcome.DONE
    journal.append(actor=actor, action=journal.Action.OPERATOR, record_id=0, outcome=outcome, rule=rule, detail=detail)


def _keep(line: dict[str, str]) -> None:
    place = _waiting()
    if not place.parent.is_dir():
        # Nothing was ever prepared here: there is no service to tell.
        return
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(handle)
