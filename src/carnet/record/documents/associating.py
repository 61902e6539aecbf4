"""The associations of a submission, resolved against what is there: rows to write, what they change, what is wrong.

What the sender cannot see is answered like what does not exist (`association_rules.unresolved`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from carnet.kernel.errors import Problem, Reason
from carnet.record.documents import rows
from carnet.record.documents.association_rules import REPLACING, unresolved
from carnet.record.documents.context import Target
from carnet.record.documents.members import membership
from carnet.record.documents.problems import invalid
from carnet.wire.xds.model import Association, AssociationType, Submission

# What a transformation or an addition is made of must be in force, like what is replaced.
_IN_FORCE = (*REPLACING, AssociationType.TRANSFORM, AssociationType.APPEND)
_INHERITING = (*REPLACING, AssociationType.TRANSFORM)


@dataclass(slots=True)
class Associated:
    """The associations of a submission as registered, and what follows from them."""

    kept: list[Association] = field(default_factory=list)
    rows: list[tuple[UUID, Association, UUID, UUID]] = field(default_factory=list)
    """(id, values, source id, target id)"""
    parents: dict[str, Target] = field(default_factory=dict)
    """For each replacing entry of the submission, by its id as sent, what it replaces."""
    hiding: dict[str, int] = field(default_factory=dict)
    """For each entry made from another (replacement, transformation), the state bits that it inherits."""
    deprecated: list[UUID] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The ids of the submission's objects by their ids as sent, which of them are entries; what is there and seen."""

    ids: Mapping[str, UUID]
    entries: frozenset[str]
    targets: Mapping[UUID, Target]
    folders: frozenset[UUID]
    elsewhere: frozenset[UUID]
    """What associations name and is in other records, where the actor sees it."""


def associate(submission: Submission, known: Known, new_id: Callable[[str], UUID]) -> Associated:
    """Resolve every association; `new_id` gives an association's id, its own when its sender chose one."""
    made = Associated()
    own = {association.entry_uuid: new_id(association.entry_uuid) for association in _memberships(submission)}
    named = {association.target for association in submission.associations}
    for association in submission.associations:
        if association.type != AssociationType.HAS_MEMBER:
            _relate(association, known, new_id, made)
        elif association.source == submission.submission_set.entry_uuid:
            _add_to_set(association, known, own, new_id, made)
        elif association.entry_uuid in named or not _is_there(association, known):
            _add_to_folder(association, known, own.get(association.entry_uuid) or new_id(""), made)
    _follow_replacements(known, new_id, made)
    return made


def _memberships(submission: Submission) -> list[Association]:
    return [
        association
        for association in submission.associations
        if association.entry_uuid
        and association.type == AssociationType.HAS_MEMBER
        and association.source != submission.submission_set.entry_uuid
    ]


def _keep(association: Association, own: UUID, source: UUID, target: UUID, made: Associated) -> None:
    final = msgspec.structs.replace(
        association, entry_uuid=rows.urn(own), source=rows.urn(source), target=rows.urn(target)
    )
    made.kept.append(final)
    made.rows.append((own, final, source, target))


def _add_to_set(
    association: Association, known: Known, own: Mapping[str, UUID], new_id: Callable[[str], UUID], made: Associated
) -> None:
    source = known.ids[association.source]
    brought = known.ids.get(association.target) or own.get(association.target)
    if brought is not None:
        said = rows.uuid_of(association.entry_uuid) is not None or association.documentation or association.extra_slots
        if said:
            _keep(association, new_id(association.entry_uuid), source, brought, made)
        else:
            made.kept.append(membership(source, brought, original=association.target in known.entries))
        return
    target = rows.uuid_of(association.target)
    if target is not None and target in known.targets:
        _keep(association, new_id(association.entry_uuid), source, target, made)
    elif target in known.folders:
        made.problems.append(
            invalid(
                "folder-by-reference",
                "Association.targetObject",
                "Un lot ne reprend pas un classeur : il apporte ce qui s'y ajoute.",
                association.target,
                "HasMember du classeur vers la fiche",
                "IHE ITI TF-3 §4.2.1.4",
            )
        )
    else:
        made.problems.append(_unknown("Association.targetObject", association.target, known))


