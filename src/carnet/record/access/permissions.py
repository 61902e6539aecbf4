"""What a person agreed to, whom they let in and what they chose, as it is kept: for a copy of their record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carnet.kernel import database
from carnet.record.access import choices, document_permissions, feeding
from carnet.record.access.choices import PersonChoices
from carnet.record.access.document_permissions import DocumentPermission
from carnet.record.access.feeding import FeedingOpposition

_CONSENT = "SELECT given_at, collected_by, structure FROM access_consent WHERE record_id = %s"
_GRANTED = """
SELECT grantee, state, treating, since, until, basis, declared_by FROM access_authorisation
WHERE record_id = %s ORDER BY since, grantee
"""
_DELEGATIONS = """
SELECT holder, kind, scope, purpose, since, until, declared_by FROM access_delegation
WHERE record_id = %s ORDER BY since, holder
"""
_EMERGENCIES = """
SELECT person, structure, purpose, unable, danger, reason, detail, at, until, reviewed_at, verdict
FROM access_emergency WHERE record_id = %s AND (%s OR NOT secret) ORDER BY at
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
class Held:
    """A delegation; `holder` is how the directory names whoever acts, `purpose` an heir's."""

    holder: str
    kind: str
    scope: str
    purpose: str
    since: datetime
    until: datetime | None
    declared_by: str


@dataclass(frozen=True, slots=True)
class Entrance:
    """An entrance in an emergency, with what its review said."""

    person: str
    structure: str
    purpose: str
    unable: bool
    danger: bool
    reason: str
    detail: str
    at: datetime
    until: datetime
    reviewed_at: datetime | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Permissions:
    """All of it; a record that was opened without anybody's request has no consent."""

    consent: Consent | None
    authorisations: tuple[Permission, ...]
    choices: PersonChoices
    documents: tuple[DocumentPermission, ...]
    delegations: tuple[Held, ...]
    oppositions: tuple[FeedingOpposition, ...]
    emergencies: tuple[Entrance, ...]


def of(record_id: int, *, secrets: bool) -> Permissions:
    """The permissions of a record; `secrets` adds what representatives of a minor are not told."""
    row = database.row(_CONSENT, (record_id,))
    return Permissions(
        consent=None if row is None else Consent(*row),
        authorisations=tuple(Permission(*one) for one in database.rows(_GRANTED, (record_id,))),
        choices=choices.of(record_id),
        documents=document_permissions.of(record_id),
        delegations=tuple(Held(*one) for one in database.rows(_DELEGATIONS, (record_id,))),
        oppositions=feeding.of(record_id),
        emergencies=tuple(Entrance(*one) for one in database.rows(_EMERGENCIES, (record_id, secrets))),
    )
