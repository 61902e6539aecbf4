"""Identifiers drawn at random: INS-A, and local numbers for people without INS. Neither says anything of anybody.

INS-A was to be given by one central system, at random, without meaning and without collision; it was never deployed
and no form was published. Here it has the 22 digits of an INS-C, and its number lies above every 64-bit one, so that
none is ever taken for the other: a number drawn between 2^64 and 10^20, on 20 digits, and the same key. 66 bits leave
no chance to guess one; the caller asks the locator whether one is taken.
"""

from __future__ import annotations

import re
import secrets

from carnet.kernel.errors import Problem, Reason

SOURCE = "ASIP Santé, programme INS (INS-A) ; forme propre à cette instance"
_FIRST, _END = 1 << 64, 10**20
_INS_A = re.compile("[0-9]{22}")
# Without the signs that people take for one another (0 O, 1 I L).
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LOCAL = 16


def new_ins_a() -> str:
    """An INS-A: 20 digits drawn, 2 of key."""
    number = _FIRST + secrets.randbelow(_END - _FIRST)
    return f"{number:020d}{97 - number % 97:02d}"


def check_ins_a(value: str) -> Problem | None:
    """The problem of a received INS-A: its form, its range, its key."""
    if _INS_A.fullmatch(value) is None:
        return _problem("ins-a-length", "Un INS-A a 22 chiffres.", f"{len(value)} caractères", "22 chiffres")
    number = int(value[:20])
    if number < _FIRST:
        return _problem("ins-a-range", "Ce nombre n'est pas celui d'un INS-A.", value[:20], "un nombre attribué")
    if value[20:] != f"{97 - number % 97:02d}":
        return _problem("ins-a-key", "La clé de l'INS-A est fausse.", value[20:], "")
    return None


def new_local() -> str:
    """A local number of 16 signs that nobody confuses when they read it aloud (79 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LOCAL))


def _problem(rule: str, text: str, found: str, expected: str) -> Problem:
    return Problem(
        reason=Reason.INVALID, rule=rule, text=text, field="patientId", found=found, expected=expected, source=SOURCE
    )
