"""What the journal tells a patient about documents: nothing of those that are not to be known of yet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal

_UNTOLD = f"SELECT id FROM documents_entry WHERE record_id = %(record_id)s AND {access.UNTOLD_SQL}"


def history(
    *, actor: Actor, limit: int = 50, before: tuple[datetime, int, int] | None = None
) -> list[journal.JournalLine]:
    """The traces of a patient's own record, newest first; empty for anybody who has no record of their own.

    Traces about documents that the patient is told nothing of yet (CSP R.1111-53) are kept and not listed; they are
    listed, without a title, once the two weeks are over. `before` is the place of the last line already shown.
    """
    if actor.record_id is None:
        return []
    patient = identity.patient_of(actor=actor, record_id=actor.record_id)
    if patient is None:
        return []
    now = clock.now_in(patient.domain)
    return journal.history(actor=actor, limit=limit, before=before, withheld=_untold(actor.record_id, now))


def last_readings(*, actor: Actor) -> journal.LastReadings:
    """When everybody last read in a patient's own record, nothing that the journal's page would not tell; for them."""
    if actor.kind is not ActorKind.PATIENT or actor.record_id is None:
        return journal.LastReadings()
    patient = identity.patient_of(actor=actor, record_id=actor.record_id)
    if patient is None:
        return journal.LastReadings()
    now = clock.now_in(patient.domain)
    return journal.last_readings(actor=actor, withheld=_untold(actor.record_id, now))


def _untold(record_id: int, now: datetime) -> frozenset[UUID]:
    found = database.rows(_UNTOLD, {"record_id": record_id, **access.untold_parameters(now)})
    return frozenset(row[0] for row in found)
