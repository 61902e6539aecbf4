"""What a person can be taken for, as keys that look-alikes share; pure.

A key is made of a name, a given name and a birth date, normalised: without accents, hyphens, apostrophes or spaces,
the two names in either order, the day and the month in either order. For each digit of the date another key leaves it
out, so that one wrong digit still meets. Nothing is phonetic and nothing is a prefix: who does not type a whole
identity meets nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date

from carnet.record.identity import insc, rules
from carnet.record.identity.values import PatientIdentifier, Traits

_ANY = "?"


def keys(traits: Traits, identifiers: tuple[PatientIdentifier, ...]) -> frozenset[int]:
    """Every key of a person, as signed 64-bit numbers."""
    return frozenset(_number(text) for text in _texts(traits, identifiers))


def why(one: Traits, other: Traits) -> tuple[str, ...]:
    """In what two people who share a key are alike: `same`, or what differs between them, or `same-number`."""
    found = []
    if _names(one) & _names(other):
        pass
    elif _names(one) & {(given, name) for name, given in _names(other)}:
        found.append("inverted-names")
    else:
        return ("same-number",)
    if one.birth_date != other.birth_date:
        found.append("day-month" if _sorted_date(one) == _sorted_date(other) else "one-digit")
    return tuple(found) or ("same",)


def shown_name(traits: Traits) -> str:
    """The start of each name: enough for who has the person before them, too little for who has not."""
    return " ".join(part[:2].upper() + "…" for part in (traits.birth_name, traits.first_given) if part)


def shown_date(traits: Traits, typed: date | None) -> str:
    """A birth date with only the parts that were typed: `12/••/1980`."""
    own = traits.birth_date
    if own is None:
        return ""
    day = f"{own.day:02d}" if typed and typed.day == own.day else "••"
    month = f"{own.month:02d}" if typed and typed.month == own.month else "••"
    year = f"{own.year:04d}" if typed and typed.year == own.year else "••••"
    return f"{day}/{month}/{year}"


def _texts(traits: Traits, identifiers: tuple[PatientIdentifier, ...]) -> Iterator[str]:
    for name, given in _names(traits):
        pair = "|".join(sorted((name, given)))
        yield f"N|{pair}|{_sorted_date(traits)}"
        digits = "" if traits.birth_date is None else f"{traits.birth_date:%Y%m%d}"
        for place in range(len(digits)):
            yield f"D|{pair}|{digits[:place]}{_ANY}{digits[place + 1 :]}"
    for identifier in identifiers:
        # One matricule under two authorities (waiting, definitive, test) is one person.
        if rules.is_ins(identifier.system) and identifier.system not in rules.CALCULATED:
            yield f"I|{identifier.value}"


def _names(traits: Traits) -> frozenset[tuple[str, str]]:
    """Every (name, given name) that a person goes by, normalised."""
    names = {insc.normalised(traits.birth_name), insc.normalised(traits.used_name)} - {""}
    givens = {insc.normalised(given) for given in (traits.first_given, traits.used_given, traits.given_names)} - {""}
    return frozenset((name, given) for name in names for given in givens)


def _sorted_date(traits: Traits) -> str:
    born = traits.birth_date
    return "" if born is None else f"{born.year:04d}" + "".join(sorted((f"{born.month:02d}", f"{born.day:02d}")))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
