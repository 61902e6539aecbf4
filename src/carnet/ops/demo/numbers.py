"""Fictional numbers with right keys.

They are built in ranges that nobody holds: RPPS 99900… (the range of test cards), FINESS whose third to
sixth digits are 0999, SIREN 9999999xx, and INS with an order number above 980, which no town of these
people's birth reaches in a month. All INS belong to the test authority 1.2.250.1.213.1.4.10.
"""

from __future__ import annotations

from carnet.record.identity import api as identity


def luhn_key(digits: str) -> str:
    """The check digit of Luhn (ISO/IEC 7812-1) that completes `digits`."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 - position % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def _keyed(digits: str) -> str:
    return digits + luhn_key(digits)


def rpps(rank: int) -> str:
    """RPPS of 11 digits."""
    return _keyed(f"99900{rank:05d}")


def finess(department: str, rank: int) -> str:
    """FINESS of 9 digits in a department."""
    return _keyed(f"{department}0999{rank:02d}")


def siret(rank: int) -> str:
    """SIRET of 14 digits: SIREN, establishment 0001, key."""
    return _keyed(_keyed(f"999999{rank:02d}") + "0001")


def ins(sex: str, year: int, month: int, place: str, order: int) -> str:
    """INS of 15 characters; `sex` is its first digit, `place` the INSEE code of the birth place."""
    number = f"{sex}{year % 100:02d}{month:02d}{place}{order:03d}"
    return number + identity.ins_key(number)
