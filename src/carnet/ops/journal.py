"""`carnet journal …`: verify that nobody rewrote it, declare what a restoration lost, forget what the law lets go."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from datetime import UTC, datetime

from django.db import transaction
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from carnet.kernel import clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.ops.record import people
from carnet.record.journal import api as journal
from carnet.record.life import api as life

_OPERATOR = Actor(kind=ActorKind.SYSTEM, person="carnet-journal", name="Carnet", proof="process")
_EVERY = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`verify`, and the keys to believe; `declare-loss` and `forget`, and who asks why."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="recompute MACs, writers' numbers, chains and seals")
    verify.add_argument(
        "--key",
        type=_key,
        action="append",
        default=[],
        metavar="HEX",
        help="a public key of the sealer, as you noted it elsewhere; again for each that sealed before",
    )
    verify.set_defaults(act=_verify)
    declare = actions.add_parser(
        "declare-loss",
        help="say, signed into the next seal, what an older backup lost",
    )
    declare.add_argument(
        "--reason",
        required=True,
        metavar="TEXT",
        help="why; whoever verifies a journal reads it: name nobody",
    )
    declare.set_defaults(act=_declare_loss)
    forget = actions.add_parser("forget", help="remove what traces of erased records said, once the law lets them go")
    forget.add_argument(
        "--years", type=int, default=10, metavar="N", help="kept for so long after the last act (default and least: 10)"
    )
    forget.set_defaults(act=_forget)
    for one in (declare, forget):
        one.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        one.add_argument("--as", dest="login", default="console", metavar="NAME", help="name of the operator")


def _key(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError("a public key has 64 hexadecimal digits")
    return text.lower()


def run(arguments: argparse.Namespace) -> int:
    """Exit code: 0 done and nothing is wrong, 1 something is (each fault printed), 2 wrong use, 3 no database."""
    try:
        return int(arguments.act(arguments))
    except people.WrongUse as wrong:
        return _complain(str(wrong), 2)


def _verify(arguments: argparse.Namespace) -> int:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    counts: Counter[str] = Counter()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def step(part: str, done: int, total: int) -> None:
            if part not in tasks:
                tasks[part] = progress.add_task(part, total=total)
            if done % _EVERY == 0 or done == total:
                progress.update(tasks[part], completed=done)

        journal.append(actor=_OPERATOR, action=journal.Action.JOURNAL_VERIFY, record_id=0, rule="operator")
        examination = journal.examine(
            actor=_OPERATOR, erased=life.erased(actor=_OPERATOR), trusted=arguments.key, step=step
        )
        for fault in examination.faults():
            counts[fault.wrong] += 1
            record = "record unknown" if fault.record_id is None else f"record {fault.record_id}"
            print(f"{fault.wrong}: {record}: {fault.place}")
    print(f"{examination.entries} entries, {examination.links} places in chains, {examination.seals} seals read")
    for loss in examination.losses:
        print(f"declared {_said(loss)}, by {loss.by}: {loss.reason}")
    print(f"not covered: {_not_covered(examination)}")
    if counts:
        return _complain(f"{sum(counts.values())} faults ({_told(counts)})", 1)
    print("nothing is wrong" + (" but what was declared lost" if examination.losses else ""))
    return 0


def _declare_loss(arguments: argparse.Namespace) -> int:
    actor = people.operator(arguments.login)
    if not 0 < len(arguments.reason.strip()) <= journal.LONGEST_REASON:
        raise people.WrongUse(f"--reason has 1 to {journal.LONGEST_REASON} characters.")
    if journal.behind_its_seals(actor=actor):
        return _complain("the sealer has not taken over every seal yet: start `carnet serve`, then ask again.", 1)
    if arguments.dry_run:
        found = journal.losses(actor=actor, reason=arguments.reason)
    else:
        found = journal.declare_loss(actor=actor, reason=arguments.reason)
    for loss in found:
        print(_said(loss))
    if not found:
        print("Nothing was lost that is not declared. Lines gone one by one are no loss: see `carnet journal verify`.")
    elif arguments.dry_run:
        print("Nothing was declared (--dry-run).")
    else:
        print("Declared: the next seal signs it, within seconds.")
    return 0


def _said(loss: journal.Loss) -> str:
    since, until = (datetime.fromtimestamp(at / 1_000_000, UTC) for at in (loss.since, loss.until))
    return (
        f"loss of {loss.places} entries at most (seals {loss.first} to {loss.last}), "
        f"from {since:%Y-%m-%d %H:%M:%S} to {until:%Y-%m-%d %H:%M:%S} UTC"
    )


def _forget(arguments: argparse.Namespace) -> int:
    actor = people.operator(arguments.login)
    if arguments.years < journal.KEPT_YEARS:
        raise people.WrongUse(f"--years is {journal.KEPT_YEARS} or more: the law keeps them for so long.")
    erased = life.erased(actor=actor)
    with transaction.atomic():
        ripe = journal.forgettable(actor=actor, record_ids=erased, years=arguments.years)
        entries = sum(one.entries for one in ripe)
        for one in ripe:
            print(f"record {one.record_id}: {one.entries} entries, the last of {one.last:%Y-%m-%d}")
        if not arguments.dry_run:
            entries = journal.forget(actor=actor, record_ids=[one.record_id for one in ripe])
    print(f"{entries} entries of {len(ripe)} erased records; {len(erased) - len(ripe)} others are kept")
    if arguments.dry_run:
        print("Nothing was forgotten (--dry-run).")
    return 0


def _complain(text: str, code: int) -> int:
    print(f"carnet journal: {text}", file=sys.stderr)
    return code


def _not_covered(examination: journal.Examination) -> str:
    if not examination.unsealed or examination.oldest_unsealed is None:
        return "nothing, every entry is sealed"
    waits = (clock.now() - examination.oldest_unsealed).total_seconds()
    return (
        f"{examination.unsealed} entries without a seal yet, the oldest for {waits:.0f} s: a removed one shows by the "
        "hole in its writer's numbers, unless it was the writer's last"
    )


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())
