"""Sets, folders and associations of a record, as one actor sees them.

They have no visibility of their own (TF-3 has no confidentiality for them): it comes from entries. An association is
visible when both its ends are; a folder when something it holds is, or while it holds nothing, to whom sees every type
of document or put it there; a set when something it brought or did is. Nothing here tells of what is hidden: a
folder's lastUpdateTime is the time of the last change that the actor can see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from carnet.kernel import database
from carnet.record.access import api as access
from carnet.record.documents import rows
from carnet.record.documents.members import membership
from carnet.wire.xds.model import Association, AssociationType, Folder, SubmissionSet


@dataclass(frozen=True, slots=True)
class Link:
    """An association and the ids of its ends."""

    association: Association
    source: UUID
    target: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an actor sees of a record beside its entries; `entries` are the ids of the visible ones."""

    entries: frozenset[UUID]
    sets: Mapping[UUID, SubmissionSet]
    folders: Mapping[UUID, Folder]
    links: tuple[Link, ...]


_ENTRIES = f"SELECT id, submission FROM documents_entry WHERE record_id = %(record_id)s AND {access.SQL}"
_FOLDERS = """
SELECT id, submission, owner_person, owner_structure, updated_at, status, meta
FROM documents_folder WHERE record_id = %s ORDER BY id
"""
_ASSOCIATIONS = """
SELECT a.id, a.submission, a.type, a.source, a.target, a.meta, s.submitted_at
FROM documents_association a JOIN documents_submission s ON s.record_id = a.record_id AND s.id = a.submission
WHERE a.record_id = %s ORDER BY a.id
"""
_SETS = "SELECT id, meta FROM documents_submission WHERE record_id = %s AND id = ANY(%s::uuid[]) ORDER BY id"

_folder = msgspec.json.Decoder(Folder)
_set = msgspec.json.Decoder(SubmissionSet)
_association = msgspec.json.Decoder(Association)


def visible(record_id: int, lens: access.Lens) -> Contents:
    """Every visible set, folder and association of a record. The caller writes the trace."""
    brought: dict[UUID, UUID] = dict(database.rows(_ENTRIES, {"record_id": record_id, **lens.parameters()}))
    entries = frozenset(brought)
    stored = database.rows(_ASSOCIATIONS, (record_id,))
    folders = _folders(record_id, lens, entries, stored)
    inside = entries.union(folders)
    links = {row[0]: _link(row) for row in stored if row[3] in inside and row[4] in inside}
    # What a set brought, each thing with its set; then the same for memberships of folders, which sets bring too.
    brought.update({folder_id: submission for folder_id, (_, submission) in folders.items()})
    brought.update({row[0]: row[1] for row in stored if row[0] in links and row[3] in folders})
    sets = set(brought.values())
    sets.update(row[1] for row in stored if row[0] in links)
    said = {(row[3], row[4]): _link(row) for row in stored if row[3] not in folders and row[2] == _HAS_MEMBER}
    sets.update(set_id for set_id, target in said if target in inside)
    for object_id, set_id in brought.items():
        if (set_id, object_id) not in said:
            made = membership(set_id, object_id, original=object_id in entries)
            links[_id_of(made)] = Link(made, set_id, object_id)
    within = inside.union(links)
    for (set_id, target), link in said.items():
        if set_id in sets and target in within:
            links[_id_of(link.association)] = link
    return Contents(
        entries=entries,
        sets={set_id: _set.decode(meta) for set_id, meta in database.rows(_SETS, (record_id, sorted(sets)))},
        folders={folder_id: folder for folder_id, (folder, _) in folders.items()},
        links=tuple(links[own] for own in sorted(links)),
    )


_HAS_MEMBER = str(AssociationType.HAS_MEMBER)


def _folders(
    record_id: int, lens: access.Lens, entries: frozenset[UUID], stored: list[tuple[Any, ...]]
) -> dict[UUID, tuple[Folder, UUID]]:
    """The visible folders, each with the set that brought it."""
    found: dict[UUID, tuple[Folder, UUID]] = {}
    for folder_id, submission, person, structure, made_at, status, meta in database.rows(_FOLDERS, (record_id,)):
        held = [(row[4], row[6]) for row in stored if row[3] == folder_id]
        changes: list[datetime] = [at for target, at in held if target in entries]
        if not changes:
            own = person in lens.own or structure in lens.own
            if held or not (own or lens.types == access.ALL_TYPES):
                continue
            changes = [made_at]
        folder = msgspec.structs.replace(
            _folder.decode(meta), status=rows.STATUSES[status], last_update_time=_dtm(max(changes))
        )
        found[folder_id] = (folder, submission)
    return found


def _link(row: tuple[Any, ...]) -> Link:
    return Link(_association.decode(row[5]), row[3], row[4])


def _id_of(association: Association) -> UUID:
    return UUID(association.entry_uuid.removeprefix("urn:uuid:"))


def _dtm(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y%m%d%H%M%S")