def _is_there(association: Association, known: Known) -> bool:
    """Whether a folder holds the entry already, and this says nothing more."""
    source, target = rows.uuid_of(association.source), rows.uuid_of(association.target)
    if source not in known.folders or target is None or rows.uuid_of(association.entry_uuid) is not None:
        return False
    return target in known.targets and source in known.targets[target].folders


def _add_to_folder(association: Association, known: Known, own: UUID, made: Associated) -> None:
    source = known.ids.get(association.source) or _among(association.source, known.folders)
    target = known.ids.get(association.target) or _among(association.target, known.targets)
    if source is None:
        made.problems.append(_unknown("Association.sourceObject", association.source, known))
    if target is None:
        made.problems.append(_unknown("Association.targetObject", association.target, known))
    if source is not None and target is not None:
        _keep(association, own, source, target, made)


def _among(text: str, there: Mapping[UUID, Target] | frozenset[UUID]) -> UUID | None:
    value = rows.uuid_of(text)
    return value if value is not None and value in there else None


def _relate(association: Association, known: Known, new_id: Callable[[str], UUID], made: Associated) -> None:
    source = known.ids[association.source]
    inside = known.ids.get(association.target)
    if inside is not None:
        _keep(association, new_id(association.entry_uuid), source, inside, made)
        return
    wanted = rows.uuid_of(association.target)
    target = known.targets.get(wanted) if wanted is not None else None
    if target is None:
        if association.type in REPLACING and wanted not in known.elsewhere:
            made.warnings.append(_no_parent(association.target))
        else:
            made.problems.append(_unknown("Association.targetObject", association.target, known))
        return
    if association.type in _IN_FORCE and target.status != rows.APPROVED:
        made.problems.append(_not_in_force(association))
        return
    if association.type in REPLACING:
        made.parents[association.source] = target
        made.deprecated.append(target.id)
    if association.type in _INHERITING:
        # What replaces or transforms says the same thing: what hides the one hides the other.
        made.hiding[association.source] = made.hiding.get(association.source, 0) | target.flags
    _keep(association, new_id(association.entry_uuid), source, target.id, made)


def _follow_replacements(known: Known, new_id: Callable[[str], UUID], made: Associated) -> None:
    """A replacement joins the folders of what it replaces (ITI TF-2 §3.42.4.1.3.3)."""
    there = {(source, target) for _, _, source, target in made.rows}
    for sent, parent in made.parents.items():
        entry = known.ids[sent]
        for folder in parent.folders:
            if (folder, entry) not in there:
                blank = Association(entry_uuid="", type=AssociationType.HAS_MEMBER, source="", target="")
                _keep(blank, new_id(""), folder, entry, made)


def _unknown(field: str, found: str, known: Known) -> Problem:
    if rows.uuid_of(found) in known.elsewhere:
        return invalid(
            "association-patient",
            field,
            "L'objet désigné est dans le dossier d'un autre patient.",
            found,
            "un objet du même dossier",
            "IHE ITI TF-3 §4.2.4.1 (XDSPatientIdDoesNotMatch)",
            Reason.PATIENT_MISMATCH,
        )
    rule = "association-target" if field.endswith("targetObject") else "association-source"
    return unresolved(rule, field, found, "L'objet désigné n'est pas connu.")


def _no_parent(found: str) -> Problem:
    return Problem(
        reason=Reason.UNRESOLVED,
        rule="replace-unknown",
        text="Le document à remplacer n'est pas connu : celui-ci est enregistré comme un original.",
        field="Association.targetObject",
        found=found[:100],
        expected="l'entryUUID d'une fiche du dossier",
        source="IHE ITI TF-3 §4.2.2.2.3",
        warning=True,
    )


def _not_in_force(association: Association) -> Problem:
    replacing = association.type in REPLACING
    return invalid(
        "replace-deprecated" if replacing else "target-deprecated",
        "Association.targetObject",
        "Le document à remplacer l'a déjà été." if replacing else "Le document désigné n'est plus en vigueur.",
        association.target,
        "la version en vigueur (Approved)",
        "IHE ITI TF-3 §4.2.2.2 (XDSRegistryDeprecatedDocumentError)",
        Reason.DEPRECATED,
    )
