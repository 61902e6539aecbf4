"""`carnet journal verify`: recompute the whole journal, and say which record and which place is wrong."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from carnet.kernel import clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.journal import api as journal
from carnet.record.life import api as life

_OPERATOR = Actor(kind=ActorKind.SYSTEM, person="carnet-journal", name="Carnet", proof="process")
_EVERY = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`verify`, and the key to believe."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="recompute MACs, writers' numbers, chains and seals")
    verify.add_argument(
        "--key", type=_key, metavar="HEX", help="the public key of the sealer, as you noted it elsewhere"
    )


def _key(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError("a public key has 64 hexadecimal digits")
    return text.lower()


def run(arguments: argparse.Namespace) -> int:
    """Exit code: 0 nothing is wrong, 1 something is (each fault printed), 2 wrong use, 3 no database."""
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
            actor=_OPERATOR, erased=life.erased(actor=_OPERATOR), trusted=arguments.key or "", step=step
        )
        for fault in examination.faults():
            counts[fault.wrong] += 1
            record = "record unknown" if fault.record_id is None else f"record {fault.record_id}"
            print(f"{fault.wrong}: {record}: {fault.place}")
    print(f"{examination.entries} entries, {examination.links} places in chains, {examination.seals} seals read")
    print(f"not covered: {_not_covered(examination)}")
    if counts:
        print(f"carnet journal: {sum(counts.values())} faults ({_told(counts)})", file=sys.stderr)
        return 1
    print("nothing is wrong")
    return 0


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
