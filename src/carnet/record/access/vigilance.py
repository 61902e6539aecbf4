"""Who may tend identities (RNIV): pure decisions.

Registering and qualifying is a desk's work, where the structure is in the care team. What may mix two people up
(merging records, replacing a definitive matricule) is for a clerk entrusted with identity-vigilance, or the operator.
"""

from __future__ import annotations

from dataclasses import dataclass

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Reason
from carnet.record.identity.api import Traits

SOURCE = "RNIV 2 (identitovigilance) ; CSP L.1110-4"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes or no on an identity, with the rule."""

    rule: str
    problem: Problem | None = None


def decide_near(actor: Actor, traits: Traits) -> Verdict:
    """Whether an actor may be shown who looks like a person: one who registers people, knowing who it is about."""
    if actor.kind not in (ActorKind.CLERK, ActorKind.PROFESSIONAL):
        return _no("near-actor", "Seul qui enregistre une personne voit qui lui ressemble.")
    if not traits.birth_name.strip() or not traits.first_given.strip() or traits.birth_date is None:
        text = "Il faut le nom de naissance, le premier prénom et la date de naissance de la personne."
        return _no("near-incomplete", text, Reason.INVALID)
    return Verdict("near-at-the-desk")


def decide_identity(actor: Actor, *, in_team: bool, referent: bool) -> Verdict:
    """Whether an actor may give a person an identifier, a state of qualification, a representative."""
    if actor.kind is ActorKind.SYSTEM:
        return Verdict("operator")
    if actor.kind is ActorKind.CLERK and referent:
        return Verdict("identity-referent")
    if actor.kind not in (ActorKind.CLERK, ActorKind.PROFESSIONAL):
        return _no("identity-actor", "L'identité d'une personne est tenue à l'accueil ou par un professionnel.")
    if not in_team:
        text = "Votre structure ne fait pas partie de l'équipe de soins de cette personne."
        return _no("identity-care-team", text)
    return Verdict("identity-at-the-desk")


def decide_merge(actor: Actor, *, referent: bool) -> Verdict:
    """Whether an actor may merge two records, take them apart, or correct a definitive matricule."""
    if actor.kind is ActorKind.SYSTEM:
        return Verdict("operator")
    if actor.kind is ActorKind.CLERK and referent:
        return Verdict("identity-referent")
    text = "Seule une cellule d'identitovigilance, ou l'opérateur, réunit des dossiers ou corrige un matricule."
    return _no("merge-actor", text)


def _no(rule: str, text: str, reason: Reason = Reason.FORBIDDEN) -> Verdict:
    return Verdict(rule, Problem(reason=reason, rule=rule, text=text, source=SOURCE))
