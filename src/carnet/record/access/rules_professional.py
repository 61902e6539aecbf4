"""What a named professional may do: pure, over the matrix, the standing and the person's choices.

Sources: CSP L.1110-4, L.1111-16, L.1111-17, R.1111-46, R.1111-49; rights matrix of the DMP, TD0.3 to TD3.3.
"""

from __future__ import annotations

from carnet.kernel.actor import Actor, Purpose
from carnet.record.access.acts import LIFE, READING, Act
from carnet.record.access.columns import cell, is_occupational
from carnet.record.access.decision import Decision, no, yes
from carnet.record.access.lens import ALL_TYPES, END_OF_TIME, Flag, Lens, Own
from carnet.record.access.rights import Cell, Rights
from carnet.record.access.rules_emergency import decide_emergency, decide_statement
from carnet.record.access.standing import Standing

# Why somebody is allowed, when the person said so themselves (`access_authorisation.basis`).
BY_PERSON = "by-person"


def decide_professional(act: Act, actor: Actor, standing: Standing, rights: Rights) -> Decision:
    """The decision for a professional, in any access mode."""
    if act is Act.OPEN:
        return yes("existence")
    if act in (Act.FEED, Act.REGISTER):
        fed = cell("TD2.1", actor, standing, rights)
        return yes("feeding-duty") if fed is Cell.YES else no("feeding-not-reinforced", actor)
    if standing.person_state == "blocked":
        return no("professional-blocked", actor)
    if standing.structure_state == "blocked" and standing.person_state != "allowed":
        return no("structure-blocked-here", actor)
    if act in LIFE:
        return no("close-at-the-desk", actor) if act is not Act.STATE else yes("existence")
    if act is Act.BREAK_GLASS:
        return decide_statement(actor, standing)
    if act in READING:
        return _reading(act, actor, standing, rights)
    return _authorising(act, actor, standing, rights)


def _authorising(act: Act, actor: Actor, standing: Standing, rights: Rights) -> Decision:
    """Declaring, withdrawing and listing authorisations (TD0.3, TD1.6), for oneself or a colleague."""
    match act:
        case Act.AUTHORISE | Act.AUTHORISE_COLLEAGUE if is_occupational(actor):
            return no("occupational-consent", actor)
        case Act.AUTHORISE:
            if cell("TD0.3a", actor, standing, rights) is Cell.YES:
                return yes("authorise-with-consent")
            return no("authorise-normal-mode", actor)
        case Act.AUTHORISE_COLLEAGUE:
            if cell("TD0.3a", actor, standing, rights) is not Cell.YES:
                return no("authorise-normal-mode", actor)
            if _in(standing):
                return yes("consent-for-colleague")
            return no("colleague-from-within", actor)
        case Act.UNAUTHORISE:
            if cell("TD0.3b", actor, standing, rights) is Cell.YES:
                return yes("unauthorise-oneself")
            return no("authorise-normal-mode", actor)
        case Act.UNDECLARE_TREATING:
            if cell("TD0.3c", actor, standing, rights) is Cell.YES:
                return yes("undeclare-treating")
            return no("not-treating", actor)
        case Act.WHO:
            if cell("TD1.6", actor, standing, rights) is not Cell.YES:
                return no("who-normal-mode", actor)
            if _in(standing):
                return yes("who-has-access")
            return no("authorisation-missing", actor)
        case _:
            return no("act-not-given", actor)


def _reading(act: Act, actor: Actor, standing: Standing, rights: Rights) -> Decision:
    if not standing.consent_required:
        return yes("domain-open", Lens(blind=Flag.DELETED, types=ALL_TYPES, own=_own(actor), now=END_OF_TIME))
    if actor.purpose is not Purpose.NORMAL:
        return decide_emergency(actor, actor.purpose, standing, rights, own=_own(actor))
    if is_occupational(actor):
        return _occupational(act, actor, standing, rights)
    normal = _normal(act, actor, standing, rights)
    if standing.emergency is Purpose.NORMAL or normal.rule == "treating-physician":
        return normal
    # An entrance whose facts were stated is in force: it lasts as long as it says, without another sign-in.
    entered = decide_emergency(actor, standing.emergency, standing, rights, own=_own(actor))
    return entered if entered.allowed else normal


def _normal(act: Act, actor: Actor, standing: Standing, rights: Rights) -> Decision:
    types = rights.types_of(actor.profession)
    if not _in(standing):
        return _outside(act, actor, standing)
    if cell("TD3.2m", actor, standing, rights) is Cell.YES:
        # The médecin traitant reads all that the record holds (CSP L.1111-16): no mask and no choice of a document.
        return yes("treating-physician", _lens(actor, standing, Flag.DELETED, types, denials=False))
    rule = "care-team" if standing.structure_state == "allowed" else "authorised"
    return yes(rule, _lens(actor, standing, Flag.MASKED | Flag.DELETED, types))


def _outside(act: Act, actor: Actor, standing: Standing) -> Decision:
    """Without an authorisation: one's own deposits by name, and what the person opened to this professional."""
    lens = _lens(actor, standing, Flag.DELETED, types=0)
    if standing.granted:
        return yes("document-granted", lens)
    if act is not Act.SEARCH:
        return yes("author-own", lens)
    return no("authorisation-expired" if standing.expired else "authorisation-missing", actor)


def _occupational(act: Act, actor: Actor, standing: Standing, rights: Rights) -> Decision:
    """The occupational physician: metadata with the person's express consent, never content (L.1111-17 IV)."""
    if act is Act.RETRIEVE:
        return no("occupational-no-content", actor)
    if standing.person_state == "allowed" and standing.person_basis == BY_PERSON:
        types = rights.types_of(actor.profession)
        return yes("occupational-consented", _lens(actor, standing, Flag.MASKED | Flag.DELETED, types))
    if act is Act.SEARCH:
        return no("occupational-consent", actor)
    return yes("author-own", _lens(actor, standing, Flag.DELETED, types=0))


def _in(standing: Standing) -> bool:
    return "allowed" in (standing.person_state, standing.structure_state) or not standing.consent_required


def _own(actor: Actor) -> Own:
    return Own(person=actor.person, structure=actor.structure)


def _lens(actor: Actor, standing: Standing, blind: Flag, types: int, *, denials: bool = True) -> Lens:
    denied = standing.denied if denials else frozenset()
    return Lens(
        blind=blind, types=types, own=_own(actor), granted=standing.granted - denied, denied=denied, now=END_OF_TIME
    )
