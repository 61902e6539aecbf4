"""What a mail may say: fixed letters in `letters/`, and the few values that may be put in them.

A mail crosses machines that are nobody's friend, so it carries no name of a person, no title, no identifier, no link:
each value that a letter may hold is in `VALUES`, with the only form that it may have. First line of a file: the
subject; then the body, in plain text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from string import Template

FOLDER = Path(__file__).resolve().parent / "letters"

# Everything that may vary in a mail, and how it is written. Nothing here can hold a word that somebody chose.
VALUES: dict[str, re.Pattern[str]] = {
    "code": re.compile(r"[0-9]{6}"),
    "minutes": re.compile(r"[0-9]{1,3}"),
    "moment": re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4} à [0-9]{2} h [0-9]{2}"),
}
# How long a letter is worth sending, when it is not a week: a code that no longer opens anything stays here.
WORTH_SENDING = {
    "code_sign_in": timedelta(minutes=10),
    "code_address": timedelta(minutes=10),
    "code_recovery": timedelta(minutes=10),
}
_WEEK = timedelta(days=7)


class UnknownLetterError(ValueError):
    """No such letter, or a value that it may not hold: a fault of the code that asked, never of a person."""


@functools.cache
def _letter(template: str) -> tuple[str, Template]:
    path = FOLDER / f"{template}.txt"
    if not re.fullmatch(r"[a-z_]+", template) or not path.is_file():
        raise UnknownLetterError(f"there is no letter {template!r}")
    subject, body = path.read_text(encoding="utf-8").split("\n", 1)
    return subject, Template(body)


def names() -> tuple[str, ...]:
    """Every letter."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))


def write(template: str, about: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body of a letter; `about` gives exactly the values that it holds.

    Raises UnknownLetterError for an unknown letter, a value outside `VALUES` or in another form, one too many or one
    too few. The message never repeats a value.
    """
    subject, body = _letter(template)
    wanted = set(body.get_identifiers())
    if set(about) != wanted:
        raise UnknownLetterError(f"{template} holds {sorted(wanted)}, not {sorted(about)}")
    for name, value in about.items():
        if name not in VALUES or not VALUES[name].fullmatch(value):
            raise UnknownLetterError(f"{template}: {name} is not of the form that a mail may hold")
    return f"Carnet : {subject[0].lower()}{subject[1:]}", body.substitute(about)


def worth_sending(template: str) -> timedelta:
    """How long after it was asked for a letter still says something true."""
    return WORTH_SENDING.get(template, _WEEK)
