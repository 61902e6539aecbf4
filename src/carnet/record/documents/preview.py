"""A record as one professional sees it: the very decision and lens, run for them, told to the person of the record.

Of what the person does not see themselves nothing is told, neither that it is there nor who sees it.
"""

from __future__ import annotations

from dataclasses import dataclass

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import api as access
from carnet.record.access.api import Lens
from carnet.record.documents import rows
from carnet.record.documents.seen import SEEN_IN_FORCE
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.wire.xds.model import DocumentEntry

_MINE = f"""
WITH {SEEN_IN_FORCE}
SELECT {", ".join("s." + name for name in rows.COLUMNS.split(", "))}, s.lineage, e.flags, e.owner_person,
       e.owner_structure, e.typ, e.opens_at
FROM seen s JOIN documents_entry e ON e.record_id = %(record_id)s AND e.id = s.id
WHERE (%(ids)s::uuid[] IS NULL OR s.id = ANY(%(ids)s::uuid[]) OR s.logical_id = ANY(%(ids)s::uuid[]))
ORDER BY s.creation DESC, s.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """One of the person's documents, and whether the professional sees it."""

    entry: DocumentEntry
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a professional would get: the rule of the decision, the problem of a list that is refused, each document."""

    rule: str
    refused: Problem | None
    documents: tuple[Previewed, ...]


def as_seen_by(*, actor: Actor, domain: str, professional: Actor, entry_uuid: str = "") -> Preview | Refusal:
    """The person's documents, or one of them, with what a professional sees of each.

    For the person of the record or who manages it for them; the trace names the professional. A list that the
    professional is refused does not hide from them what they deposited: documents are looked at one by one.
    """
    own = access.enter(actor=actor, domain=domain, patient_id="", act=access.Act.SEARCH, action=Action.ACCESS_PREVIEW)
    if isinstance(own, Refusal):
        return own
    search, read = access.as_seen_by(actor=actor, domain=domain, professional=professional)
    lens = search.lens or read.lens
    value = rows.uuid_of(entry_uuid) if entry_uuid else None
    found = []
    if own.lens is not None and not (entry_uuid and value is None):
        parameters = {"record_id": own.record_id, "ids": None if value is None else [value], **own.lens.parameters()}
        found = [_previewed(row, lens) for row in database.rows(_MINE, parameters)]
    if not entry_uuid:
        journal.append(
            actor=actor,
            action=Action.ACCESS_PREVIEW,
            record_id=own.record_id,
            rule=own.rule,
            detail=professional.name,
        )
    return Preview(rule=search.rule, refused=search.problem, documents=tuple(found))


def _previewed(row: tuple[object, ...], lens: Lens | None) -> Previewed:
    lineage, flags, person, structure, typ, opens_at = row[-6:]
    seen = lens is not None and lens.sees(
        lineage=lineage,  # type: ignore[arg-type]
        flags=int(flags),  # type: ignore[call-overload]
        owner_person=str(person),
        owner_structure=str(structure),
        typ=int(typ),  # type: ignore[call-overload]
        opens_at=opens_at,  # type: ignore[arg-type]
    )
    return Previewed(entry=rows.entry(row), seen=seen)
