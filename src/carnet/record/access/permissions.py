"""What a person agreed to and whom they let in, as it is kept: for a copy of their record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carnet.kernel import database

_CONSENT = "SELECT given_at, collected_by, structure FROM access_consent WHERE record_id = %s"
_GRANTED = """
SELECT grantee, state, treating, since, until, basis, declared_by FROM access_authorisation
WHERE record_id = %s ORDER BY since, grantee
"""


@dataclass(frozen=True, slots=True)
class Consent:
    """The consent that opened a record: when, to whom, in which structure."""

    given_at: datetime
    collected_by: str
    structure: str


@dataclass(frozen=True, slots=True)
class Permission:
    """One authorisation or block; `grantee` is `p:` and a PS_IdNat, or `s:` and a Struct_IdNat."""

    grantee: str
    state: str
    treating: bool
    since: datetime
    until: datetime | None
    basis: str
    declared_by: str


@dataclass(frozen=True, slots=True)
class Permissions:
    """Both; a record that was opened without anybody's request has no consent."""

    consent: Consent | None
    authorisations: tuple[Permission, ...]


def of(record_id: int) -> Permissions:
    """The permissions of a record."""
    row = database.row(_CONSENT, (record_id,))
    granted = database.rows(_GRANTED, (record_id,))
    return Permissions(None if row is None else Consent(*row), tuple(Permission(*one) for one in granted))
