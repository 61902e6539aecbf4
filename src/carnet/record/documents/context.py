"""What the registration of a submission needs to know of the record, read once before it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from carnet.kernel import database, locator
from carnet.record.access import api as access
from carnet.record.documents import contents, rows
from carnet.record.documents.association_rules import REPLACING
from carnet.record.documents.seen import VISIBLE
from carnet.wire.xds.model import Association, AssociationType, DocumentEntry, Folder, Submission, SubmissionSet

_HAS_MEMBER = str(AssociationType.HAS_MEMBER)


@dataclass(frozen=True, slots=True)
class Target:
    """An entry of the record that an association may name, as the actor sees it; `folders` are those that hold it."""

    id: UUID
    lineage: UUID
    status: int
    flags: int
    folders: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The set of the same uniqueId that is there already, and what it brought."""

    submission_set: SubmissionSet
    entries: tuple[DocumentEntry, ...]
    folders: tuple[Folder, ...]
    ends: frozenset[tuple[str, UUID, UUID]]
    """(type, source, target) of the associations it made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the decision needs to know of the record, and of other records with the same names."""

    revision: int
    wrapped_key: bytes | None
    hiding: Mapping[str, int]
    """State bits that hide, by uniqueId, of the documents of the record that the submission brings once more."""
    hashes: Mapping[str, set[str]]
    """SHA-1 of the documents that bear the uniqueIds of the submission, wherever they are."""
    earlier: Earlier | None
    set_elsewhere: bool
    folder_names: frozenset[str]
    """uniqueIds of the submission's folders that other folders bear."""
    targets: Mapping[UUID, Target] = field(default_factory=dict)
    folders: frozenset[UUID] = frozenset()
    """The folders outside the submission that its associations name and the actor sees."""
    taken: frozenset[UUID] = frozenset()


_CONTEXT = """
SELECT COALESCE((SELECT revision FROM documents_head WHERE record_id = %(record_id)s), 0),
       (SELECT wrapped FROM kernel_record_key WHERE record_id = %(record_id)s),
       (SELECT id FROM documents_submission WHERE record_id = %(record_id)s AND unique_id = %(set_unique_id)s),
       (SELECT meta FROM documents_submission WHERE record_id = %(record_id)s AND unique_id = %(set_unique_id)s),
       EXISTS (SELECT FROM kernel_locator l
                 JOIN documents_submission s ON s.record_id = l.record_id AND s.unique_id = %(set_unique_id)s
                WHERE l.domain = %(domain)s AND l.name = %(set_name)s AND l.record_id <> %(record_id)s),
       ARRAY(SELECT e.unique_id || ' ' || COALESCE(encode(o.sha1, 'hex'), e.meta::json ->> 'hash')
               FROM kernel_locator l
               JOIN documents_entry e ON e.record_id = l.record_id AND e.unique_id = substr(l.name, 5)
               LEFT JOIN documents_object o ON o.record_id = e.record_id AND o.id = e.object_id
              WHERE l.domain = %(domain)s AND l.name = ANY(%(names)s::text[])),
       ARRAY(SELECT id FROM documents_entry WHERE record_id = %(record_id)s AND id = ANY(%(chosen)s::uuid[])
              UNION ALL
             SELECT id FROM documents_submission WHERE record_id = %(record_id)s AND id = ANY(%(chosen)s::uuid[])
              UNION ALL
             SELECT id FROM documents_folder WHERE record_id = %(record_id)s AND id = ANY(%(chosen)s::uuid[])
              UNION ALL
             SELECT id FROM documents_association WHERE record_id = %(record_id)s AND id = ANY(%(chosen)s::uuid[])),
       ARRAY(SELECT unique_id || ' ' || bit_or(flags & %(hiding)s)
               FROM documents_entry
              WHERE %(folded)s::boolean AND record_id = %(record_id)s AND unique_id = ANY(%(unique_ids)s::text[])
                AND flags & %(former_or_deleted)s = 0
              GROUP BY unique_id)
"""

_EARLIER = f"""
SELECT {rows.COLUMNS} FROM documents_entry
WHERE record_id = %s AND submission = %s AND version = 1 ORDER BY id
"""
_EARLIER_FOLDERS = "SELECT meta FROM documents_folder WHERE record_id = %s AND submission = %s ORDER BY id"
_EARLIER_ENDS = "SELECT type, source, target FROM documents_association WHERE record_id = %s AND submission = %s"

_FOLDER_NAMES = """
SELECT f.unique_id FROM kernel_locator l
JOIN documents_folder f ON f.record_id = l.record_id AND f.unique_id = substr(l.name, 8)
WHERE l.domain = %s AND l.name = ANY(%s::text[])
"""

_TARGETS = f"""
WITH seen AS (SELECT id, lineage, status, flags FROM documents_entry WHERE record_id = %(record_id)s AND {VISIBLE})
SELECT id, lineage, status, flags,
       ARRAY(SELECT a.source FROM documents_association a
               JOIN documents_folder f ON f.record_id = a.record_id AND f.id = a.source
              WHERE a.record_id = %(record_id)s AND a.type = '{_HAS_MEMBER}' AND a.target = seen.id)
FROM seen WHERE id = ANY(%(targets)s::uuid[])
"""

_folder = msgspec.json.Decoder(Folder)
_set = msgspec.json.Decoder(SubmissionSet)


