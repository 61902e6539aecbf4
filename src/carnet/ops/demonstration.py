"""`carnet demo`: the fictional region, loaded or found, and who is in it."""

from __future__ import annotations

import argparse
import json
import sys

from django.conf import settings
from rich.console import Console
from rich.table import Table

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
_SECRETS = {"password": "Mot de passe", "totp": "Graine TOTP"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--secrets also shows passwords and second-factor seeds."""
    parser.add_argument("--secrets", action="store_true", help="show passwords and TOTP seeds too")


def run(arguments: argparse.Namespace) -> int:
    """Loads the region where it is missing and lists its people. Returns the exit code."""
    if settings.CARNET_MODE != "demo":
        print(
            "carnet: the demonstration is fictional people with known passwords; CARNET_MODE=demo only.",
            file=sys.stderr,
        )
        return 1
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
