"""Who may change the state of a document that they see: mask, unmask, reveal, archive, delete. Nothing else is allowed.

The door of the record was passed before (`rules.decide`, for a reading): the actor sees the document. What is decided
here needs to know whose deposit it is.

Sources: rights matrix of the DMP, TD3.3a to TD3.3d, with its notes on the author, the structure and the person's own
documents; Code de la santé publique R.1111-49 (the person masks), R.1111-53 (announcement).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Reason
from carnet.record.access.rules import Decision, Standing

# The name of a patient as an owner (`carnet.kernel.actor.Actor.person`).
_PATIENT = "patient:"


class DocumentAct(StrEnum):
    """What an actor asks to do with the state of one document; archiving goes both ways."""

    MASK = "mask"
    UNMASK = "unmask"
    REVEAL = "reveal"
    ARCHIVE = "archive"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Whose document it is: who deposited it, in which structure, and the PS_IdNat that its metadata call authors."""

    person: str
    structure: str
    authors: frozenset[str] = field(default_factory=frozenset)

    @property
    def by_patient(self) -> bool:
        """Whether the person of the record deposited it: a machine that takes their name has a structure."""
        return self.person.startswith(_PATIENT) and not self.structure


def decide_on_document(act: DocumentAct, *, actor: Actor, standing: Standing, deposit: Deposit) -> Decision:
    """The decision for a change of state of a document that the actor sees."""
    if actor.kind is ActorKind.PATIENT:
        return _decide_patient(act, actor, deposit)
    if actor.kind is ActorKind.STRUCTURE:
        return _decide_structure(act, actor, deposit)
    if actor.kind is ActorKind.PROFESSIONAL:
        return _decide_professional(act, actor, standing, deposit)
    return _no("state-actor", "Seuls la personne et les professionnels changent l'état d'un document.", "TD3.3")


def _no(rule: str, text: str, source: str) -> Decision:
    source = f"DMP, matrice d'habilitation, {source}"
    return Decision(rule, problem=Problem(reason=Reason.FORBIDDEN, rule=rule, text=text, source=source))


def _decide_patient(act: DocumentAct, actor: Actor, deposit: Deposit) -> Decision:
    if act in (DocumentAct.MASK, DocumentAct.UNMASK):
        return Decision("own-record")
    if act in (DocumentAct.ARCHIVE, DocumentAct.DELETE) and deposit.by_patient and deposit.person == actor.person:
        return Decision("own-deposit")
    if act is DocumentAct.REVEAL:
        return _no("reveal-professional", "C'est un professionnel qui vous rend ce document visible.", "TD3.3b")
    return _no(
        "own-deposit-only",
        "Vous archivez et supprimez les documents que vous avez déposés. Les autres, vous pouvez les masquer, ou "
        "demander leur suppression à leur auteur.",
        "TD3.3c, TD3.3d ; CSP R.1111-49",
    )


def _decide_structure(act: DocumentAct, actor: Actor, deposit: Deposit) -> Decision:
    """A structure without a named user takes back what was deposited in its name, and nothing else (note 9)."""
    if act is not DocumentAct.DELETE:
        return _no("state-person", "L'état d'un document est changé par un professionnel nommé.", "TD3.3a, b, d")
    if actor.structure and actor.structure == deposit.structure:
        return Decision("structure-own")
    return _no("delete-own", "Un document n'est supprimé que par son auteur ou la structure de son auteur.", "TD3.3c")


def _decide_professional(act: DocumentAct, actor: Actor, standing: Standing, deposit: Deposit) -> Decision:
    if act is DocumentAct.MASK:
        return Decision("professional-masks")
    if act is DocumentAct.REVEAL:
        return Decision("professional-announces")
    if _is_author(actor, deposit):
        return Decision("author-own")
    # The médecin traitant stands for the person on the person's own documents (note *).
    if standing.treating and (act is not DocumentAct.DELETE or deposit.by_patient):
        return Decision("treating-physician")
    if act is DocumentAct.DELETE:
        text = "Un document n'est supprimé que par son auteur ou la structure de son auteur."
        return _no("delete-own", text, "TD3.3c")
    if act is DocumentAct.UNMASK:
        text = "Un document est démasqué par la personne, par son auteur ou par le médecin traitant."
        return _no("unmask-author", text, "TD3.3a")
    text = "Un document est archivé ou désarchivé par son auteur ou par le médecin traitant."
    return _no("archive-author", text, "TD3.3d")


def _is_author(actor: Actor, deposit: Deposit) -> bool:
    """Who deposited it; or whom it names as an author, when their own structure deposited it for them."""
    if actor.person == deposit.person:
        return True
    return actor.person in deposit.authors and bool(actor.structure) and actor.structure == deposit.structure
