"""A person lets somebody in, ends that, blocks, names their médecin traitant.

Blocking stands above everything: it ends the authorisation and holds in emergencies. An authorisation that ended keeps
its row, so that the person sees who had access and until when.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import controls
from carnet.record.access.controls import PERSON, Controlled
from carnet.record.access.gate import Pass
from carnet.record.directory import api as directory
from carnet.record.journal.api import Action

_PUT = """
INSERT INTO access_authorisation (record_id, grantee, state, treating, since, until, basis, declared_by)
VALUES (%(record_id)s, %(grantee)s, %(state)s, %(treating)s, %(now)s, %(until)s, %(basis)s, %(declared_by)s)
ON CONFLICT (record_id, grantee) DO UPDATE
   SET state = excluded.state,
       -- Who becomes the médecin traitant has access to the day that was said before.
       until = CASE WHEN excluded.treating AND access_authorisation.state = 'allowed'
                     AND access_authorisation.until > excluded.since
                    THEN access_authorisation.until ELSE excluded.until END,
       basis = excluded.basis, declared_by = excluded.declared_by,
       treating = excluded.treating OR (excluded.state = 'allowed' AND access_authorisation.treating),
       since = CASE WHEN access_authorisation.state = excluded.state
                     AND (access_authorisation.until IS NULL OR access_authorisation.until > excluded.since)
                    THEN access_authorisation.since ELSE excluded.since END
"""
_END = """
UPDATE access_authorisation SET until = %(now)s, treating = false
WHERE record_id = %(record_id)s AND grantee = %(grantee)s AND state = 'allowed'
  AND (until IS NULL OR until > %(now)s)
"""
_UNBLOCK = """
UPDATE access_authorisation SET state = 'allowed', until = %(now)s, treating = false
WHERE record_id = %(record_id)s AND grantee = %(grantee)s AND state = 'blocked'
"""
# A person has one médecin traitant (CSS L.162-5-3); the one before stays authorised.
_NO_OTHER = """
UPDATE access_authorisation SET treating = false WHERE record_id = %(record_id)s AND grantee <> %(grantee)s AND treating
"""
_NOT_TREATING = """
UPDATE access_authorisation SET treating = false WHERE record_id = %(record_id)s AND grantee = %(grantee)s AND treating
"""


def block(*, actor: Actor, domain: str, person: str, patient_id: str = "") -> Controlled | Refusal:
    """Shut a professional (PS_IdNat) out, in emergencies too (DMP, liste des professionnels bloqués; CSP L.1111-16).

    Here and below: `patient_id` is a CX, "" for the record that the actor acts in. Rules: `grantee-unknown`, those of
    the gate.
    """
    action, grantee = Action.ACCESS_BLOCK, PERSON + person
    with transaction.atomic():
        entered = _entered(actor, domain, patient_id, action, controls.check_grantee(grantee))
        if isinstance(entered, Refusal):
            return entered
        database.execute(_PUT, _row(actor, entered, grantee, state="blocked", basis="blocked"))
        return controls.done(actor=actor, entered=entered, action=action, detail=controls.name_of(grantee))


def unblock(*, actor: Actor, domain: str, person: str, patient_id: str = "") -> Controlled | Refusal:
    """Stop shutting a professional out; that alone lets nobody in. Rules: `grant-none`, those of the gate."""
    action, grantee = Action.ACCESS_UNBLOCK, PERSON + person
    return _changed(actor, domain, patient_id, action, grantee, _UNBLOCK)


def allow(
    *, actor: Actor, domain: str, grantee: str, until: datetime | None = None, patient_id: str = ""
) -> Controlled | Refusal:
    """Let a professional (`p:` PS_IdNat) or a structure (`s:` Struct_IdNat) in, to an instant or without end.

    A professional who was blocked is not any more: the person says so now. Rules: `grantee-unknown`, `until-past`,
    those of the gate.
    """
    action = Action.ACCESS_ALLOW
    with transaction.atomic():
        entered = _entered(actor, domain, patient_id, action, controls.check_grantee(grantee))
        if isinstance(entered, Refusal):
            return entered
        over = controls.check_until(until, entered.now)
        if over is not None:
            return controls.refused(over, actor=actor, entered=entered, action=action)
        database.execute(_PUT, _row(actor, entered, grantee, state="allowed", basis="by-person", until=until))
        return controls.done(actor=actor, entered=entered, action=action, detail=controls.name_of(grantee))


def end(*, actor: Actor, domain: str, grantee: str, patient_id: str = "") -> Controlled | Refusal:
    """End an authorisation; whoever had it may not look any more, and may be let in again (DMP TD0.3).

    Rules: `grant-none` for who has none, those of the gate.
    """
    return _changed(actor, domain, patient_id, Action.ACCESS_END, grantee, _END)


def name_treating(*, actor: Actor, domain: str, person: str, patient_id: str = "") -> Controlled | Refusal:
    """Name the médecin traitant, in the place of the one before (CSP L.1111-16; DMP, fonction PCP).

    Rules: `treating-physician-only`, `grantee-unknown`, those of the gate.
    """
    action, grantee = Action.ACCESS_TREATING, PERSON + person
    with transaction.atomic():
        entered = _entered(actor, domain, patient_id, action, controls.check_grantee(grantee) or _physician(person))
        if isinstance(entered, Refusal):
            return entered
        only_treating(entered.record_id, grantee)
        database.execute(_PUT, _row(actor, entered, grantee, state="allowed", basis="by-person", treating=True))
        return controls.done(actor=actor, entered=entered, action=action, detail=controls.name_of(grantee))


def only_treating(record_id: int, grantee: str) -> None:
    """Nobody but a grantee is the médecin traitant from here on, inside the caller's transaction."""
    database.execute(_NO_OTHER, {"record_id": record_id, "grantee": grantee})


