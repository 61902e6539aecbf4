"""Printed access codes: a login, a first password and one-time codes on one sheet of paper.

The sheet is shown once, when it is issued; afterwards only HMAC-SHA256 digests remain, under a key derived from the
house's (`kernel.keys`). What is printed was drawn at random, so a slow hash would add nothing; attempts are counted on
the sheet.
A record has one sheet in force: issuing another puts an end to it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from carnet.kernel import clock, database, keys
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Reason
from carnet.record.directory import actions

LIFETIME = timedelta(days=30)
CODES = 10
CODE_DIGITS = 8
MOST_ATTEMPTS = 10
_LOGIN_DIGITS = 10
# Without the letters and digits that are mistaken for each other on paper (0 o, 1 i l, u v).
_ALPHABET = "23456789abcdefghjkmnpqrstwxyz"
_PASSWORD_GROUPS, _GROUP = 3, 4
_SOURCE = "CSP L.1111-19 ; code d'accès de première connexion"

_OWN_LOGIN = """
SELECT login FROM directory_account WHERE record_id = %s AND kind = 'patient' ORDER BY login LIMIT 1
"""
_ISSUE = """
INSERT INTO directory_access_sheet (record_id, domain, login, password, issued_at, expires_at, issued_by, structure)
VALUES (%(record_id)s, %(domain)s, %(login)s, %(password)s, %(issued_at)s, %(expires_at)s, %(issued_by)s, %(structure)s)
ON CONFLICT (record_id) DO UPDATE
   SET login = excluded.login, password = excluded.password, issued_at = excluded.issued_at, attempts = 0,
       expires_at = excluded.expires_at, issued_by = excluded.issued_by, structure = excluded.structure
"""
_OTHERS = "DELETE FROM directory_access_sheet WHERE login = %s AND record_id <> %s"
_CODES = "INSERT INTO directory_access_code (record_id, digest) SELECT %s, unnest(%s::bytea[])"
_SHEET = """
SELECT s.record_id, s.domain, s.password, s.expires_at, s.attempts, a.name, a.record_id
FROM directory_access_sheet s JOIN directory_account a USING (login)
WHERE s.login = %s FOR UPDATE OF s
"""
_USE = """
UPDATE directory_access_code SET used_at = %s WHERE record_id = %s AND digest = %s AND used_at IS NULL
"""
_USED = "SELECT 1 FROM directory_access_code WHERE record_id = %s AND digest = %s"
_ATTEMPT = "UPDATE directory_access_sheet SET attempts = attempts + 1 WHERE record_id = %s"
_RIGHT = "UPDATE directory_access_sheet SET attempts = 0 WHERE record_id = %s"
_SHEET_OF = """
SELECT s.issued_at, s.expires_at, s.attempts, count(c.*) FILTER (WHERE c.used_at IS NULL)
FROM directory_access_sheet s LEFT JOIN directory_access_code c USING (record_id)
WHERE s.record_id = %s GROUP BY s.record_id
"""

_TEXTS = {
    "codes-mismatch": "L'identifiant, le mot de passe et le code ne vont pas ensemble. Recopiez-les tous les trois de "
    "la même feuille, la dernière imprimée.",
    "codes-used": "Ce code a déjà servi : rayez-le et prenez le suivant de la feuille.",
    "codes-expired": "Cette feuille n'est plus valable : sa date est passée. Demandez-en une autre au bureau des "
    "admissions, avec une pièce d'identité.",
    "codes-locked": "Trop d'essais sans succès avec cette feuille : elle est bloquée. Demandez-en une autre au bureau "
    "des admissions, avec une pièce d'identité.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSheet:
    """What is printed, and nowhere else: values as people copy them (groups separated by a space or a dash)."""

    login: str
    password: str
    codes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetState:
    """What the desk may know of the sheet in force."""

    issued_at: datetime
    expires_at: datetime
    codes_left: int
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The patient whose code was right; `login` is the account's."""

    actor: Actor
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEntered:
    """Why not, and the record whose sheet was tried, None when there is no such sheet."""

    problem: Problem
    record_id: int | None


