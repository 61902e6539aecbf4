"""Everything that one actor sees of one record, to be carried away whole: descriptions first, then bytes one by one.

The caller decided it, and journals it (`carnet.record.life.export`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from carnet.kernel import database
from carnet.record.access import api as access
from carnet.record.documents import contents, rows
from carnet.record.documents.contents import Link
from carnet.record.documents.retrieval import BYTES, Retrieved, opened
from carnet.record.documents.seen import SEEN
from carnet.wire.xds.model import DocumentEntry, Folder, SubmissionSet

_ENTRIES = f"""
WITH {SEEN}
SELECT {rows.COLUMNS}, submission, lineage, object_id IS NOT NULL FROM seen ORDER BY registered_at, id
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One visible version of an entry: the set that brought the document, the chain of replacements it is in.

    `here` says that its bytes are; those of a document that was only registered (ITI-42) are in another repository.
    """

    entry: DocumentEntry
    submission: UUID
    lineage: UUID
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """All that an actor sees of a record: every version of every entry, oldest first; sets, folders, associations."""

    entries: Mapping[UUID, Held]
    sets: Mapping[UUID, SubmissionSet]
    folders: Mapping[UUID, Folder]
    links: tuple[Link, ...]


def holdings(record_id: int, lens: access.Lens) -> Holdings:
    """What is visible through a lens. What came between the statements that read it is left out."""
    visible = contents.visible(record_id, lens)
    found = database.rows(_ENTRIES, {"record_id": record_id, **lens.parameters()})
    return Holdings(
        entries={row[0]: Held(rows.entry(row), *row[6:]) for row in found if row[0] in visible.entries},
        sets=visible.sets,
        folders=visible.folders,
        links=visible.links,
    )


def document(record_id: int, lens: access.Lens, entry_uuid: UUID) -> Retrieved | None:
    """A document's bytes, None when the lens does not show it (any more) or they are in another repository."""
    row = database.row(BYTES, {"record_id": record_id, "unique_id": None, "id": entry_uuid, **lens.parameters()})
    return None if row is None or row[6] is None else opened(record_id, row)
