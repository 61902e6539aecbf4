"""From a checked submission to the rows it becomes: ids, lineages, inherited visibility, parents to deprecate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from carnet.kernel.blobs import Received
from carnet.kernel.errors import Problem, Reason
from carnet.kernel.ids import new_id
from carnet.record.access.api import Flag
from carnet.record.documents import rows
from carnet.wire.xds.model import Association, AssociationType, DocumentEntry, Status, Submission, SubmissionSet

_REPLACING = (AssociationType.REPLACE, AssociationType.TRANSFORM_REPLACE)


@dataclass(frozen=True, slots=True)
class Target:
    """An entry of the record that an association may name, as the actor sees it."""

    id: UUID
    lineage: UUID
    status: int
    flags: int


@dataclass(slots=True)
class Registration:
    """Everything one statement writes."""

    record_id: int
    submission: Submission
    entries: list[tuple[DocumentEntry, UUID, UUID, Flag, UUID]] = field(default_factory=list)
    """(final values, id, lineage, flags, object id)"""
    contents: list[Received] = field(default_factory=list)
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
    targets: Mapping[UUID, Target],
    taken: set[UUID],
    repository: str,
) -> Registration:
    """Give ids and decide what replaces what.

    `targets` holds the entries outside the submission that its associations name and the actor sees;
    `taken` the sender's own UUIDs that the record already uses.
    """
    made = Registration(record_id=record_id, submission=submission)
    ids: dict[str, UUID] = {}
    for value in (submission.submission_set.entry_uuid, *(entry.entry_uuid for entry in submission.entries)):
        ids[value] = _id(value, record_id, taken, made)
    parents = _parents(submission, targets, made)
    for entry in submission.entries:
        entry_id = ids[entry.entry_uuid]
        parent = parents.get(entry.entry_uuid)
        content = contents[entry.entry_uuid]
        flags = rows.flags_of(entry.confidentiality_codes) | Flag(parent.flags if parent else 0)
        final = msgspec.structs.replace(
            entry,
            entry_uuid=rows.urn(entry_id),
            logical_id=rows.urn(entry_id),
            version=1,
            status=Status.APPROVED,
            hash=content.sha1,
            size=content.size,
            repository_unique_id=repository,
        )
        made.entries.append((final, entry_id, parent.lineage if parent else entry_id, flags, new_id(record_id)))
        made.contents.append(content)
    made.submission = Submission(
        submission_set=_final_set(submission.submission_set, ids),
        entries=tuple(final for final, *_ in made.entries),
        associations=tuple(_associations(submission, ids, targets, made)),
    )
    return made


def _id(value: str, record_id: int, taken: set[UUID], made: Registration) -> UUID:
    own = rows.uuid_of(value)
    if own is None:
        return new_id(record_id)
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
    # What the sender chose is looked up by name; ids of ours say where they live.
    made.names.append(f"uuid:{own}")
    return own


def _final_set(value: SubmissionSet, ids: Mapping[str, UUID]) -> SubmissionSet:
    return msgspec.structs.replace(value, entry_uuid=rows.urn(ids[value.entry_uuid]), status=Status.APPROVED)


def _parents(submission: Submission, targets: Mapping[UUID, Target], made: Registration) -> dict[str, Target]:
    """For each replacing entry of the submission, the visible entry it replaces."""
    parents: dict[str, Target] = {}
    for association in submission.associations:
        if association.type not in _REPLACING:
            continue
        wanted = rows.uuid_of(association.target)
        target = targets.get(wanted) if wanted is not None else None
        if target is None:
            made.warnings.append(
                Problem(
                    reason=Reason.UNKNOWN_DOCUMENT,
                    rule="replace-unknown",
                    text="Le document à remplacer n'est pas connu : celui-ci est enregistré comme un original.",
                    field="Association.targetObject",
                    found=association.target[:100],
                    expected="l'entryUUID d'une fiche du dossier",
                    source="IHE ITI TF-3 §4.2.2.2.3",
                    warning=True,
                )
            )
        elif target.status != rows.APPROVED:
            made.problems.append(
                Problem(
                    reason=Reason.DEPRECATED,
                    rule="replace-deprecated",
                    text="Le document à remplacer l'a déjà été.",
                    field="Association.targetObject",
                    found=association.target[:100],
                    expected="la version en vigueur (Approved)",
                    source="IHE ITI TF-3 §4.2.2.2.3 (XDSRegistryDeprecatedDocumentError)",
                )
            )
        else:
            parents[association.source] = target
            made.deprecated.append(target.id)
    return parents


def _associations(
    submission: Submission, ids: Mapping[str, UUID], targets: Mapping[UUID, Target], made: Registration
) -> list[Association]:
    kept = []
    for association in submission.associations:
        if association.type == AssociationType.HAS_MEMBER:
            kept.append(
                msgspec.structs.replace(
                    association,
                    entry_uuid=rows.urn(new_id(made.record_id)),
                    source=rows.urn(ids[association.source]),
                    target=rows.urn(ids[association.target]),
                )
            )
            continue
        outside = rows.uuid_of(association.target)
        target = ids.get(association.target) or (outside if outside in targets else None)
        if target is None:
            if association.type not in _REPLACING:
                made.problems.append(
                    Problem(
                        reason=Reason.INVALID,
                        rule="association-target",
                        text="La cible de l'association n'est pas connue.",
                        field="Association.targetObject",
                        found=association.target[:100],
                        expected="l'entryUUID d'une fiche du dossier ou du lot",
                        source="IHE ITI TF-3 §4.2.2 (UnresolvedReferenceException)",
                    )
                )
            continue
        own, source = new_id(made.record_id), ids[association.source]
        final = msgspec.structs.replace(
            association, entry_uuid=rows.urn(own), source=rows.urn(source), target=rows.urn(target)
        )
        made.associations.append((own, final, source, target))
        kept.append(final)
    return kept