def issue(*, actor: Actor, domain: int, record_id: int, name: str) -> AccessSheet:
    """Make the sheet of a record inside the caller's transaction; the former one stops working.

    A record whose person has no login gets one: ten digits at random, that say nothing of the person.
    """
    now = clock.now_in(domain)
    found = database.row(_OWN_LOGIN, (record_id,))
    if found is None:
        login = draw_login()
        actions.enrol_account(login, "patient", name=name, record_id=record_id)
    else:
        login = found[0]
    # A login that came with a merged record has the sheet of that record: this one takes its place.
    database.execute(_OTHERS, (login, record_id))
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_PASSWORD_GROUPS))
    codes: list[str] = []
    while len(codes) < CODES:
        code = _digits(CODE_DIGITS)
        if code not in codes:
            codes.append(code)
    database.execute(
        _ISSUE,
        {
            "record_id": record_id,
            "domain": domain,
            "login": login,
            "password": _digest(record_id, "password", _plain(password)),
            "issued_at": now,
            "expires_at": now + LIFETIME,
            "issued_by": actor.person,
            "structure": actor.structure,
        },
    )
    database.execute("DELETE FROM directory_access_code WHERE record_id = %s", (record_id,))
    database.execute(_CODES, (record_id, [_digest(record_id, "code", code) for code in codes]))
    return AccessSheet(
        login=_grouped(login, 2) if login.isdigit() else login,
        password=password,
        codes=tuple(_grouped(code, 4) for code in codes),
        issued_at=now,
        expires_at=now + LIFETIME,
    )


def enter(*, login: str, password: str | None, code: str) -> Entered | NotEntered:
    """Spend one code of a sheet, for the record that its login leads to.

    `password` is the sheet's first one; None after the account's own has been proven.

    Rules: `codes-mismatch`, `codes-used`, `codes-expired`, `codes-locked`. The last three are told only to somebody
    who holds the sheet or has proven the account's password; a lock is told to anybody who names the login.
    """
    with transaction.atomic():
        found = database.row(_SHEET, (plain_login(login),))
        if found is None:
            return NotEntered(problem=_problem("codes-mismatch"), record_id=None)
        record_id, domain, expected, expires_at, attempts, name, own_record = found
        now = clock.now_in(domain)
        if attempts >= MOST_ATTEMPTS:
            return NotEntered(problem=_problem("codes-locked"), record_id=record_id)
        digest = _digest(record_id, "code", _plain(code))
        known = password is None or hmac.compare_digest(expected, _digest(record_id, "password", _plain(password)))
        held = database.row(_USED, (record_id, digest)) is not None
        if not known or not held:
            database.execute(_ATTEMPT, (record_id,))
            return NotEntered(problem=_problem("codes-mismatch"), record_id=record_id)
        if expires_at <= now:
            return NotEntered(problem=_problem("codes-expired"), record_id=record_id)
        if database.execute(_USE, (now, record_id, digest)) == 0:
            database.execute(_ATTEMPT, (record_id,))
            return NotEntered(problem=_problem("codes-used"), record_id=record_id)
        database.execute(_RIGHT, (record_id,))
    patient = Actor(
        kind=ActorKind.PATIENT,
        person=f"patient:{own_record}",
        name=name,
        proof="password+printed-code" if password is None else "printed-password+code",
        record_id=own_record,
    )
    return Entered(actor=patient, login=plain_login(login))


def state(record_id: int) -> SheetState | None:
    """The sheet in force of a record, None when none was printed."""
    found = database.row(_SHEET_OF, (record_id,))
    if found is None:
        return None
    issued_at, expires_at, attempts, left = found
    return SheetState(issued_at=issued_at, expires_at=expires_at, codes_left=left, locked=attempts >= MOST_ATTEMPTS)


def plain_login(text: str) -> str:
    """A login as it is kept: printed digits come with spaces, people add dashes, names come with capitals."""
    kept = text.strip().lower()
    digits = "".join(character for character in kept if character not in " .-\u00a0\u202f")
    return digits if digits.isdigit() else kept


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def draw_login() -> str:
    """A login that says nothing of who has it: ten digits at random."""
    return _digits(_LOGIN_DIGITS)


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))


def _grouped(text: str, size: int) -> str:
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def _digest(record_id: int, kind: str, value: str) -> bytes:
    key = keys.derived_key(b"carnet printed access codes")
    return hmac.digest(key, f"{record_id}:{kind}:{value}".encode(), hashlib.sha256)


def _problem(rule: str) -> Problem:
    return Problem(reason=Reason.FORBIDDEN, rule=rule, text=_TEXTS[rule], field="Actor", source=_SOURCE)
