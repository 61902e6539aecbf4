"""Who may tend identities (RNIV): pure decisions.

Registering and qualifying is a desk's work, where the structure is in the care team. What may mix two people up
(merging records, replacing a definitive matricule) is for a clerk entrusted with identity-vigilance, or the operator.

Sources: RNIV 2 (identitovigilance); CSP L.1110-4.
"""

from __future__ import annotations

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access.decision import Decision, no, yes
from carnet.record.identity.api import Traits


def decide_near(actor: Actor, traits: Traits) -> Decision:
    """Whether an actor may be shown who looks like a person: one who registers people, knowing who it is about."""
    if actor.kind not in (ActorKind.CLERK, ActorKind.PROFESSIONAL):
        return no("near-actor", actor)
    if not traits.birth_name.strip() or not traits.first_given.strip() or traits.birth_date is None:
        return no("near-incomplete", actor)
    return yes("near-at-the-desk")


def decide_identity(actor: Actor, *, in_team: bool, referent: bool) -> Decision:
    """Whether an actor may give a person an identifier, a state of qualification, a representative."""
    if actor.kind is ActorKind.SYSTEM:
        return yes("operator")
    if actor.kind is ActorKind.CLERK and referent:
        return yes("identity-referent")
    if actor.kind not in (ActorKind.CLERK, ActorKind.PROFESSIONAL):
        return no("identity-actor", actor)
    if not in_team:
        return no("identity-care-team", actor)
    return yes("identity-at-the-desk")


def decide_merge(actor: Actor, *, referent: bool) -> Decision:
    """Whether an actor may merge two records, take them apart, or correct a definitive matricule."""
    if actor.kind is ActorKind.SYSTEM:
        return yes("operator")
    if actor.kind is ActorKind.CLERK and referent:
        return yes("identity-referent")
    return no("merge-actor", actor)
