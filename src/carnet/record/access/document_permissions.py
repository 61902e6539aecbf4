"""One document opened to one grantee, or closed to them: what a person sets beside the rules that hold for all.

A permission names a lineage: all versions of a document, and what takes their place. Which documents there are is for
`carnet.record.documents` to know, which asks the gate first; here the rows are kept.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.record.access.gate import Pass

_PUT = """
INSERT INTO access_document_permission (record_id, lineage, grantee, effect, since, until, set_by)
VALUES (%(record_id)s, %(lineage)s, %(grantee)s, %(effect)s, %(now)s, %(until)s, %(set_by)s)
ON CONFLICT (record_id, lineage, grantee) DO UPDATE
   SET effect = excluded.effect, since = excluded.since, until = excluded.until, set_by = excluded.set_by
"""
_FORGET = "DELETE FROM access_document_permission WHERE record_id = %s AND lineage = %s AND grantee = %s"
_LIST = """
SELECT lineage, grantee, effect, since, until, set_by FROM access_document_permission
WHERE record_id = %(record_id)s AND (%(lineages)s::uuid[] IS NULL OR lineage = ANY(%(lineages)s::uuid[]))
ORDER BY lineage, since, grantee
"""


class Effect(StrEnum):
    """What a permission does."""

    GRANTED = "granted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class DocumentPermission:
    """A permission as it is kept; `grantee` is `p:` and a PS_IdNat, or `s:` and a Struct_IdNat."""

    lineage: UUID
    grantee: str
    effect: str
    since: datetime
    until: datetime | None
    set_by: str


def put(
    *, actor: Actor, entered: Pass, lineage: UUID, grantee: str, effect: Effect, until: datetime | None = None
) -> None:
    """Set the permission of a grantee on a document, in the place of any other, inside the caller's transaction."""
    database.execute(
        _PUT,
        {
            "record_id": entered.record_id,
            "lineage": lineage,
            "grantee": grantee,
            "effect": effect.value,
            "now": entered.now,
            "until": until,
            "set_by": actor.person,
        },
    )


def forget(*, entered: Pass, lineage: UUID, grantee: str) -> bool:
    """Leave a document to the rules that hold for all; whether a permission was there."""
    return database.execute(_FORGET, (entered.record_id, lineage, grantee)) == 1


def of(record_id: int, lineages: Collection[UUID] | None = None) -> tuple[DocumentPermission, ...]:
    """The permissions of a record, or of some of its documents, those that ended included."""
    found = database.rows(
        _LIST, {"record_id": record_id, "lineages": None if lineages is None else sorted(lineages, key=str)}
    )
    return tuple(DocumentPermission(*row) for row in found)
