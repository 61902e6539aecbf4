"""`carnet domain …`: what an operator does to a whole affinity domain. 0: done; 1: refused; 2: wrong use."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from carnet.kernel import envelopes, signing
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
    export = actions.add_parser("export", help="write every record of a domain into a folder, sealed to one instance")
    export.add_argument("name", metavar="NAME", help="name of the domain")
    export.add_argument("folder", metavar="FOLDER", type=Path, help="a folder of its own")
    export.add_argument(
        "--to", default="", metavar="HEX", help="receiving key of the instance that takes it in (default: this one)"
    )
    export.set_defaults(act=_export)
    own = actions.add_parser("keys", help="the public keys that another instance exports to, and believes")
    own.set_defaults(act=_keys)
    taking = actions.add_parser("import", help="take an exported domain into another one, compared as it comes")
    taking.add_argument("folder", metavar="FOLDER", type=Path, help="what `carnet domain export` made")
    taking.add_argument("--into", dest="name", required=True, metavar="NAME", help="the domain that takes the records")
    taking.add_argument("--key", metavar="HEX", help="signing key of the exporting instance (default: this one's)")
    taking.set_defaults(act=_import)
    reopen = actions.add_parser("reopen", help="open a domain that was closed by mistake")
    reopen.set_defaults(act=_reopen)
    for one in (close, reopen):
        one.add_argument("name", metavar="NAME", help="name of the domain")
    for one in (listing, close, reopen, export, own, taking):
        one.add_argument("--as", dest="login", default="console", metavar="NAME", help="name of the operator")


def run(arguments: argparse.Namespace) -> int:
    """Runs the chosen action."""
    try:
        return int(arguments.act(arguments))
    except people.WrongUse as wrong:
        return _complain(str(wrong), 2)
    except life.CarriageError as wrong:
        return _complain(str(wrong), 1)


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


def _export(arguments: argparse.Namespace) -> int:
    actor = people.operator(arguments.login)
    export = life.export_domain(actor=actor, domain=arguments.name, folder=arguments.folder, to=arguments.to)
    if isinstance(export, Refusal):
        return _refused(export)
    if export.closed is None:
        _complain(f"{arguments.name} is open: what is written from now on may be missing. Close it for good.", 0)
    if export.done:
        print(f"repris : {len(export.done)} dossiers étaient déjà écrits et intacts")
    with _progress() as progress:
        task = progress.add_task("export", total=export.records)
        for _ in export.run():
            progress.advance(task)
    _total(f"{arguments.name} exporté", export.totals)
    print(f"manifeste signé par la clé {signing.public_key()}")
    print(f"archives scellées pour la clé {export.to}")
    return 0


def _keys(arguments: argparse.Namespace) -> int:
    print(f"reçoit : {envelopes.public_key()}")
    print(f"signe : {signing.public_key()}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    actor, key = people.operator(arguments.login), arguments.key or signing.public_key()
    taking = life.import_domain(actor=actor, domain=arguments.name, folder=arguments.folder, key=key)
    if isinstance(taking, Refusal):
        return _refused(taking)
    missing = 0
    with _progress() as progress:
        task = progress.add_task("import", total=taking.records)
        for taken in taking.run():
            progress.advance(task)
            if taken.why:
                missing += 1
                _complain(f"record {taken.carried.number}: {taken.why}", 1)
    said = life.Totals(**taking.said["totals"])
    _total("annoncé par le manifeste", said)
    _total(f"présent dans {arguments.name}, relu et comparé", taking.totals)
    print(f"oppositions reprises : {taking.oppositions} sur {taking.said['oppositions']}")
    print("identique" if said == taking.totals and not missing else f"différent : {missing} dossiers manquent")
    return 0 if said == taking.totals and not missing else 1


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _total(what: str, totals: life.Totals) -> None:
    print(
        f"{what} : {totals.records} dossiers, {totals.documents} documents ({totals.bytes} octets), "
        f"{totals.rows} lignes, {totals.traces} traces"
    )


def _done(answer: DomainState | Refusal) -> int:
    if isinstance(answer, Refusal):
        return _refused(answer)
    _show(answer)
    return 0


def _refused(refusal: Refusal) -> int:
    for problem in refusal.problems:
        _complain(f"{problem.rule}: {problem.text}", 1)
    return 1


def _complain(text: str, code: int) -> int:
    print(f"carnet domain: {text}", file=sys.stderr)
    return code


def _show(state: DomainState) -> None:
    said = "ouvert"
    if state.closed is not None:
        closed = state.closed
        said = (
            f"clos depuis le {people.day(closed.closed_at)} ({closed.reason}), "
            f"conservé jusqu'au {people.day(closed.kept_until)}"
        )
    print(f"{state.domain.name}: {state.records} dossiers, {said}")
