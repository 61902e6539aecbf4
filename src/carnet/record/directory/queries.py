"""Reads: one statement from a proven identity to everything its actor needs."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.kernel import database
from carnet.record.directory.recent import Recent
from carnet.record.directory.values import Professional, Structure

_PROFESSIONAL = """
SELECT p.id, p.family, p.given, p.profession, p.specialty, p.title, p.blocked, p.email,
       (SELECT COALESCE(array_agg(a.structure ORDER BY a.rank, a.structure), '{}')
          FROM directory_activity a WHERE a.professional = p.id AND NOT a.ended)
FROM directory_professional p WHERE p.id = %s
"""

_ACTIVITY = """
SELECT ended FROM directory_activity WHERE professional = %s AND structure = %s
"""

_STRUCTURE = "SELECT id, name, sector, kind, city, department, blocked FROM directory_structure WHERE id = %s"

_ACCOUNT = "SELECT login, kind, person, structure, name, record_id FROM directory_account WHERE login = %s"


@dataclass(frozen=True, slots=True)
class Account:
    """What a login stands for."""

    login: str
    kind: str
    person: str
    structure: str
    name: str
    record_id: int | None


def _professional(person: str) -> Professional | None:
    found = database.row(_PROFESSIONAL, (person,))
    if found is None:
        return None
    identifier, family, given, profession, specialty, title, blocked, email, structures = found
    return Professional(
        id=identifier,
        family=family,
        given=given,
        profession=profession,
        specialty=specialty,
        title=title,
        structures=tuple(structures),
        blocked=blocked,
        email=email,
    )


def _structure(identifier: str) -> Structure | None:
    found = database.row(_STRUCTURE, (identifier,))
    if found is None:
        return None
    return Structure(
        id=found[0],
        name=found[1],
        sector=found[2],
        kind=found[3],
        city=found[4],
        department=found[5],
        blocked=found[6],
    )


def activity_ended(person: str, structure: str) -> bool | None:
    """Whether an activity ended, None when there never was one."""
    found = database.row(_ACTIVITY, (person, structure))
    return found[0] if found else None


def name_of_delegate(person: str) -> str:
    """The name on the account of a delegate without a record, "" for nobody's."""
    found = database.row("SELECT name FROM directory_account WHERE person = %s AND kind = 'delegate'", (person,))
    return str(found[0]) if found else ""


def account(login: str) -> Account | None:
    """What a login stands for."""
    found = database.row(_ACCOUNT, (login,))
    return Account(*found) if found else None


# A professional by PS_IdNat with the structures where an activity goes on, in order of rank; None when unknown.
professional: Recent[Professional | None] = Recent(_professional)
# A structure by its Struct_IdNat, None when unknown.
structure: Recent[Structure | None] = Recent(_structure)


def forget() -> None:
    """The directory was written: read it again."""
    professional.forget()
    structure.forget()
