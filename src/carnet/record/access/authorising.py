"""What professionals declare of their own access, with the person's consent (DMP TD0.3, TD1.6).

What the person decides themselves is beside, in `grants`. A declaration never undoes a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from carnet.kernel import database, outbox
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import controls, gate, queries
from carnet.record.access.acts import Act
from carnet.record.access.columns import PHYSICIAN
from carnet.record.journal import api as journal

_GRANT = """
INSERT INTO access_authorisation (record_id, grantee, state, treating, since, until, basis, declared_by)
VALUES (%(record_id)s, %(grantee)s, 'allowed', %(treating)s, %(now)s, %(until)s, %(basis)s, %(declared_by)s)
ON CONFLICT (record_id, grantee) DO UPDATE
   SET until = excluded.until, treating = access_authorisation.treating OR excluded.treating
 WHERE access_authorisation.state = 'allowed'
"""
# A person has one médecin traitant (CSS L.162-5-3); the one before stays authorised.
_NO_OTHER = """
UPDATE access_authorisation SET treating = false WHERE record_id = %(record_id)s AND grantee <> %(grantee)s AND treating
"""
_IN_FORCE = """
SELECT 1 FROM access_authorisation
WHERE record_id = %s AND grantee = %s AND state = 'allowed' AND (until IS NULL OR until > %s)
"""
_WITHDRAW = """
UPDATE access_authorisation SET until = %(now)s, treating = false
WHERE record_id = %(record_id)s AND grantee = %(grantee)s AND state = 'allowed' AND (until IS NULL OR until > %(now)s)
"""
_NOT_TREATING = """
UPDATE access_authorisation SET treating = false WHERE record_id = %(record_id)s AND grantee = %(grantee)s AND treating
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised:
    """An authorisation in a record is as it was asked for."""

    record_id: int


def grant(
    actor: Actor,
    record_id: int,
    grantee: str,
    basis: str,
    now: datetime,
    *,
    treating: bool = False,
    until: datetime | None = None,
) -> bool:
    """Write one authorisation inside the caller's transaction; False for a grantee who is blocked."""
    values = {
        "record_id": record_id,
        "grantee": grantee,
        "treating": treating,
        "now": now,
        "until": until,
        "basis": basis,
        "declared_by": actor.person,
    }
    written = database.execute(_GRANT, values)
    if written and treating:
        database.execute(_NO_OTHER, values)
    return bool(written)


def authorise(
    *, actor: Actor, domain: str, patient_id: str, treating: bool = False, until: datetime | None = None
) -> Authorised | Refusal:
    """A professional declares, with the person's consent, being authorised in the record (DMP TD0.3).

    A clerk declares it for their structure (note 1 of the rights matrix). `treating` declares the médecin traitant, in
    the place of the one before; only a physician (profession 10) is recorded as such. `until` ends it by itself.
    """
    entered = gate.enter(
        actor=actor, domain=domain, patient_id=patient_id, act=Act.AUTHORISE, action=journal.Action.RECORD_AUTHORISE
    )
    if isinstance(entered, Refusal):
        return entered
    over = controls.check_until(until, entered.now)
    if over is not None:
        return controls.refused(over, actor=actor, entered=entered, action=journal.Action.RECORD_AUTHORISE)
    named = actor.kind is ActorKind.PROFESSIONAL
    grantee = controls.PERSON + actor.person if named else controls.STRUCTURE + actor.structure
    with transaction.atomic():
        had = _in_force(entered, grantee)
        doctor = named and treating and actor.profession == PHYSICIAN
        grant(actor, entered.record_id, grantee, "explicit", entered.now, treating=doctor, until=until)
        return _done(actor, entered, journal.Action.RECORD_AUTHORISE, begins=not had)


def authorise_colleague(
    *, actor: Actor, domain: str, patient_id: str, colleague: str, until: datetime | None = None
) -> Authorised | Refusal:
    """A professional who is authorised collects the person's consent for a colleague, a PS_IdNat (CSP L.1111-17 II).

    Rules: `grantee-unknown`, `until-past`, `colleague-blocked` (the person's block stands), those of the gate.
    """
    action, grantee = journal.Action.RECORD_AUTHORISE, controls.PERSON + colleague
    entered = gate.enter(actor=actor, domain=domain, patient_id=patient_id, act=Act.AUTHORISE_COLLEAGUE, action=action)
    if isinstance(entered, Refusal):
        return entered
    wrong = controls.check_grantee(grantee) or controls.check_until(until, entered.now)
    if wrong is not None:
        return controls.refused(wrong, actor=actor, entered=entered, action=action)
    with transaction.atomic():
        had = _in_force(entered, grantee)
        if not grant(actor, entered.record_id, grantee, "collected", entered.now, until=until):
            text = "La personne a bloqué ce professionnel : elle seule peut le débloquer."
            blocked = controls.problem("colleague-blocked", text, "colleague")
            return controls.refused(blocked, actor=actor, entered=entered, action=action)
        return _done(actor, entered, action, controls.name_of(grantee), begins=not had)


def withdraw(*, actor: Actor, domain: str, patient_id: str) -> Authorised | Refusal:
    """A professional ends their own authorisation (DMP TD0.3); one who has none is told the same.

    Their structure's own, if it is in the care team, stands: that one is the person's to end.
    """
    return _own(actor, domain, patient_id, Act.UNAUTHORISE, journal.Action.ACCESS_END, _WITHDRAW)


def undeclare_treating(*, actor: Actor, domain: str, patient_id: str) -> Authorised | Refusal:
    """The médecin traitant is not any more, by their own declaration, and stays authorised (DMP TD0.3).

    Rules: `not-treating`, those of the gate.
    """
    action = journal.Action.ACCESS_TREATING_END
    return _own(actor, domain, patient_id, Act.UNDECLARE_TREATING, action, _NOT_TREATING)


def authorised_in(*, actor: Actor, domain: str, patient_id: str) -> Sequence[queries.Authorisation] | Refusal:
    """Who is authorised or blocked in a record, for a professional who is authorised there (DMP TD1.6)."""
    action = journal.Action.ACCESS_LIST
    entered = gate.enter(actor=actor, domain=domain, patient_id=patient_id, act=Act.WHO, action=action)
    if isinstance(entered, Refusal):
        return entered
    journal.append(actor=actor, action=action, record_id=entered.record_id, rule=entered.rule)
    return queries.authorisations(entered.record_id)


def _own(
    actor: Actor, domain: str, patient_id: str, act: Act, action: journal.Action, statement: str
) -> Authorised | Refusal:
    entered = gate.enter(actor=actor, domain=domain, patient_id=patient_id, act=act, action=action)
    if isinstance(entered, Refusal):
        return entered
    grantee = controls.PERSON + actor.person
    with transaction.atomic():
        database.execute(statement, {"record_id": entered.record_id, "grantee": grantee, "now": entered.now})
        return _done(actor, entered, action, controls.name_of(grantee))


def _in_force(entered: gate.Pass, grantee: str) -> bool:
    return database.row(_IN_FORCE, (entered.record_id, grantee, entered.now)) is not None


def _done(
    actor: Actor, entered: gate.Pass, action: journal.Action, detail: str = "", *, begins: bool = False
) -> Authorised:
    """Trace it; where somebody has access who had none, those who asked are told."""
    if begins:
        outbox.record_event(record_id=entered.record_id, kind="access.authorised")
    journal.append(actor=actor, action=action, record_id=entered.record_id, rule=entered.rule, detail=detail)
    return Authorised(record_id=entered.record_id)
