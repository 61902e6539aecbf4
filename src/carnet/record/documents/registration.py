"""From a checked submission to the rows it becomes: ids, lineages, inherited visibility, parents to deprecate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from carnet.kernel import locator
from carnet.kernel.blobs import Received
from carnet.kernel.errors import Problem, Reason
from carnet.kernel.ids import new_id
from carnet.record.access.api import Flag
from carnet.record.documents import duties, rows
from carnet.record.documents.associating import Known, associate
from carnet.record.documents.context import Context
from carnet.wire.xds.model import Association, DocumentEntry, Folder, Status, Submission, SubmissionSet


@dataclass(slots=True)
class Registration:
    """Everything one statement writes."""

    record_id: int
    submission: Submission
    entries: list[tuple[DocumentEntry, UUID, UUID, Flag, UUID | None]] = field(default_factory=list)
    """(final values, id, lineage, flags, object id: None when the bytes are elsewhere)"""
    contents: list[tuple[UUID, Received]] = field(default_factory=list)
    """(object id, bytes)"""
    folders: list[tuple[Folder, UUID]] = field(default_factory=list)
    associations: list[tuple[UUID, Association, UUID, UUID]] = field(default_factory=list)
    """(id, values, source id, target id)"""
    deprecated: list[UUID] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def prepare(
    *,
    record_id: int,
    submission: Submission,
    contents: Mapping[str, Received],
    context: Context,
    elsewhere: frozenset[UUID],
    repository: str,
    by_law: Mapping[str, Flag],
) -> Registration:
    """Give ids and decide what replaces what.

    An entry without content keeps the hash, the size and the repository that it says; `repository` is ours.
    `elsewhere` are the ids that associations name and that the actor sees in other records; `by_law` the state bits
    that entries get which replace nothing (`carnet.record.documents.duties`).
    """
    made = Registration(record_id=record_id, submission=submission)
    objects: list[SubmissionSet | DocumentEntry | Folder] = [
        submission.submission_set,
        *submission.entries,
        *submission.folders,
    ]
    ids = {value.entry_uuid: _id(value.entry_uuid, context.taken, made) for value in objects}
    known = Known(
        ids=ids,
        entries=frozenset(entry.entry_uuid for entry in submission.entries),
        targets=context.targets,
        folders=context.folders,
        elsewhere=elsewhere,
    )
    associated = associate(submission, known, lambda sent: _id(sent, context.taken, made, named=False))
    for entry in submission.entries:
        entry_id = ids[entry.entry_uuid]
        parent = associated.parents.get(entry.entry_uuid)
        flags = rows.flags_of(entry.confidentiality_codes) | Flag(associated.hiding.get(entry.entry_uuid, 0))
        # The same document once more is no way around a mask: what hides the one that is there hides this one.
        flags |= Flag(context.hiding.get(entry.unique_id, 0))
        if parent is None and entry.entry_uuid in by_law:
            flags |= by_law[entry.entry_uuid]
            made.warnings.append(duties.told(entry))
        final = msgspec.structs.replace(
            entry, entry_uuid=rows.urn(entry_id), logical_id=rows.urn(entry_id), version=1, status=Status.APPROVED
        )
        object_id = None
        content = contents.get(entry.entry_uuid)
        if content is not None:
            object_id = new_id(record_id)
            final = msgspec.structs.replace(
                final, hash=content.sha1, size=content.size, repository_unique_id=repository
            )
            made.contents.append((object_id, content))
        made.entries.append((final, entry_id, parent.lineage if parent else entry_id, flags, object_id))
    for folder in submission.folders:
        own = ids[folder.entry_uuid]
        made.folders.append((_final_folder(folder, own), own))
        made.names.append(locator.folder(folder.unique_id))
    made.submission = Submission(
        submission_set=msgspec.structs.replace(
            submission.submission_set,
            entry_uuid=rows.urn(ids[submission.submission_set.entry_uuid]),
            status=Status.APPROVED,
        ),
        entries=tuple(final for final, *_ in made.entries),
        associations=tuple(associated.kept),
        folders=tuple(final for final, _ in made.folders),
    )
    made.associations = associated.rows
    made.deprecated = associated.deprecated
    made.problems += associated.problems
    made.warnings += associated.warnings
    return made


def _id(value: str, taken: frozenset[UUID], made: Registration, *, named: bool = True) -> UUID:
    """The id of an object: its sender's UUID, else one of ours; `named` when it may be asked for by it."""
    own = rows.uuid_of(value)
    if own is None:
        return new_id(made.record_id)
    if own in taken:
        made.problems.append(
            Problem(
                reason=Reason.INVALID,
                rule="entry-uuid-used",
                text="Cet entryUUID est déjà celui d'un autre objet.",
                field="entryUUID",
                found=value,
                expected="un id symbolique, ou un UUID neuf",
                source="IHE ITI TF-3 §4.2.3.1.1",
            )
        )
    if named:
        # What the sender chose is looked up by name; ids of ours say where they live.
        made.names.append(locator.foreign_uuid(str(own)))
    return own


def _final_folder(value: Folder, own: UUID) -> Folder:
    # What a source says of the time or the version of a folder is not kept: the registry knows.
    return msgspec.structs.replace(
        value,
        entry_uuid=rows.urn(own),
        logical_id=rows.urn(own),
        version=1,
        status=Status.APPROVED,
        last_update_time="",
    )
