"""Sets, folders and associations of a record, as one actor sees them.

They have no visibility of their own (TF-3 has no confidentiality for them): it comes from entries. An association is
visible when both its ends are; a folder when something it holds is, and always to who put it there; a set when
something it brought or did is. Nothing here tells of what is hidden: a folder's lastUpdateTime is the time of the last
change that the actor can see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from carnet.kernel import database
from carnet.record.access import api as access
from carnet.record.documents import rows
from carnet.record.documents.members import membership
from carnet.record.documents.seen import SEEN
from carnet.record.journal import api as journal
from carnet.wire.xds.model import Association, AssociationType, Folder, SubmissionSet


@dataclass(frozen=True, slots=True)
class Link:
    """An association and the ids of its ends."""

    association: Association
    source: UUID
    target: UUID


class Known(NamedTuple):
    """A visible entry: its names, its status and the set that brought it."""

    submission: UUID
    logical_id: UUID
    unique_id: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an actor sees of a record, its entries by their names only."""

    entries: Mapping[UUID, Known]
    sets: Mapping[UUID, SubmissionSet]
    folders: Mapping[UUID, Folder]
    links: tuple[Link, ...]


# One row an object, of one shape: what it is, its id, the set that brought it, three ids, four texts, status, time.
_OBJECTS = f"""
WITH {SEEN}{{trace}}
SELECT 'entry', id, submission, logical_id, NULL::uuid, unique_id, NULL, NULL, NULL, status::integer, NULL::timestamptz
FROM seen
UNION ALL
SELECT 'folder', id, submission, NULL, NULL, NULL, owner_person, owner_structure, meta, status::integer, updated_at
FROM documents_folder WHERE record_id = %(record_id)s
UNION ALL
SELECT 'link', a.id, a.submission, a.source, a.target, a.type, NULL, NULL, a.meta, NULL, s.submitted_at
FROM documents_association a JOIN documents_submission s ON s.record_id = a.record_id AND s.id = a.submission
WHERE a.record_id = %(record_id)s
UNION ALL
SELECT 'set', id, NULL, NULL, NULL, NULL, NULL, NULL, meta, NULL, NULL
FROM documents_submission WHERE record_id = %(record_id)s
"""
_READ = _OBJECTS.format(trace="")
_READ_TRACED = _OBJECTS.format(trace=f", trace AS ({journal.APPEND})")

_folder = msgspec.json.Decoder(Folder)
_set = msgspec.json.Decoder(SubmissionSet)
_association = msgspec.json.Decoder(Association)


def visible(record_id: int, lens: access.Lens, trace: journal.Entry | None = None) -> Contents:
    """Every visible entry, set, folder and association of a record, read in one statement.

    The statement writes `trace`, when there is one; else the caller writes what was read.
    """
    parameters = {"record_id": record_id, **lens.parameters(), **(trace.parameters if trace else {})}
    found: dict[str, list[tuple[Any, ...]]] = {"entry": [], "folder": [], "link": [], "set": []}
    for row in database.rows(_READ_TRACED if trace else _READ, parameters):
        found[row[0]].append(row)
    entries = {row[1]: Known(row[2], row[3], row[5], row[9]) for row in found["entry"]}
    stored = [
        _Stored(own, submission, kind, source, target, meta, at)
        for _, own, submission, source, target, kind, _, _, meta, _, at in found["link"]
    ]
    folders = _folders(found["folder"], lens, entries, stored)
    inside = entries.keys() | folders.keys()
    links = {
        row.id: row.link()
        for row in stored
        # A signature may sign its own set, which is visible with it.
        if row.source in inside and (row.target in inside or row.target == row.submission)
    }
    # What a set brought, each thing with its set; then the same for memberships of folders, which sets bring too.
    brought = {entry_id: known.submission for entry_id, known in entries.items()}
    brought.update({folder_id: submission for folder_id, (_, submission) in folders.items()})
    brought.update({row.id: row.submission for row in stored if row.id in links and row.source in folders})
    sets = set(brought.values())
    sets.update(row.submission for row in stored if row.id in links)
    said = {(row.source, row.target): row for row in stored if row.source not in folders and row.type == _HAS_MEMBER}
    sets.update(set_id for set_id, target in said if target in inside)
    for object_id, set_id in brought.items():
        if (set_id, object_id) not in said:
            made = membership(set_id, object_id, original=object_id in entries)
            links[_id_of(made)] = Link(made, set_id, object_id)
    # A signature may be of a set.
    links.update((row.id, row.link()) for row in stored if row.source in entries and row.target in sets)
    within = inside | links.keys()
    for (set_id, target), row in said.items():
        if set_id in sets and target in within:
            links[row.id] = row.link()
    return Contents(
        entries=entries,
        sets={row[1]: _set.decode(row[8]) for row in found["set"] if row[1] in sets},
        folders={folder_id: folder for folder_id, (folder, _) in folders.items()},
        links=tuple(links[own] for own in sorted(links)),
    )


class _Stored(NamedTuple):
    """An association that is a row."""

    id: UUID
    submission: UUID
    type: str
    source: UUID
    target: UUID
    meta: str
    submitted_at: datetime

    def link(self) -> Link:
        return Link(_association.decode(self.meta), self.source, self.target)


_HAS_MEMBER = str(AssociationType.HAS_MEMBER)


def _folders(
    found: list[tuple[Any, ...]], lens: access.Lens, entries: Mapping[UUID, Known], stored: list[_Stored]
) -> dict[UUID, tuple[Folder, UUID]]:
    """The visible folders, each with the set that brought it."""
    held: dict[UUID, list[_Stored]] = {}
    for row in stored:
        held.setdefault(row.source, []).append(row)
    folders: dict[UUID, tuple[Folder, UUID]] = {}
    for _, folder_id, submission, _, _, _, person, structure, meta, status, made_at in found:
        holds = held.get(folder_id, [])
        changes = [row.submitted_at for row in holds if row.target in entries]
        if not changes:
            # Whether it holds nothing or nothing visible must look the same: to nobody but who put it there.
            if not lens.own.has(person, structure):
                continue
            changes = [made_at]
        folder = msgspec.structs.replace(
            _folder.decode(meta), status=rows.STATUSES[status], last_update_time=_dtm(max(changes))
        )
        folders[folder_id] = (folder, submission)
    return folders


def _id_of(association: Association) -> UUID:
    return UUID(association.entry_uuid.removeprefix("urn:uuid:"))


def _dtm(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y%m%d%H%M%S")
