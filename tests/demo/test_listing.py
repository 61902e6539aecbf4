"""What `carnet demo` prints: a summary first, then the people one asks for."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from carnet.ops.demo.listing import KINDS, summary, tables

PEOPLE = {
    "structures": [{"id": "1", "name": "CHU", "kind": "CHU", "city": "Bordeaux", "department": "33"}],
    "professionals": [
        {
            "id": "8",
            "title": "Dr",
            "given": "Hélène",
            "family": "LIÈGE",
            "login": "helene.liege",
            "password": "p",
            "totp": "t",
        },
        {
            "id": "9",
            "title": "",
            "given": "Paul",
            "family": "AJONC",
            "login": "paul.ajonc",
            "password": "q",
            "totp": "u",
        },
    ],
    "clerks": [],
    "institutions": [],
    "patients": [],
    "population": [
        {"department": "33", "name": "Gironde", "population": 7335, "doctors": 30, "doctors_per_100000": 409.0}
    ],
}


def printed(found):
    console = Console(width=160, file=io.StringIO())
    for table in found:
        console.print(table)
    return console.file.getvalue()


def test_the_summary_counts_and_gives_densities():
    text = printed(summary(PEOPLE))
    assert all(name in text for name in KINDS)
    assert "409" in text
    assert "helene.liege" not in text


@pytest.mark.parametrize(
    ("words", "found"), [("helene", {"helene.liege"}), ("LIÈGE dr", {"helene.liege"}), ("zzz", set())]
)
def test_words_are_looked_for_without_accents_or_case(words, found):
    text = printed(tables(PEOPLE, kind="professionals", name=words, secrets=False))
    assert {login for login in ("helene.liege", "paul.ajonc") if login in text} == found


def test_secrets_are_shown_when_asked_for_and_never_searched():
    assert "paul.ajonc" not in printed(tables(PEOPLE, kind="professionals", name="q u t", secrets=True))
    assert "Mot de passe" in printed(tables(PEOPLE, kind="professionals", name="", secrets=True))
    assert "Mot de passe" not in printed(tables(PEOPLE, kind="professionals", name="", secrets=False))


def test_one_kind_and_no_empty_list():
    assert len(tables(PEOPLE, kind="structures", name="", secrets=True)) == 1
    assert len(tables(PEOPLE, kind="", name="", secrets=False)) == 2
