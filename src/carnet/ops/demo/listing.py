"""The people of identities.json as tables for a terminal: a summary first, then whom one asks for."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from rich.table import Table

People = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One list of the file: its title, and field → heading."""

    title: str
    columns: dict[str, str]


KINDS: dict[str, Kind] = {
    "structures": Kind(
        "Structures", {"id": "Identifiant", "name": "Nom", "kind": "Sorte", "city": "Ville", "department": "Dép."}
    ),
    "professionals": Kind(
        "Professionnels",
        {
            "id": "Identifiant",
            "title": "Titre",
            "given": "Prénom",
            "family": "Nom",
            "occupation": "Profession",
            "role": "Fonction",
            "login": "Compte",
        },
    ),
    "clerks": Kind(
        "Agents, secrétariats et coordinations",
        {"id": "Identifiant", "name": "Nom", "role": "Fonction", "login": "Compte"},
    ),
    "institutions": Kind(
        "Institutions (aucun droit dans les dossiers)",
        {"institution": "Institution", "name": "Nom", "role": "Fonction", "login": "Compte"},
    ),
    "caregivers": Kind("Proches aidants sans carnet", {"name": "Nom", "login": "Compte"}),
    "patients": Kind(
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


def summary(people: People) -> list[Table]:
    """How many of each kind, and the departments with their doctors."""
    counts = Table(title="La région de démonstration (tout est fictif)", title_justify="left")
    counts.add_column("Liste")
    counts.add_column("Combien", justify="right")
    for name, kind in KINDS.items():
        counts.add_row(f"{name} : {kind.title}", str(len(people.get(name, ()))))
    density = Table(title="Médecins pour 100 000 habitants (population synthétique)", title_justify="left")
    for heading in ("Département", "Habitants", "Médecins", "Densité"):
        density.add_column(heading, justify="left" if heading == "Département" else "right")
    for one in people.get("population", ()):
        figures = (one["population"], one["doctors"], round(one["doctors_per_100000"]))
        density.add_row(f"{one['name']} ({one['department']})", *(str(figure) for figure in figures))
    return [counts, density]


def tables(people: People, *, kind: str, name: str, secrets: bool) -> list[Table]:
    """The lists of one kind ("" for all) whose lines hold all the words of `name`; empty ones are left out."""
    return [
        table
        for key, shown in KINDS.items()
        if kind in ("", key)
        for table in [_table(shown, people.get(key, ()), name, secrets=secrets and key != "structures")]
        if table.row_count
    ]


def _table(kind: Kind, rows: list[People], name: str, *, secrets: bool) -> Table:
    columns = kind.columns | _SECRETS if secrets else kind.columns
    table = Table(title=kind.title, title_justify="left")
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    words = _plain(name).split()
    for row in rows:
        cells = [str(row.get(column, "")) for column in columns]
        line = _plain(" ".join(str(row.get(column, "")) for column in kind.columns))
        if all(word in line for word in words):
            table.add_row(*cells)
    return table


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
