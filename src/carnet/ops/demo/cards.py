"""Cartes Vitale of the demonstration, for the simulated reader: one file a card, of test persons only.

A card is its holder's and lists the beneficiaries of the cover. One is a family's, one has been replaced (its last day
is over), one belongs to somebody who has no record yet.
"""

from __future__ import annotations

import json
from pathlib import Path

from carnet.ops.demo import patients as of
from carnet.ops.demo.patients import Person

# File name → holder, then the others of the card.
_CARDS: dict[str, tuple[str, ...]] = {
    "01-marcel": ("marcel.demo-chene",),
    "02-eloise": ("eloise.demo-bruyere",),
    "03-famille-acacia": (
        "julien.demo-acacia",
        "sophie.demo-roussillon",
        "lea.demo-acacia",
        "lina.demo-acacia",
    ),
    "04-famille-jumel": ("sandra.demo-fleury", "anton.demo-jumel", "basile.demo-jumel"),
    "05-francoise": ("francoise.demo-genet",),
    "06-roland": ("roland.demo-hetre", "monique.demo-ormeau"),
    "07-anghjulu": ("anghjulu.demo-castellu",),
    "08-ahmed": ("ahmed.demo-peuplier", "khadija.demo-tamarin"),
    "09-famille-charme": ("maialen.demo-charme", "enea.demo-iturri"),
    "10-patrick-sans-dossier": ("patrick.demo-saule",),
    "11-marie-homonyme": ("marie.demo-martinet",),
    "12-jean-perimee": ("jean.demo-pin.1955",),
}
_EXPIRED, _LAST_DAY, _LONG_FROM_NOW = "12-jean-perimee", "20241231", "20991231"


def listed() -> list[dict[str, str]]:
    """The file of each card, whose it is, and its last day, for who wants to try one."""
    return [
        {
            "file": f"demo/vitale/{name}.json",
            "holder": logins[0],
            "valid_until": _last_day(name),
        }
        for name, logins in _CARDS.items()
    ]


def _last_day(name: str) -> str:
    return _LAST_DAY if name == _EXPIRED else _LONG_FROM_NOW


def write(folder: Path) -> None:
    """Write the cards of a reader's folder, each whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number, (name, logins) in enumerate(_CARDS.items(), 1):
        temporary = folder / f".{name}.part"
        temporary.write_text(json.dumps(_card(number, name, logins), ensure_ascii=False, indent=1) + "\n", "utf-8")
        temporary.replace(folder / f"{name}.json")


def _card(number: int, name: str, logins: tuple[str, ...]) -> dict[str, object]:
    people = [of.person(login) for login in logins]
    return {
        "serial": f"DEMO-{number:04d}",
        "kind": "test",
        "valid_until": _last_day(name),
        "holder": people[0].identifier.value,
        "beneficiaries": [_beneficiary(one, people) for one in people],
    }


def _beneficiary(person: Person, people: list[Person]) -> dict[str, object]:
    traits = person.traits
    born = traits.birth_date
    same_day = [one for one in people if one.traits.birth_date == born]
    return {
        "birth_name": traits.birth_name,
        "used_name": traits.used_name,
        "given_name": traits.first_given,
        "birth_date": f"{born:%Y%m%d}" if born else "",
        "rank": same_day.index(person) + 1,
        "nir": person.identifier.value,
    }