def read(domain: int, record_id: int, submission: Submission, lens: access.Lens | None, *, folded: bool) -> Context:
    """The context of a submission in a record; what its associations name is looked for through `lens`.

    `folded` says that a document registered twice is one document: what hides it hides the next of them.
    """
    the_set = submission.submission_set
    row = database.row(
        _CONTEXT,
        {
            "record_id": record_id,
            "domain": domain,
            "set_unique_id": the_set.unique_id,
            "set_name": locator.submission(the_set.unique_id),
            "names": [locator.document(entry.unique_id) for entry in submission.entries],
            "unique_ids": [entry.unique_id for entry in submission.entries],
            "folded": folded,
            "hiding": int(rows.CODED_FLAGS),
            "former_or_deleted": int(access.Flag.FORMER | access.Flag.DELETED),
            "chosen": uuids(
                the_set.entry_uuid,
                *(entry.entry_uuid for entry in submission.entries),
                *(folder.entry_uuid for folder in submission.folders),
                *(association.entry_uuid for association in submission.associations),
            ),
        },
    )
    if row is None:
        raise RuntimeError("a statement without FROM returns one row")
    revision, wrapped, set_id, set_meta, set_elsewhere, pairs, taken, hiding = row
    hashes: dict[str, set[str]] = {}
    for pair in pairs:
        unique_id, _, sha1 = pair.rpartition(" ")
        hashes.setdefault(unique_id, set()).add(sha1)
    targets, folders = _outside(record_id, submission, lens)
    return Context(
        revision=revision,
        wrapped_key=wrapped,
        hiding={unique_id: int(bits) for unique_id, _, bits in (pair.rpartition(" ") for pair in hiding)},
        hashes=hashes,
        earlier=_earlier(record_id, set_id, set_meta) if set_id else None,
        set_elsewhere=set_elsewhere,
        folder_names=_folder_names(domain, submission.folders),
        targets=targets,
        folders=folders,
        taken=frozenset(taken),
    )


def visible_targets(record_id: int, wanted: Sequence[UUID], lens: access.Lens) -> dict[UUID, Target]:
    """The entries of a record among `wanted` that pass the lens."""
    found = database.rows(_TARGETS, {"record_id": record_id, "targets": list(wanted), **lens.parameters()})
    return {row[0]: Target(row[0], row[1], row[2], row[3], tuple(row[4])) for row in found}


def outside(submission: Submission) -> list[str]:
    """What associations name and is no object of the submission."""
    inside = {
        submission.submission_set.entry_uuid,
        *(entry.entry_uuid for entry in submission.entries),
        *(folder.entry_uuid for folder in submission.folders),
        *(association.entry_uuid for association in submission.associations),
    }
    ends = [end for association in submission.associations for end in (association.source, association.target)]
    return list(dict.fromkeys(end for end in ends if end not in inside))


def _outside(
    record_id: int, submission: Submission, lens: access.Lens | None
) -> tuple[dict[UUID, Target], frozenset[UUID]]:
    wanted = uuids(*outside(submission))
    if not wanted or lens is None:
        return {}, frozenset()
    folders: frozenset[UUID] = frozenset()
    if any(_names_folder(association, wanted) for association in submission.associations):
        folders = frozenset(contents.visible(record_id, lens).folders).intersection(wanted)
    return visible_targets(record_id, wanted, lens), folders


def _names_folder(association: Association, wanted: Sequence[UUID]) -> bool:
    """Whether an end of a membership may be a folder that is there: only these are looked for among folders."""
    return association.type == AssociationType.HAS_MEMBER and any(
        rows.uuid_of(end) in wanted for end in (association.source, association.target)
    )


def _folder_names(domain: int, folders: tuple[Folder, ...]) -> frozenset[str]:
    if not folders:
        return frozenset()
    found = database.rows(_FOLDER_NAMES, (domain, [locator.folder(folder.unique_id) for folder in folders]))
    return frozenset(unique_id for (unique_id,) in found)


def _earlier(record_id: int, set_id: UUID, meta: str) -> Earlier:
    return Earlier(
        submission_set=_set.decode(meta),
        entries=tuple(rows.entry(found) for found in database.rows(_EARLIER, (record_id, set_id))),
        folders=tuple(_folder.decode(found) for (found,) in database.rows(_EARLIER_FOLDERS, (record_id, set_id))),
        ends=frozenset(_ends(database.rows(_EARLIER_ENDS, (record_id, set_id)))),
    )


def _ends(found: list[tuple[Any, ...]]) -> list[tuple[str, UUID, UUID]]:
    return [(kind, source, target) for kind, source, target in found]


def uuids(*texts: str) -> list[UUID]:
    """The UUIDs among ids."""
    return [value for value in map(rows.uuid_of, texts) if value is not None]


def same(submission: Submission, earlier: Earlier, sha1s: Mapping[str, str]) -> bool:
    """Whether a submission is the earlier one again: source, documents and their hashes, folders, what it relates.

    `sha1s` is keyed by the ids of the submission's entries. Associations are compared by the ends that are
    outside the submission: its own objects had other ids.
    """
    if earlier.submission_set.source_id != submission.submission_set.source_id:
        return False
    sent = sorted((entry.unique_id, sha1s[entry.entry_uuid]) for entry in submission.entries)
    there = sorted((entry.unique_id, entry.hash) for entry in earlier.entries)
    names = sorted(folder.unique_id for folder in submission.folders)
    if sent != there or names != sorted(folder.unique_id for folder in earlier.folders):
        return False
    known = set(uuids(*outside(submission)))
    for association in submission.associations:
        if association.type in REPLACING:
            # An unknown parent left no association; a known one is in the lineage of the same document.
            continue
        source, target = rows.uuid_of(association.source), rows.uuid_of(association.target)
        if not any(
            kind == association.type
            and (source not in known or source == made_source)
            and (target not in known or target == made_target)
            for kind, made_source, made_target in earlier.ends
        ) and (source in known or target in known):
            return False
    return True
