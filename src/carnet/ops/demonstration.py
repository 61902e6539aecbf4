"""`carnet demo`: the fictional region, loaded or found, and who is in it.

`carnet demo list patients --name acacia` shows people, `carnet demo wait` waits for the lives that the worker tells,
`carnet demo advance 30d` moves the clock.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from rich.console import Console

from carnet.kernel import clock
from carnet.kernel.calendar import add_months
from carnet.ops.demo.listing import KINDS, summary, tables

if TYPE_CHECKING:
    from carnet.ops.demo.lives import Progress

_HAPPENED = {"open": "ouvert", "close": "fermé", "erase": "effacé"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list` (a summary without a word), `wait` and `advance`; --secrets alone lists everybody with their secrets."""
    parser.add_argument("--secrets", action="store_true", help="show passwords and TOTP seeds too")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="list people of the demonstration")
    listing.add_argument("kind", nargs="?", choices=tuple(KINDS), help="one list only")
    listing.add_argument("--name", default="", metavar="WORDS", help="only lines with these words, accents or not")
    # The option of the group keeps its value when its word is not repeated here.
    listing.add_argument("--secrets", action="store_true", default=argparse.SUPPRESS, help="show passwords and seeds")
    waiting = actions.add_parser("wait", help="wait until the worker has told every life")
    waiting.add_argument("--seconds", type=int, default=300, help="give up after so long (default: 300)")
    advancing = actions.add_parser("advance", help="move a domain's clock forward and do what is due by then")
    advancing.add_argument("by", type=_length, metavar="LENGTH", help="30d, 2w, 6m or 10y (days, weeks, months, years)")
    advancing.add_argument("--domain", default="fr", help="affinity domain (default: fr)")


def _length(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"([1-9][0-9]{0,3})([dwmy])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is not a length such as 30d, 2w, 6m or 10y")
    return int(match[1]), match[2]


def run(arguments: argparse.Namespace) -> int:
    """Loads the region where it is missing and lists its people, or moves a clock. Returns the exit code."""
    if settings.CARNET_MODE != "demo":
        print(
            "carnet: the demonstration is fictional people with known passwords; CARNET_MODE=demo only.",
            file=sys.stderr,
        )
        return 1
    acts = {"advance": _advance, "wait": _wait}
    return acts.get(arguments.action, _list)(arguments)


def _advance(arguments: argparse.Namespace) -> int:
    from carnet.ops import housekeeping
    from carnet.record.documents import api as documents
    from carnet.record.life import api as life
    from carnet.record.terminology import api as terminology

    domain = terminology.domain(arguments.domain)
    if domain is None:
        known = ", ".join(one.name for one in terminology.domains())
        print(f"carnet demo: there is no domain {arguments.domain}; there are {known}.", file=sys.stderr)
        return 2
    count, unit = arguments.by
    present = clock.now_in(domain.number)
    try:
        if unit in "dw":
            by = timedelta(days=count) if unit == "d" else timedelta(weeks=count)
            then = clock.advance(domain.number, by)
        else:
            wanted = add_months(present, count if unit == "m" else 12 * count)
            then = clock.advance(domain.number, wanted - present)
    except (OverflowError, ValueError):
        print("carnet demo: that is beyond the calendar (year 9999).", file=sys.stderr)
        return 2
    print(f"Nous sommes le {then:%d/%m/%Y} dans le domaine {domain.name}.")
    quiet = True
    for happened in life.keep_house(actor=housekeeping.HOUSEKEEPER):
        what = _HAPPENED[happened.step.value]
        print(f"  dossier n° {happened.record_id} : {what}, échéance du {happened.at:%d/%m/%Y}")
        quiet = False
    erased = documents.erase_deleted(actor=housekeeping.HOUSEKEEPER)
    if erased:
        print(f"  documents supprimés dont le contenu est effacé : {erased}")
        quiet = False
    if quiet:
        print("  Aucune échéance n'est tombée.")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    # Its accounts are Django models, which exist once Django is set up.
    from carnet.ops.demo import lives, region

    loaded = region.load(settings.CARNET_HOME)
    people = json.loads(loaded.identities.read_text(encoding="utf-8"))
    # Piped, each person keeps to one line.
    console = Console(width=None if sys.stdout.isatty() else 160)
    if arguments.action is None and not arguments.secrets:
        for table in summary(people):
            console.print(table)
        console.print(_told(lives.progress()), soft_wrap=True)
        console.print(f"Tout : {loaded.identities}", soft_wrap=True)
        console.print("Listes : carnet demo list professionals --name cardio ; carnet demo list patients --secrets")
        return 0
    kind, name = getattr(arguments, "kind", None), getattr(arguments, "name", "")
    found = tables(people, kind=kind or "", name=name, secrets=arguments.secrets)
    for table in found:
        console.print(table)
    if not found:
        console.print("Personne ne répond à ces mots.")
    return 0


def _told(progress: Progress) -> str:
    if settings.CARNET_DEMO_LIVES != "all":
        return "Les vies et les certificats principaux seulement (CARNET_DEMO_LIVES)."
    if progress.complete:
        return "Toutes les vies sont racontées."
    if progress.failed:
        return f"Une étape a échoué après {progress.done} sur {progress.steps} : voir logs/worker.log."
    return f"Vies et certificats : {progress.done} étapes sur {progress.steps}, le reste se fait en arrière-plan."


def _wait(arguments: argparse.Namespace) -> int:
    from carnet.ops.demo import lives

    deadline = time.monotonic() + arguments.seconds
    while not (progress := lives.progress()).complete:
        if progress.failed or time.monotonic() > deadline:
            print(f"carnet demo: {_told(progress)}", file=sys.stderr)
            return 1
        time.sleep(0.3)
    print(_told(progress))
    return 0
