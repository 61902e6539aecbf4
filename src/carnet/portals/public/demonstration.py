"""The demonstration's people with what they sign in with, read from the file that the loader wrote.

Served in demo mode only. The codes are computed here so that nobody needs an authenticator application to
try; a production instance has neither the file nor the page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carnet.kernel import clock

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


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts of one kind."""

    title: str
    people: tuple[Person, ...]


def code_at(seed: str, moment: float) -> str:
    """The TOTP of a base32 seed (RFC 6238, SHA-1, 30 s, 6 digits)."""
    key = base64.b32decode(seed.upper() + "=" * (-len(seed) % 8))
    digest = hmac.digest(key, int(moment // _PERIOD).to_bytes(8), hashlib.sha1)
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def groups(path: Path) -> tuple[Group, ...]:
    """The accounts of an identities file; empty before the loader has written it."""
    if not path.is_file():
        return ()
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    structures = {one["id"]: one["name"] for one in content.get("structures", ())}
    return (
        Group("Professionnels", tuple(_people(content, "professionals", structures))),
        Group("Admissions", tuple(_people(content, "clerks", structures))),
        Group("Patients", tuple(_people(content, "patients", structures))),
    )


def _people(content: dict[str, Any], kind: str, structures: dict[str, str]) -> Iterator[Person]:
    for one in content.get(kind, ()):
        if not one.get("login"):
            continue
        if kind == "patients":
            name = f"{one['birth_name'].upper()} {one['given_names']}"
            about = ""
        elif kind == "professionals":
            name = f"{one['given']} {one['family'].upper()}"
            about = ", ".join(structures.get(place, place) for place in one.get("structures", ()))
        else:
            name = one.get("name") or one["login"]
            about = structures.get(one["structure"], one["structure"])
        yield Person(
            name=name,
            about=about,
            login=one["login"],
            password=one["password"],
            code=code_at(one["totp"], clock.now().timestamp()),
            ins=one.get("ins", ""),
        )
