"""`carnet demo`: the fictional region, loaded or found, and who is in it."""

from __future__ import annotations

import argparse
import json
import sys

from django.conf import settings
from rich.console import Console
from rich.table import Table


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
    console = Console()
    for title, rows in _tables(people, secrets=arguments.secrets):
        table = Table(title=title, title_justify="left")
        for column in rows[0]:
            table.add_column(column)
        for row in rows:
            table.add_row(*row.values())
        console.print(table)
    console.print(f"{loaded.documents} documents ; {loaded.identities}", soft_wrap=True)
    return 0


def _tables(people: dict[str, list[dict[str, str]]], *, secrets: bool) -> list[tuple[str, list[dict[str, str]]]]:
    columns = {
        "structures": ("id", "name", "kind", "city"),
        "professionals": ("id", "title", "given", "family", "login"),
        "clerks": ("id", "name", "login"),
        "patients": ("ins", "birth_name", "first_given", "birth_date", "login"),
    }
    titles = {
        "structures": "Structures",
        "professionals": "Professionnels",
        "clerks": "Agents d'accueil",
        "patients": "Patients (INS de test)",
    }
    found = []
    for kind, names in columns.items():
        shown = (*names, "password", "totp") if secrets and kind != "structures" else names
        found.append((titles[kind], [{name: str(one[name]) for name in shown} for one in people[kind]]))
    return found
