"""Who may change the state of a document that they see: mask, unmask, reveal, archive, delete. Nothing else is allowed.

The door of the record was passed before (`rules.decide`, for a reading): the actor sees the document. What is decided
here needs to know whose deposit it is; the rest is the matrix.

Sources: rights matrix of the DMP, TD3.3a to TD3.3d, with its notes on the author, the structure and the person's own
documents; Code de la santé publique R.1111-49 (the person masks), R.1111-53 (announcement).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.record.access.columns import PHYSICIAN, cell, purpose_here
from carnet.record.access.decision import Decision, no, yes
from carnet.record.access.owners import PATIENT, owner_of
from carnet.record.access.rights import Cell, Rights
from carnet.record.access.standing import DelegateKind, Scope, Standing


class DocumentAct(StrEnum):
    """What an actor asks to do with the state of one document; archiving goes both ways."""

    MASK = "mask"
    UNMASK = "unmask"
    REVEAL = "reveal"
    ARCHIVE = "archive"
    DELETE = "delete"


# The actions of the rights matrix.
_ACTIONS = {
    DocumentAct.MASK: "TD3.3a",
    DocumentAct.UNMASK: "TD3.3a-",
    DocumentAct.REVEAL: "TD3.3b",
    DocumentAct.ARCHIVE: "TD3.3d",
    DocumentAct.DELETE: "TD3.3c",
}
_REFUSED = {
    DocumentAct.UNMASK: "unmask-author",
    DocumentAct.ARCHIVE: "archive-author",
    DocumentAct.DELETE: "delete-own",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Whose document it is: who deposited it, in which structure, and the PS_IdNat that its metadata call authors."""

    person: str
    structure: str
    authors: frozenset[str] = field(default_factory=frozenset)

    @property
    def by_patient(self) -> bool:
        """Whether the person of the record deposited it: a machine that takes their name has a structure."""
        return self.person.startswith(PATIENT) and not self.structure


def decide_on_document(
    act: DocumentAct, *, actor: Actor, standing: Standing, deposit: Deposit, rights: Rights
) -> Decision:
    """The decision for a change of state of a document that the actor sees; `rights` are the tables of the day."""
    match actor.kind:
        case ActorKind.PATIENT:
            return _decide_patient(act, actor, deposit)
        case ActorKind.DELEGATE:
            return _decide_delegate(act, actor, standing, deposit)
        case ActorKind.STRUCTURE | ActorKind.CLERK:
            return _decide_structure(act, actor, standing, deposit, rights)
        case ActorKind.PROFESSIONAL:
            return _decide_professional(act, actor, standing, deposit, rights)
        case ActorKind.SYSTEM:
            return no("state-actor", actor)


def _decide_patient(act: DocumentAct, actor: Actor, deposit: Deposit) -> Decision:
    if act in (DocumentAct.MASK, DocumentAct.UNMASK):
        return yes("own-record")
    if act is DocumentAct.REVEAL:
        return no("reveal-professional", actor)
    if deposit.by_patient and deposit.person == actor.person:
        return yes("own-deposit")
    return no("own-deposit-only", actor)


def _decide_delegate(act: DocumentAct, actor: Actor, standing: Standing, deposit: Deposit) -> Decision:
    """Who acts for the person does with documents what the person does, when the delegation goes that far."""
    delegation = standing.delegation
    if delegation is None:
        return no("delegation-missing", actor)
    if delegation.scope is not Scope.MANAGE or delegation.kind in (DelegateKind.ASSISTANT, DelegateKind.HEIR):
        return no("state-delegate-scope", actor)
    if act in (DocumentAct.MASK, DocumentAct.UNMASK):
        return yes("delegate-arranges")
    if act is DocumentAct.REVEAL:
        return no("reveal-professional", actor)
    return yes("delegate-arranges") if deposit.by_patient else no("own-deposit-only", actor)


def _decide_structure(act: DocumentAct, actor: Actor, standing: Standing, deposit: Deposit, rights: Rights) -> Decision:
    """A structure without a named user takes back what is its own, an employee what employees deposited (note 9)."""
    if act is not DocumentAct.DELETE:
        return no("state-person" if actor.kind is ActorKind.STRUCTURE else "state-actor", actor)
    if cell(_ACTIONS[act], actor, standing, rights) is Cell.STRUCTURE_DOCUMENTS and actor.structure:
        if actor.kind is ActorKind.STRUCTURE and actor.structure == deposit.structure:
            return yes("structure-own")
        if actor.kind is ActorKind.CLERK and owner_of(actor) == (deposit.person, deposit.structure):
            return yes("employees-own")
    return no("delete-own", actor)


def _decide_professional(
    act: DocumentAct, actor: Actor, standing: Standing, deposit: Deposit, rights: Rights
) -> Decision:
    here = replace(actor, purpose=purpose_here(actor, standing))
    said = cell(_ACTIONS[act], here, standing, rights)
    if said is Cell.NO:
        return no("state-emergency" if here.purpose is not Purpose.NORMAL else "state-actor", actor)
    if act is DocumentAct.MASK:
        return yes("professional-masks")
    if act is DocumentAct.REVEAL:
        return yes("professional-announces")
    if _is_author(actor, deposit):
        return yes("author-own")
    treating = standing.treating and actor.profession == PHYSICIAN
    if deposit.by_patient and act in (DocumentAct.ARCHIVE, DocumentAct.DELETE):
        # The médecin traitant stands for the person on the person's own documents (note *).
        return yes("treating-physician") if treating else no(_REFUSED[act], actor)
    if said is Cell.YES:
        return yes("treating-physician" if treating else "emergency-archives")
    return no(_REFUSED[act], actor)


def _is_author(actor: Actor, deposit: Deposit) -> bool:
    """Who deposited it; or whom it names as an author, when their own structure deposited it for them."""
    if actor.person == deposit.person:
        return True
    return actor.person in deposit.authors and bool(actor.structure) and actor.structure == deposit.structure
