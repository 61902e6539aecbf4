"""Representatives in the decision: parents, guardians, and who assists an adult, as the desk declared them.

`carnet.record.identity` keeps what the papers said; here is what it lets somebody do who has a record of their own.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor
from carnet.record.access import controls
from carnet.record.access.owners import PATIENT
from carnet.record.identity import api as identity

# What a representative is to the decision, and how far they go.
_REPRESENTING = {
    identity.Kinship.PARENT: ("parent", "manage"),
    identity.Kinship.GUARDIAN: ("guardian", "manage"),
    identity.Kinship.MANDATARY: ("guardian", "manage"),
    identity.Kinship.CURATOR: ("assistant", "deposit"),
}
# A representative whose papers were seen; a caregiver who turns out to be one becomes it.
_REPRESENT = """
INSERT INTO access_delegation (record_id, holder, kind, scope, since, until, declared_by)
VALUES (%(record_id)s, %(holder)s, %(kind)s, %(scope)s, %(since)s, %(until)s, %(declared_by)s)
ON CONFLICT (record_id, holder) DO UPDATE
   SET kind = excluded.kind, scope = excluded.scope, since = excluded.since, until = excluded.until,
       declared_by = excluded.declared_by
"""
_END = """
UPDATE access_delegation SET until = GREATEST(%(until)s, since), declared_by = %(declared_by)s
WHERE record_id = %(record_id)s AND holder = %(holder)s AND kind IN ('parent', 'guardian', 'assistant')
  AND (until IS NULL OR until > %(until)s)
"""


def represent(*, actor: Actor, record_id: int, representative: identity.Representative) -> None:
    """Let a representative who has a record of their own act in that of the person, inside the caller's transaction.

    The desk saw the papers (`carnet.record.life` decided it and journals it). A parent or a guardian decides for the
    person; whoever assists an adult helps them and decides nothing (C. civ. 371-1, 425, 440).
    """
    if representative.record_id is None:
        return
    kind, scope = _REPRESENTING[representative.kind]
    row = {
        "record_id": record_id,
        "holder": f"{PATIENT}{representative.record_id}",
        "kind": kind,
        "scope": scope,
        "since": datetime.combine(representative.since, time(), tzinfo=clock.LEGAL_TIME),
        "until": None if representative.until is None else _after(representative.until),
        "declared_by": actor.person,
    }
    database.execute(_REPRESENT, row)
    controls.changed(record_id)


def end_representing(*, actor: Actor, record_id: int, representative: int, until: date) -> None:
    """Whoever represents a person, by their own record, acts for them no more after a day.

    Inside the caller's transaction (`carnet.record.life`), which decided it and journals it. A caregiver whom the
    person chose is not touched.
    """
    row = {
        "record_id": record_id,
        "holder": f"{PATIENT}{representative}",
        "until": _after(until),
        "declared_by": actor.person,
    }
    database.execute(_END, row)
    controls.changed(record_id)


def _after(last: date) -> datetime:
    """The instant at which a last day is over."""
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=clock.LEGAL_TIME)
