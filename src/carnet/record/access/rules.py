"""Who may do what: pure decisions over frozen values, each with the name of the rule that decided.

Here is the order of questions that every actor meets; what each may do is beside: `rules_professional`,
`rules_emergency`, `rules_person`, `rules_desk`. The texts' tables (`rights`) are a value like the others, and every
rule has its law and two sentences (`explanations`).
"""

from __future__ import annotations

from datetime import datetime

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import vigilance
from carnet.record.access.acts import IDENTITY, LIFE, OPERATOR, Act
from carnet.record.access.decision import Decision, no, yes
from carnet.record.access.rights import Rights
from carnet.record.access.rules_desk import decide_clerk, decide_operator, decide_structure
from carnet.record.access.rules_person import decide_delegate, decide_patient
from carnet.record.access.rules_professional import decide_professional
from carnet.record.access.standing import Standing
from carnet.record.identity.api import RecordStatus

__all__ = [
    "IDENTITY",
    "Act",
    "Decision",
    "Standing",
    "decide",
    "decide_announcement",
    "decide_creation",
    "decide_opposition",
]

_COLLECTING = (ActorKind.CLERK, ActorKind.PROFESSIONAL, ActorKind.SYSTEM)
_PEOPLE = (ActorKind.PATIENT, ActorKind.DELEGATE)
_FEEDING = (Act.FEED, Act.REGISTER)
_IN_STATE = {
    RecordStatus.CLOSED: "record-closed",
    RecordStatus.ANNOUNCED: "record-announced",
    RecordStatus.SUSPENDED: "record-suspended",
    RecordStatus.MERGED: "record-merged",
    RecordStatus.ACTIVE: "record-active",
}


def decide_creation(actor: Actor, *, consent: bool) -> Decision:
    """Whether an actor may create a record (CSP L.1111-14 in its opt-in form: with recorded consent)."""
    if actor.kind not in _COLLECTING:
        return no("create-actor", actor)
    return yes("create-with-consent") if consent else no("create-consent", actor)


def decide_announcement(*, actor: Actor, automatic: bool) -> Decision:
    """Whether an actor may create a record that nobody asked for; `automatic` is the domain's (CSP R.1111-28)."""
    if actor.kind is not ActorKind.SYSTEM:
        return no("announce-actor", actor)
    return yes("create-automatic") if automatic else no("create-consent-domain", actor)


def decide_opposition(*, actor: Actor) -> Decision:
    """Whether an actor may record that a person without a record refuses one, or no longer does."""
    return yes("opposition-collected") if actor.kind in _COLLECTING else no("oppose-actor", actor)


def decide(act: Act, actor: Actor, standing: Standing, now: datetime, rights: Rights) -> Decision:
    """The decision for an act on an existing record; `rights` are the tables of the day."""
    if actor.kind in _PEOPLE and actor.record_id != standing.record_id:
        return no("own-record-only", actor)
    if actor.kind is ActorKind.DELEGATE and standing.delegation is None:
        # Before anything is said of the record: whoever has no delegation learns nothing of it.
        return no("delegation-missing", actor)
    if standing.status not in LIFE.get(act, (RecordStatus.ACTIVE,)):
        return no(_IN_STATE[standing.status], actor)
    if act in IDENTITY:
        return _decide_identity(act, actor, standing)
    if actor.kind is ActorKind.SYSTEM:
        return decide_operator(act, actor)
    if act in OPERATOR:
        return no("operator-only", actor)
    if act is Act.EXPORT and actor.kind not in _PEOPLE:
        return no("export-own-record", actor)
    if act in (Act.CHOOSE, Act.DELEGATE) and actor.kind not in _PEOPLE:
        return no("control-own-record", actor)
    if act is Act.PRINT_CODES and actor.kind is not ActorKind.CLERK:
        return no("codes-at-the-desk", actor)
    if act in _FEEDING and standing.feeding_opposed and actor.kind not in _PEOPLE:
        return no("feeding-opposed", actor)
    match actor.kind:
        case ActorKind.PATIENT:
            return decide_patient(act, actor, standing, now)
        case ActorKind.DELEGATE:
            return decide_delegate(act, actor, standing, now, rights)
        case ActorKind.CLERK:
            return decide_clerk(act, actor, standing, rights)
        case ActorKind.STRUCTURE:
            return decide_structure(act, actor, standing, rights)
        case ActorKind.PROFESSIONAL:
            return decide_professional(act, actor, standing, rights)


def _decide_identity(act: Act, actor: Actor, standing: Standing) -> Decision:
    """Who the person is and which records are one person's: `vigilance` decides."""
    if act is Act.MERGE:
        return vigilance.decide_merge(actor, referent=standing.referent)
    in_team = (
        "allowed" in (standing.structure_state, standing.person_state) and standing.person_state != "blocked"
    ) or not standing.consent_required
    return vigilance.decide_identity(actor, in_team=in_team, referent=standing.referent)
