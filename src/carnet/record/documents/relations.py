"""How the entries of a page relate to other documents: associations whose both ends pass the lens.

A relation to a hidden document is absent, like the document: nothing shows that it ever was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carnet.kernel import database
from carnet.record.access import api as access
from carnet.record.documents import rows
from carnet.wire.xds.model import AssociationType, DocumentEntry


@dataclass(frozen=True, slots=True)
class Relation:
    """From an entry to a target: the association's type, the target's entryUUID and logicalId (`urn:uuid:…`)."""

    type: AssociationType
    target: str
    target_logical_id: str


Relations = Mapping[str, Sequence[Relation]]

# The sources are entries that the caller was already shown; only the other end is still to be proved visible.
_OF_PAGE = f"""
WITH seen AS (
    SELECT id, logical_id FROM documents_entry WHERE record_id = %(record_id)s AND {access.SQL}
)
SELECT a.source, a.type, seen.id, seen.logical_id
FROM documents_association a JOIN seen ON seen.id = a.target
WHERE a.record_id = %(record_id)s AND a.source = ANY(%(sources)s::uuid[])
ORDER BY a.id
"""


def of_page(record_id: int, lens: access.Lens, entries: Sequence[DocumentEntry]) -> dict[str, list[Relation]]:
    """The relations of entries seen through `lens`, by entryUUID; entries without any are absent. One statement."""
    sources = [source for source in (rows.uuid_of(entry.entry_uuid) for entry in entries) if source is not None]
    if not sources:
        return {}
    found: dict[str, list[Relation]] = {}
    parameters = {"record_id": record_id, "sources": sources, **lens.parameters()}
    for source, kind, target, logical_id in database.rows(_OF_PAGE, parameters):
        relation = Relation(AssociationType(kind), rows.urn(target), rows.urn(logical_id))
        found.setdefault(rows.urn(source), []).append(relation)
    return found
