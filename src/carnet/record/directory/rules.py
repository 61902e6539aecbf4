"""National identifiers and the reasons why a proven identity does not become an actor.

Identifiers carry their kind in their first character: PS_IdNat `8` + RPPS (11 digits),
`3` + FINESS or `5` + SIRET followed by `/` and an internal id; Struct_IdNat `1` + FINESS (9),
`2` + SIREN (9), `3` + SIRET (14), `4` + RPPS and a rank of 3 digits. RPPS, SIREN and SIRET end with the
check digit of Luhn (ISO/IEC 7812-1); so does a FINESS, whose Corsican letters count as zeros.
"""

from __future__ import annotations

import re

from carnet.kernel.errors import Problem, Reason

SOURCE = "CI-SIS, PS_IdNat et Struct_IdNat"
DECISION_SOURCE = "Code de la santé publique, L.1111-17 ; CI-SIS, VIHF"

_PERSON = re.compile(r"8(?P<rpps>[0-9]{11})|3(?P<finess>[0-9AB]{9})/.+|5(?P<siret>[0-9]{14})/.+")
_STRUCTURE = re.compile(
    r"1(?P<finess>[0-9AB]{9})|2(?P<siren>[0-9]{9})|3(?P<siret>[0-9]{14})|4(?P<rpps>[0-9]{11})[0-9]{3}"
)


# First character of an employee's PS_IdNat → that of their structure's Struct_IdNat.
_EMPLOYERS = {"1": "0", "3": "1", "4": "2", "5": "3", "6": "4"}


def employer(person: str) -> str | None:
    """The Struct_IdNat of the structure that an employee's identifier names; None for another sort of identifier."""
    number, slash, internal = person[1:].partition("/")
    kind = _EMPLOYERS.get(person[:1])
    return f"{kind}{number}" if kind and slash and number and internal else None


def luhn(digits: str) -> bool:
    """Whether digits end with the check digit of Luhn."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + position % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def check_person(person: str) -> Problem | None:
    """The problem of a professional's or employee's identifier, None when it is right."""
    return _check(
        _PERSON.fullmatch(person), person, "Professional.id", "8 + RPPS ; 3 + FINESS + / + id ; 5 + SIRET + / + id"
    )


def check_structure(structure: str) -> Problem | None:
    """The problem of a structure's identifier, None when it is right."""
    return _check(
        _STRUCTURE.fullmatch(structure),
        structure,
        "Structure.id",
        "1 + FINESS ; 2 + SIREN ; 3 + SIRET ; 4 + RPPS + rang",
    )


def _check(match: re.Match[str] | None, found: str, field: str, expected: str) -> Problem | None:
    if match is None:
        text = "L'identifiant national n'a pas la forme attendue."
    else:
        number = next(group for group in match.groups() if group is not None)
        if luhn(re.sub("[AB]", "0", number)):
            return None
        text, expected = "La clé de contrôle de l'identifiant national est fausse.", "une clé de Luhn juste"
    return Problem(
        reason=Reason.INVALID,
        rule="national-id",
        text=text,
        field=field,
        found=found[:80],
        expected=expected,
        source=SOURCE,
    )


def refusal(rule: str, *, found: str = "", expected: str = "") -> Problem:
    """Why a proven identity may not act here; `rule` is a key of `TEXTS`."""
    return Problem(
        reason=Reason.FORBIDDEN,
        rule=rule,
        text=TEXTS[rule],
        field="Actor",
        found=found[:80],
        expected=expected,
        source=DECISION_SOURCE,
    )


TEXTS = {
    "professional-unknown": "Ce professionnel n'est pas dans l'annuaire.",
    "professional-blocked": "Ce professionnel est bloqué dans l'annuaire : il ne peut plus agir.",
    "structure-unknown": "Cette structure n'est pas dans l'annuaire.",
    "structure-blocked": "Cette structure est bloquée dans l'annuaire : on ne peut plus agir en son nom.",
    "structure-missing": "Ce professionnel exerce dans plusieurs structures : il doit dire dans laquelle il agit.",
    "activity-absent": "Ce professionnel n'exerce pas dans cette structure.",
    "employee-structure": "L'identifiant de cet employé n'est pas celui d'un employé de cette structure.",
    "activity-ended": "L'activité de ce professionnel dans cette structure est terminée.",
}


# What the directory calls the structure of a centre 15 (`Structure.kind`).
REGULATION_KIND = "SAMU"
