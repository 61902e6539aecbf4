"""Heirs of a deceased person: a code from identity-vigilance, which saw their papers, for one of three purposes."""

from __future__ import annotations

from datetime import datetime

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import controls, delegations
from carnet.record.access.delegations import Invitation
from carnet.record.access.gate import Pass
from carnet.record.access.rules_person import heirs_stay_out
from carnet.record.access.standing import DelegateKind, HeirPurpose, Scope

_END = """
UPDATE access_delegation SET until = GREATEST(%(now)s, since), declared_by = %(by)s
WHERE record_id = %(record_id)s AND kind = 'heir' AND (until IS NULL OR until > %(now)s)
"""
_CANCEL = "DELETE FROM access_invitation WHERE record_id = %s AND kind = 'heir'"


def invite(*, actor: Actor, entered: Pass, purpose: HeirPurpose, until: datetime | None) -> Invitation | Refusal:
    """A code that makes its holder an heir, inside the caller's transaction, which decided and traces.

    Rules: `heir-of-the-living`, `heir-opposed`, `until-past`.
    """
    out = heirs_stay_out(entered.standing, actor)
    wrong = controls.check_until(until, entered.now) if out is None else out.problem
    if wrong is not None:
        return Refusal((wrong,))
    scope, kind = Scope.READ, DelegateKind.HEIR
    return delegations.prepare(entered.record_id, actor.person, scope=scope, until=until, kind=kind, purpose=purpose)


def end(*, actor: Actor, record_id: int, now: datetime) -> None:
    """The person lives: nobody is their heir, and no code makes one; inside the caller's transaction."""
    database.execute(_END, {"record_id": record_id, "now": now, "by": actor.person})
    database.execute(_CANCEL, (record_id,))
