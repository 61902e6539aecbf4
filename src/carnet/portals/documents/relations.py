"""What a document is to others: what it replaces, completes, transforms or signs, and the reverse, in words."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.portals.documents import presentation
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status

# The document at the source of the association, then the one at its target (IHE ITI TF-3 §4.2.2.2).
_WORDS = {
    AssociationType.REPLACE: ("Remplace", "Remplacé par"),
    AssociationType.APPEND: ("Complète", "Complété par"),
    AssociationType.TRANSFORM: ("Autre forme de", "Existe aussi sous une autre forme"),
    AssociationType.TRANSFORM_REPLACE: ("Remplace, sous une autre forme", "Remplacé, sous une autre forme, par"),
    AssociationType.SIGNS: ("Signe", "Signé par"),
}
_IN_FORCE = "Version en vigueur de ce document"


@dataclass(frozen=True, slots=True)
class Relation:
    """One line: what the other document is to this one."""

    words: str
    uuid: UUID
    title: str
    date: str


def of(actor: Actor, domain: str, entry: DocumentEntry) -> tuple[Relation, ...]:
    """The relations that the reader sees, each document once, in its latest version."""
    found = documents.get_related_documents(
        actor=actor, domain=domain, association_types=tuple(map(str, _WORDS)), entry_uuid=entry.entry_uuid
    )
    relations: dict[tuple[str, str], Relation] = {}
    if not isinstance(found, Refusal):
        entries = {one.entry_uuid: one for one in found.entries}
        for association in found.associations:
            mine = association.source == entry.entry_uuid
            if not mine and association.target != entry.entry_uuid:
                continue
            other = entries.get(association.target if mine else association.source)
            if other is None or other.logical_id == entry.logical_id:
                continue
            words = _WORDS[AssociationType(association.type)][0 if mine else 1]
            relations[words, other.logical_id] = _relation(words, other)
    if entry.status is Status.DEPRECATED and not any(words.startswith("Remplacé") for words, _ in relations):
        return (*relations.values(), *_in_force(actor, domain, entry))
    return tuple(relations.values())


def _in_force(actor: Actor, domain: str, entry: DocumentEntry) -> tuple[Relation, ...]:
    """The present version of a document whose metadata changed since this one (masked, revealed, archived…)."""
    found = documents.get(actor=actor, domain=domain, logical_ids=[entry.logical_id])
    entries = () if isinstance(found, Refusal) else found.entries
    newest = max(entries, key=lambda one: one.version, default=entry)
    return (_relation(_IN_FORCE, newest),) if newest.version > entry.version else ()


def _relation(words: str, other: DocumentEntry) -> Relation:
    line = presentation.line(other)
    return Relation(words, line.uuid, line.title, line.date)
