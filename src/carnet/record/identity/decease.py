"""The death of a record's person, as the paper that a desk saw tells it, and its correction."""

from __future__ import annotations

from datetime import date

from carnet.kernel import database
from carnet.kernel.errors import Problem, Reason

_SOURCE = "Code civil, art. 78 et 79"
_PERSON = "SELECT birth_date, deceased_on FROM identity_record WHERE record_id = %s FOR UPDATE"
_WRITE = "UPDATE identity_record SET deceased_on = %(on)s WHERE record_id = %(record_id)s"


def declare(record_id: int, on: date, today: date) -> Problem | None:
    """Write the day of a death, inside the caller's transaction. Rules: `decease-known`, `decease-date`."""
    born, known = database.rows(_PERSON, (record_id,))[0]
    if known is not None:
        return _problem("decease-known", "Le décès de cette personne est déjà déclaré.", "une seule déclaration")
    if on > today:
        return _problem("decease-date", "Ce jour n'est pas encore venu.", "aujourd'hui ou avant")
    if born is not None and on < born:
        return _problem("decease-date", "Ce jour précède la naissance de la personne.", "après sa naissance")
    database.execute(_WRITE, {"record_id": record_id, "on": on})
    return None


def take_back(record_id: int) -> Problem | None:
    """A death that was declared wrongly, inside the caller's transaction. Rule: `decease-none`."""
    _, known = database.rows(_PERSON, (record_id,))[0]
    if known is None:
        return _problem("decease-none", "Aucun décès n'est déclaré pour cette personne.", "")
    database.execute(_WRITE, {"record_id": record_id, "on": None})
    return None


def _problem(rule: str, text: str, expected: str) -> Problem:
    return Problem(
        reason=Reason.INVALID, rule=rule, text=text, field="Patient.deceased", expected=expected, source=_SOURCE
    )
