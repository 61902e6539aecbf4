"""Entering in an emergency: break-glass and the regulation of a centre 15. Pure.

Allowed unless the person objected (CSP L.1111-17 I), never to a professional whom they blocked. Masked documents and
those closed to somebody open only to a person's choice. Break-glass states two facts, that the person cannot express a
wish and that there is an immediate risk: by a statement in this product (an entrance in force), or by the access mode
of a signed assertion, whose issuer answers for both.
"""

from __future__ import annotations

from carnet.kernel.actor import Actor, Purpose
from carnet.record.access.columns import is_occupational
from carnet.record.access.decision import Decision, no, yes
from carnet.record.access.lens import END_OF_TIME, Flag, Lens, Own
from carnet.record.access.rights import Rights
from carnet.record.access.standing import Standing

# Proofs that carry an access mode signed by the caller's software.
_ASSERTION = "vihf"


def decide_emergency(actor: Actor, purpose: Purpose, standing: Standing, rights: Rights, *, own: Own) -> Decision:
    """Reading in an emergency mode; blocks were seen before."""
    refused = _objection(actor, purpose, standing)
    if refused is not None:
        return refused
    if standing.emergency is not purpose and not actor.proof.startswith(_ASSERTION):
        return no("emergency-unstated", actor)
    chosen = standing.choices.emergency_masked
    denied = frozenset() if chosen else standing.denied
    lens = Lens(
        blind=Flag.DELETED if chosen else Flag.MASKED | Flag.DELETED,
        types=rights.types_of(actor.profession),
        own=own,
        granted=standing.granted - denied,
        denied=denied,
        now=END_OF_TIME,
    )
    return yes("break-glass" if purpose is Purpose.BREAK_GLASS else "regulation", lens)


def decide_statement(actor: Actor, standing: Standing) -> Decision:
    """Whether a professional may state the two facts and enter; blocks were seen before."""
    purpose = Purpose.BREAK_GLASS if actor.purpose is Purpose.NORMAL else actor.purpose
    return _objection(actor, purpose, standing) or yes("emergency-stated")


def _objection(actor: Actor, purpose: Purpose, standing: Standing) -> Decision | None:
    if standing.deceased:
        return no("emergency-deceased", actor)
    if is_occupational(actor):
        return no("occupational-emergency", actor)
    if purpose is Purpose.REGULATION:
        if not standing.regulation_centre:
            return no("regulation-centre-only", actor)
        return None if standing.choices.regulation else no("regulation-objected", actor)
    return None if standing.choices.break_glass else no("break-glass-objected", actor)
