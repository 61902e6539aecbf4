"""Under which names a deposit is kept: whose it is ever after, whoever typed it."""

from __future__ import annotations

from carnet.kernel.actor import Actor, ActorKind

# What an employee deposits is imputed to the structure (rights matrix, note 4); any of its employees takes it back.
EMPLOYEES = "employees:"
PATIENT = "patient:"


def for_the_person(actor: Actor) -> bool:
    """Whether an actor deposits in the name of the person of the record: they, and those who act for them."""
    return actor.kind in (ActorKind.PATIENT, ActorKind.DELEGATE)


def owner_of(actor: Actor) -> tuple[str, str]:
    """The person and the structure that own what an actor deposits."""
    if actor.kind is ActorKind.CLERK:
        return EMPLOYEES + actor.structure, actor.structure
    if actor.kind is ActorKind.DELEGATE:
        # Who acts in a person's place deposits in their name.
        return f"{PATIENT}{actor.record_id}", ""
    return actor.person, actor.structure
