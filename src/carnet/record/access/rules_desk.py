"""What desks, machines and the operator may do: pure.

A clerk is an employee who is no health professional (CPE), a structure a certificate without a named user (ES): what
they feed is imputed to the structure, and they find the reference of that, never content (rights matrix, notes 4, 5
and 9).
"""

from __future__ import annotations

from carnet.kernel.actor import Actor
from carnet.record.access.acts import LIFE, OPERATOR, READING, Act
from carnet.record.access.columns import cell
from carnet.record.access.decision import Decision, no, yes
from carnet.record.access.lens import ALL_TYPES, END_OF_TIME, Flag, Lens, Own
from carnet.record.access.owners import owner_of
from carnet.record.access.rights import Cell, Rights
from carnet.record.access.standing import Standing


def decide_operator(act: Act, actor: Actor) -> Decision:
    """The operator acts on the life of a record, without reading it, and does nothing in a person's place."""
    if act in OPERATOR or act is Act.STATE:
        return yes("operator")
    return no("system-no-reading", actor)


def decide_clerk(act: Act, actor: Actor, standing: Standing, rights: Rights) -> Decision:
    """The decision for an employee at a desk."""
    if act is Act.OPEN:
        return yes("clerk-existence")
    if act in LIFE:
        return yes("clerk-collects")
    if act is Act.PRINT_CODES:
        inside = standing.structure_state == "allowed"
        return yes("clerk-prints-codes") if inside else no("clerk-codes-elsewhere", actor)
    if act is Act.AUTHORISE and cell("TD0.3a", actor, standing, rights) is Cell.FOR_STRUCTURE:
        if standing.structure_state == "blocked":
            return no("structure-blocked-here", actor)
        return yes("structure-authorised-with-consent")
    if act is Act.FEED and cell("TD2.2", actor, standing, rights) is Cell.FOR_STRUCTURE:
        return yes("clerk-feeds-for-structure")
    if act is Act.READ and cell("TD3.1r", actor, standing, rights) is Cell.REFERENCE_ONLY:
        own = Own(person=owner_of(actor)[0])
        return yes("clerk-reference", Lens(blind=Flag.DELETED, types=0, own=own, now=END_OF_TIME))
    return no("clerk-no-content", actor)


def decide_structure(act: Act, actor: Actor, standing: Standing, rights: Rights) -> Decision:
    """The decision for a machine of a structure."""
    if act in (Act.OPEN, Act.FEED, Act.REGISTER):
        return yes("structure-feeds")
    if act in (Act.AUTHORISE, Act.AUTHORISE_COLLEAGUE, Act.UNAUTHORISE, Act.UNDECLARE_TREATING):
        return no("authorise-person", actor)
    if act in LIFE:
        return yes("existence") if act is Act.STATE else no("close-at-the-desk", actor)
    if act not in READING:
        return no("act-not-given", actor)
    if not standing.consent_required:
        return yes("domain-open", Lens(blind=Flag.DELETED, types=ALL_TYPES, now=END_OF_TIME))
    if act is Act.RETRIEVE or cell("TD3.1r", actor, standing, rights) is not Cell.REFERENCE_ONLY:
        return no("structure-no-content", actor)
    # A structure without a named user finds the references of its own deposits and nothing else.
    own = Own(structure=actor.structure)
    return yes("structure-own", Lens(blind=Flag.DELETED, types=0, own=own, now=END_OF_TIME))