def end_treating(*, actor: Actor, domain: str, person: str, patient_id: str = "") -> Controlled | Refusal:
    """Somebody is not the médecin traitant any more, and stays authorised. Rules: `grant-none`, those of the gate."""
    return _changed(actor, domain, patient_id, Action.ACCESS_TREATING_END, PERSON + person, _NOT_TREATING)


def _entered(actor: Actor, domain: str, patient_id: str, action: Action, wrong: Problem | None) -> Pass | Refusal:
    """The pass of a control, and only then what is wrong with it: a stranger learns nothing of the directory here."""
    entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action)
    if isinstance(entered, Refusal) or wrong is None:
        return entered
    return controls.refused(wrong, actor=actor, entered=entered, action=action)


def _changed(
    actor: Actor, domain: str, patient_id: str, action: Action, grantee: str, statement: str
) -> Controlled | Refusal:
    with transaction.atomic():
        entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action)
        if isinstance(entered, Refusal):
            return entered
        row = {"record_id": entered.record_id, "grantee": grantee, "now": entered.now}
        if not database.execute(statement, row):
            nothing = controls.problem("grant-none", "Il n'y a rien de tel à changer pour cette personne.", "grantee")
            return controls.refused(nothing, actor=actor, entered=entered, action=action)
        return controls.done(actor=actor, entered=entered, action=action, detail=controls.name_of(grantee))


def _physician(person: str) -> Problem | None:
    found = directory.professional(person)
    if found is not None and found.profession == controls.PHYSICIAN:
        return None
    return controls.problem("treating-physician-only", "Un médecin traitant est un médecin.", "person")


def _row(
    actor: Actor,
    entered: Pass,
    grantee: str,
    *,
    state: str,
    basis: str,
    treating: bool = False,
    until: datetime | None = None,
) -> dict[str, object]:
    return {
        "record_id": entered.record_id,
        "grantee": grantee,
        "state": state,
        "treating": treating,
        "now": entered.now,
        "until": until,
        "basis": basis,
        "declared_by": actor.person,
    }
