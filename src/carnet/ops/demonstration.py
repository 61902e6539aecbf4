"""`carnet demo`: the fictional region, loaded or found, and who is in it; `carnet demo advance 30d`: its clock."""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import timedelta

from django.conf import settings
from rich.console import Console
from rich.table import Table

from carnet.kernel import clock
from carnet.kernel.calendar import add_months

# Kind of people in identities.json → title, and field → heading.
_SHOWN = {
    "structures": ("Structures", {"id": "Identifiant", "name": "Nom", "kind": "Sorte", "city": "Ville"}),
    "professionals": (
        "Professionnels",
        {"id": "Identifiant", "title": "Titre", "given": "Prénom", "family": "Nom", "login": "Compte"},
    ),
    "clerks": ("Agents d'accueil", {"id": "Identifiant", "name": "Nom", "login": "Compte"}),
    "patients": (
        "Patients (INS de test)",
        {
            "ins": "Matricule INS",
            "birth_name": "Nom de naissance",
            "first_given": "Prénom",
            "birth_date": "Naissance",
            "login": "Compte",
        },
    ),
}
_HAPPENED = {"open": "ouvert", "close": "fermé", "erase": "effacé"}
_SECRETS = {"password": "Mot de passe", "totp": "Graine TOTP"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list` (also without a word) and `advance`; --secrets also shows passwords and second-factor seeds."""
    parser.add_argument("--secrets", action="store_true", help="show passwords and TOTP seeds too")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="list the people of the demonstration, loaded if missing")
    # The option of the group keeps its value when its word is not repeated here.
    listing.add_argument("--secrets", action="store_true", default=argparse.SUPPRESS, help="show passwords and seeds")
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
    return _advance(arguments) if arguments.action == "advance" else _list(arguments)


def _advance(arguments: argparse.Namespace) -> int:
    from carnet.ops import housekeeping
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
    if quiet:
        print("  Aucune échéance n'est tombée.")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    # Its accounts are Django models, which exist once Django is set up.
    from carnet.ops.demo import region

    loaded = region.load(settings.CARNET_HOME)
    people = json.loads(loaded.identities.read_text(encoding="utf-8"))
    # Piped, each person keeps to one line.
    console = Console(width=None if sys.stdout.isatty() else 160)
    for title, rows in _tables(people, secrets=arguments.secrets):
        table = Table(title=title, title_justify="left")
        for column in rows[0]:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row.values())
        console.print(table)
    console.print(f"{loaded.documents} documents ; {loaded.identities}", soft_wrap=True)
    return 0


def _tables(people: dict[str, list[dict[str, str]]], *, secrets: bool) -> list[tuple[str, list[dict[str, str]]]]:
    found = []
    for kind, (title, columns) in _SHOWN.items():
        shown = columns | _SECRETS if secrets and kind != "structures" else columns
        found.append((title, [{label: str(one[name]) for name, label in shown.items()} for one in people[kind]]))
    return found
