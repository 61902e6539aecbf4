"""How the entries of a page relate to other documents: associations whose both ends pass the lens.

A relation to a hidden document is absent, like the document: nothing shows that it ever was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carnet.record.access.api import Flag
from carnet.wire.xds.model import AssociationType


@dataclass(frozen=True, slots=True)
class Relation:
    """From an entry to a target: the association's type, the target's entryUUID and logicalId (`urn:uuid:…`)."""

    type: AssociationType
    target: str
    target_logical_id: str


Relations = Mapping[str, Sequence[Relation]]

# A relation holds for the last version of its target: it was propagated to it.
_FORMER = int(Flag.FORMER)

# Beside `seen` in the statement of a list: for each source, its relations whose target passes the lens too. The
# source is an entry of the list, so both ends are visible.
RELATED = f"""
related AS (
    SELECT a.source, array_agg(a.type || ' ' || t.id || ' ' || t.logical_id ORDER BY a.id) AS relations
    FROM documents_association a JOIN seen t ON t.id = a.target AND t.flags & {_FORMER} = 0
    WHERE a.record_id = %(record_id)s AND %(related)s::boolean
    GROUP BY a.source
)
"""


def read(relations: Sequence[str] | None) -> list[Relation]:
    """The relations of one entry, from the column of `RELATED`."""
    found = []
    for relation in relations or ():
        kind, target, logical_id = relation.split(" ")
        found.append(Relation(AssociationType(kind), f"urn:uuid:{target}", f"urn:uuid:{logical_id}"))
    return found
