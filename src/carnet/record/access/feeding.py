"""A person opposes that their record is fed, for a legitimate reason that is recorded (CSP R.1111-47, L.1111-15).

Whoever may enter the record feeds it as a duty; what the law wants of an opposition is its reason, so there is none
without one. It holds for everybody, for a structure or for one professional, to an instant or until it is lifted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import controls
from carnet.record.access.controls import Controlled
from carnet.record.journal.api import Action

EVERYBODY = ""
_SOURCE = "CSP R.1111-47"
_LONGEST = 1000
_PUT = """
INSERT INTO access_feeding_opposition (record_id, grantee, reason, since, until, declared_by)
VALUES (%(record_id)s, %(grantee)s, %(reason)s, %(now)s, %(until)s, %(declared_by)s)
ON CONFLICT (record_id, grantee) DO UPDATE
   SET reason = excluded.reason, since = excluded.since, until = excluded.until, declared_by = excluded.declared_by
"""
_LIFT = "DELETE FROM access_feeding_opposition WHERE record_id = %s AND grantee = %s"
_LIST = """
SELECT grantee, reason, since, until, declared_by FROM access_feeding_opposition WHERE record_id = %s
ORDER BY since, grantee
"""


@dataclass(frozen=True, slots=True)
class FeedingOpposition:
    """An opposition as it is kept; `grantee` is "" for everybody."""

    grantee: str
    reason: str
    since: datetime
    until: datetime | None
    declared_by: str


def oppose(
    *,
    actor: Actor,
    domain: str,
    reason: str,
    grantee: str = EVERYBODY,
    until: datetime | None = None,
    patient_id: str = "",
) -> Controlled | Refusal:
    """Oppose that documents come in. Rules: `opposition-reason`, `grantee-unknown`, `until-past`, those of the gate."""
    action = Action.FEEDING_OPPOSE
    with transaction.atomic():
        entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action)
        if isinstance(entered, Refusal):
            return entered
        wrong = controls.check_until(until, entered.now) or (controls.check_grantee(grantee) if grantee else None)
        if not reason.strip() or len(reason) > _LONGEST:
            text = "La loi demande un motif légitime, écrit, pour s'opposer à l'ajout de documents."
            expected = f"1 à {_LONGEST} signes"
            wrong = controls.problem("opposition-reason", text, "reason", expected=expected, source=_SOURCE)
        if wrong is not None:
            return controls.refused(wrong, actor=actor, entered=entered, action=action)
        database.execute(
            _PUT,
            {
                "record_id": entered.record_id,
                "grantee": grantee,
                "reason": reason.strip(),
                "now": entered.now,
                "until": until,
                "declared_by": actor.person,
            },
        )
        return controls.done(actor=actor, entered=entered, action=action, detail=_whose(grantee))


def accept(*, actor: Actor, domain: str, grantee: str = EVERYBODY, patient_id: str = "") -> Controlled | Refusal:
    """Lift an opposition. Rules: `opposition-none`, those of the gate."""
    action = Action.FEEDING_ACCEPT
    with transaction.atomic():
        entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action)
        if isinstance(entered, Refusal):
            return entered
        if not database.execute(_LIFT, (entered.record_id, grantee)):
            nothing = controls.problem(
                "opposition-none", "Il n'y a pas d'opposition à lever.", "grantee", source=_SOURCE
            )
            return controls.refused(nothing, actor=actor, entered=entered, action=action)
        return controls.done(actor=actor, entered=entered, action=action, detail=_whose(grantee))


def of(record_id: int) -> tuple[FeedingOpposition, ...]:
    """The oppositions of a record, those that ended included."""
    return tuple(FeedingOpposition(*row) for row in database.rows(_LIST, (record_id,)))


def _whose(grantee: str) -> str:
    return controls.name_of(grantee) if grantee else "de tous"
