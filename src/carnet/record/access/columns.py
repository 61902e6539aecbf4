"""In which column of the rights matrix an actor stands: pure."""

from __future__ import annotations

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.record.access.rights import Cell, Column, Rights
from carnet.record.access.standing import Standing

PHYSICIAN = "10"
# Occupational medicine among the qualifications of physicians (TRE_R01).
_OCCUPATIONAL = frozenset({"SM25", "C41", "CAPA11"})
# How the entrances name the reinforced indirect authentication (`carnet.kernel.actor.Actor.proof`).
REINFORCED = "vihf-air"

_PROFESSIONAL = {
    Purpose.NORMAL: (Column.PSN_N, Column.MED_N, Column.MT_N),
    # The matrix gives the médecin traitant no regulation of their own: there they are a physician among others.
    Purpose.REGULATION: (Column.PSN_R, Column.MED_R, Column.MED_R),
    Purpose.BREAK_GLASS: (Column.PSN_B, Column.MED_B, Column.MT_B),
}
_STRUCTURE = {Purpose.NORMAL: Column.ES_N, Purpose.REGULATION: Column.ES_R}


def is_occupational(actor: Actor) -> bool:
    """Whether an actor is an occupational physician (médecin du travail)."""
    return actor.kind is ActorKind.PROFESSIONAL and actor.profession == PHYSICIAN and actor.specialty in _OCCUPATIONAL


def column_of(actor: Actor, standing: Standing) -> Column | None:
    """The column of an actor in a record; None for an access mode that the matrix does not know for them."""
    if actor.kind is ActorKind.STRUCTURE:
        return _STRUCTURE.get(actor.purpose)
    if actor.kind is ActorKind.CLERK:
        return Column.CPE if actor.purpose is Purpose.NORMAL else None
    if is_occupational(actor):
        return Column.MTRAV
    others, physicians, treating = _PROFESSIONAL[actor.purpose]
    if actor.profession != PHYSICIAN:
        return others
    return treating if standing.treating else physicians


def cell(action: str, actor: Actor, standing: Standing, rights: Rights) -> Cell:
    """What the matrix says of an action for an actor in a record."""
    return rights.cell(action, column_of(actor, standing), reinforced=actor.proof == REINFORCED)


def purpose_here(actor: Actor, standing: Standing) -> Purpose:
    """The access mode in a record: an emergency whose facts were stated makes one of who is not authorised there."""
    if actor.purpose is Purpose.NORMAL and "allowed" not in (standing.person_state, standing.structure_state):
        return standing.emergency
    return actor.purpose
