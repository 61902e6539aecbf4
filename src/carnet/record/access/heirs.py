"""Heirs of a deceased person: a code from identity-vigilance, which saw their papers, for one of three purposes."""

from __future__ import annotations

from datetime import datetime

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import choices, controls, delegations
from carnet.record.access.delegations import Invitation
from carnet.record.access.standing import HeirPurpose
from carnet.record.identity import api as identity

_SOURCE = "CSP L.1110-4 V"
_END = """
UPDATE access_delegation SET until = GREATEST(%(now)s, since), declared_by = %(by)s
WHERE record_id = %(record_id)s AND kind = 'heir' AND (until IS NULL OR until > %(now)s)
"""
_CANCEL = "DELETE FROM access_invitation WHERE record_id = %s AND kind = 'heir'"


def invite(
    *, actor: Actor, record_id: int, purpose: HeirPurpose, until: datetime | None, now: datetime
) -> Invitation | Refusal:
    """A code that makes its holder an heir, inside the caller's transaction, which decided and traces.

    Rules: `heir-of-the-living`, `heir-opposed`, `until-past`.
    """
    patient = identity.patient_of(actor=actor, record_id=record_id)
    if patient is None or patient.deceased_on is None:
        living = controls.problem(
            "heir-of-the-living", "Aucun décès n'est déclaré pour cette personne.", "deceased", source=_SOURCE
        )
        return Refusal((living,))
    if not choices.of(record_id).heirs:
        opposed = controls.problem(
            "heir-opposed", "La personne s'y est opposée de son vivant.", "heirs", source=_SOURCE
        )
        return Refusal((opposed,))
    wrong = controls.check_until(until, now)
    if wrong is not None:
        return Refusal((wrong,))
    return delegations.prepare(record_id, actor.person, scope="read", until=until, kind="heir", purpose=str(purpose))


def end(*, actor: Actor, record_id: int, now: datetime) -> None:
    """The person lives: nobody is their heir, and no code makes one; inside the caller's transaction."""
    database.execute(_END, {"record_id": record_id, "now": now, "by": actor.person})
    database.execute(_CANCEL, (record_id,))
