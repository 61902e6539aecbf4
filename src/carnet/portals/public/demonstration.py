"""The demonstration's people with what they sign in with, read from the file that the loader wrote.

Served in demo mode only. The codes are computed here so that nobody needs an authenticator application to
try; a production instance has neither the file nor the page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carnet.kernel import clock

# In the order of the page; the first accounts of each list are shown before anybody searches.
KINDS = {
    "patients": "Patients",
    "professionals": "Professionnels",
    "clerks": "Admissions, secrétariats et coordinations",
    "caregivers": "Proches aidants sans carnet",
    "institutions": "Institutions, sans droit dans les carnets",
}
SHOWN = 12
SPOILED = ("expired", "revoked", "not_yet_valid", "self_signed", "foreign_authority", "wrong_usage")
_PERIOD = 30
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Person:
    """One fictional account."""

    name: str
    about: str
    login: str
    password: str
    code: str
    ins: str = ""

    def answers(self, words: tuple[str, ...]) -> bool:
        """Whether all words, in small letters without accents, are in what is shown of the person."""
        shown = plain(f"{self.name} {self.about} {self.login} {self.ins}")
        return all(word in shown for word in words)


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts of one kind: those that answer, in full or as many as a page takes, and how many there are."""

    kind: str
    title: str
    people: tuple[Person, ...]
    found: int
    total: int


def code_at(seed: str, moment: float) -> str:
    """The TOTP of a base32 seed (RFC 6238, SHA-1, 30 s, 6 digits)."""
    key = base64.b32decode(seed.upper() + "=" * (-len(seed) % 8))
    digest = hmac.digest(key, int(moment // _PERIOD).to_bytes(8), hashlib.sha1)
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def plain(text: str) -> str:
    """Text in small letters without accents."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def groups(path: Path, *, kind: str = "", words: str = "") -> tuple[Group, ...]:
    """The accounts of an identities file that answer; empty before the loader has written it.

    Without a kind or words each group shows its first accounts, which have the stories told first.
    """
    if not path.is_file():
        return ()
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    structures = {one["id"]: one["name"] for one in content.get("structures", ())}
    wanted = tuple(plain(words).split())
    found = []
    for key, title in KINDS.items():
        everybody = tuple(_people(content, key, structures))
        answering = tuple(one for one in everybody if one.answers(wanted))
        shown = answering if kind or wanted else answering[:SHOWN]
        if kind in ("", key) and answering:
            found.append(Group(key, title, shown, len(answering), len(everybody)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Card:
    """A card that opens nothing, to try what a refusal looks like: what it is, whose it is, its files in the home."""

    about: str
    login: str
    files: tuple[str, ...]


def refused_cards(path: Path) -> tuple[Card, ...]:
    """The spoiled cards of an identities file: certificates of a professional, and cartes Vitale that are over."""
    if not path.is_file():
        return ()
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    spoiled = [
        Card(f"Carte de professionnel, {one['about']}", one["login"], (one["certificate"], one["key"]))
        for kind in SPOILED
        for one in content.get(kind, ())
    ]
    today = f"{clock.now():%Y%m%d}"
    over = [
        Card("Carte Vitale périmée, pour le lecteur du poste d’accueil", one["holder"], (one["file"],))
        for one in content.get("vitale", ())
        if one["valid_until"] < today
    ]
    return (*spoiled, *over)


def _people(content: dict[str, Any], kind: str, structures: dict[str, str]) -> Iterator[Person]:
    names = {
        one["id"]: f"{one['title']} {one['given']} {one['family']}".strip() for one in content.get("professionals", ())
    }
    for one in content.get(kind, ()):
        if not one.get("login"):
            continue
        if kind == "patients":
            name = f"{one['birth_name'].upper()} {one['given_names']}"
            shut = (names.get(number, number) for number in one.get("blocked", ()))
            about = ", ".join(part for part in (_born(one), *(f"a bloqué {name}" for name in shut)) if part)
        elif kind == "professionals":
            name = f"{one['given']} {one['family'].upper()}"
            places = (structures.get(place, place) for place in one.get("structures", ()))
            about = ", ".join(part for part in (one.get("occupation", ""), one.get("role", ""), *places) if part)
        else:
            name = one.get("name") or one["login"]
            number = one.get("structure", "")
            place = one.get("institution") or structures.get(number, number)
            about = ", ".join(part for part in (one.get("role", ""), place) if part)
        yield Person(
            name=name,
            about=about,
            login=one["login"],
            password=one["password"],
            code=code_at(one["totp"], clock.now().timestamp()),
            ins=one.get("ins", ""),
        )


def _born(one: dict[str, Any]) -> str:
    parts = one.get("birth_date", "").split("-")
    return f"{'Née' if one.get('sex') == 'F' else 'Né'} le {parts[2]}/{parts[1]}/{parts[0]}" if len(parts) == 3 else ""
