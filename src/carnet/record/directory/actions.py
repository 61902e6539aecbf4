"""Writes: enrolling structures, professionals and accounts. Each is idempotent and brings the row up to date."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.contrib.auth import get_user_model
from django.db import transaction

from carnet.kernel import database
from carnet.kernel.actor import Purpose
from carnet.kernel.errors import Problem
from carnet.record.directory import actors, providers, queries, rules
from carnet.record.directory.values import Professional, Structure

_STRUCTURE = """
INSERT INTO directory_structure (id, name, sector, kind, city, department, blocked)
VALUES (%(id)s, %(name)s, %(sector)s, %(kind)s, %(city)s, %(department)s, %(blocked)s)
ON CONFLICT (id) DO UPDATE
   SET name = excluded.name, sector = excluded.sector, kind = excluded.kind, city = excluded.city,
       department = excluded.department, blocked = excluded.blocked
"""

_PROFESSIONAL = """
INSERT INTO directory_professional (id, family, given, profession, specialty, title, blocked, email)
VALUES (%(id)s, %(family)s, %(given)s, %(profession)s, %(specialty)s, %(title)s, %(blocked)s, %(email)s)
ON CONFLICT (id) DO UPDATE
   SET family = excluded.family, given = excluded.given, profession = excluded.profession,
       specialty = excluded.specialty, title = excluded.title, blocked = excluded.blocked,
       email = excluded.email
"""

_END_ACTIVITIES = """
UPDATE directory_activity SET ended = true
WHERE professional = %s AND NOT ended AND structure <> ALL(%s)
"""

_ACTIVITIES = """
INSERT INTO directory_activity (professional, structure, rank)
SELECT %s, structure, rank FROM unnest(%s::text[]) WITH ORDINALITY AS listed (structure, rank)
ON CONFLICT (professional, structure) DO UPDATE SET rank = excluded.rank, ended = false
"""

_ACCOUNT = """
INSERT INTO directory_account (login, kind, person, structure, name, record_id)
VALUES (%(login)s, %(kind)s, %(person)s, %(structure)s, %(name)s, %(record_id)s)
ON CONFLICT (login) DO UPDATE
   SET kind = excluded.kind, person = excluded.person, structure = excluded.structure,
       name = excluded.name, record_id = excluded.record_id
"""


def enrol_structure(structure: Structure) -> Problem | None:
    """Write a structure, unless its identifier is wrong."""
    problem = rules.check_structure(structure.id)
    if problem is None:
        database.execute(_STRUCTURE, {name: getattr(structure, name) for name in Structure.__dataclass_fields__})
        queries.forget()
    return problem


def enrol_professional(professional: Professional) -> Problem | None:
    """Write a professional and the activities, in the order of `structures`; others of theirs end."""
    problem = rules.check_person(professional.id)
    if problem is not None:
        return problem
    structures = list(professional.structures)
    names = ("id", "family", "given", "profession", "specialty", "title", "blocked", "email")
    with transaction.atomic():
        database.execute(_PROFESSIONAL, {name: getattr(professional, name) for name in names})
        database.execute(_END_ACTIVITIES, (professional.id, structures))
        database.execute(_ACTIVITIES, (professional.id, structures))
    queries.forget()
    return None


def enrol_account(
    login: str, kind: str, *, person: str = "", structure: str = "", name: str = "", record_id: int | None = None
) -> None:
    """Say what a login stands for."""
    database.execute(
        _ACCOUNT,
        {
            "login": login,
            "kind": kind,
            "person": person,
            "structure": structure,
            "name": name,
            "record_id": record_id,
        },
    )


def enrol_delegate(login: str, name: str) -> str:
    """Say that a login is a delegate's, under a name that says nothing of them."""
    known = queries.account(login)
    person = known.person if known is not None and known.kind == "delegate" else f"delegate:{secrets.token_hex(8)}"
    enrol_account(login, "delegate", person=person, name=name)
    return person


def forget_logins(record_ids: Sequence[int]) -> int:
    """Delete the accounts of these records' patients, and the users who signed in with them."""
    gone = database.rows("DELETE FROM directory_account WHERE record_id = ANY(%s) RETURNING login", (list(record_ids),))
    # A session of a user who is gone leads nowhere.
    get_user_model().objects.filter(username__in=[login for (login,) in gone]).delete()
    return len(gone)


def move_logins(source: int, destination: int, logins: Sequence[str] | None) -> list[str]:
    """Patients' logins to one record lead to another; which ones did. `logins` restricts them."""
    statement = """
        UPDATE directory_account SET record_id = %(destination)s
        WHERE record_id = %(source)s AND (%(logins)s::text[] IS NULL OR login = ANY(%(logins)s::text[]))
        RETURNING login
    """
    values = {"source": source, "destination": destination, "logins": None if logins is None else list(logins)}
    return [login for (login,) in database.rows(statement, values)]


def login_of_professional(person: str, proof: str) -> str | Problem:
    """The login of a professional, and its user, made when there is none."""
    actor = actors.of_professional(person, None, proof=proof, software="", purpose=Purpose.NORMAL)
    if isinstance(actor, Problem) and actor.rule != "structure-missing":
        return actor
    with transaction.atomic():
        login = providers.login_of_professional(person)
        if login is None:
            login = person
            enrol_account(login, "professional", person=person)
        providers.make_user(login)
    return login
