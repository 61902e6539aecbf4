"""Acts on a record's life that people ask for: closing, reopening, suspending, objecting, erasure."""

from __future__ import annotations

from django.db import transaction

from carnet.kernel import database, outbox
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import api as access
from carnet.record.access.api import Act, Pass
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.identity.api import RecordStatus
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.life import oppositions, queries, rules
from carnet.record.life.values import Cause, Changed, Closing, Life, State
from carnet.record.terminology import api as terminology

_SUSPENDED = """
INSERT INTO life_suspension (record_id, cause, informed_at) VALUES (%s, %s, %s)
ON CONFLICT (record_id) DO UPDATE SET cause = excluded.cause, informed_at = excluded.informed_at, objected_at = NULL
"""
_ASKED = """
INSERT INTO life_erasure (record_id, asked_at, asked_by, structure) VALUES (%s, %s, %s, %s)
ON CONFLICT (record_id) DO NOTHING
"""


def close(
    *, actor: Actor, domain: str = "fr", patient_id: str = "", reason: Closing = Closing.PATIENT
) -> Changed | Refusal:
    """Close a record at its holder's request (DMP TD1.4): archived, answering nobody, erased after ten years."""
    with transaction.atomic():
        entered = enter(actor, domain, patient_id, Act.CLOSE, Action.RECORD_CLOSE)
        if isinstance(entered, Refusal):
            return entered
        _set(actor, entered, RecordStatus.CLOSED, reason.value)
        database.execute("DELETE FROM life_suspension WHERE record_id = %s", (entered.record_id,))
        return _done(actor, entered, Action.RECORD_CLOSE, "record.closed")


def reopen(*, actor: Actor, domain: str = "fr", patient_id: str = "", consent: bool) -> Changed | Refusal:
    """Open a closed record again with all that was archived (DMP TD1.2); takes back a request of erasure."""
    with transaction.atomic():
        entered = enter(actor, domain, patient_id, Act.REOPEN, Action.RECORD_REOPEN)
        if isinstance(entered, Refusal):
            return entered
        problem = rules.check_consent(consent) or rules.check_not_started(queries.life(entered.record_id))
        if problem is not None:
            return _refuse(problem, actor, entered, Action.RECORD_REOPEN)
        database.execute("DELETE FROM life_erasure WHERE record_id = %s", (entered.record_id,))
        _set(actor, entered, RecordStatus.ACTIVE)
        return _done(actor, entered, Action.RECORD_REOPEN, "record.reopened")


def suspend(*, actor: Actor, domain: str = "fr", patient_id: str, cause: Cause) -> Changed | Refusal:
    """Suspend every access to a record (CSP R.1111-36): its person is told and may object for six weeks."""
    with transaction.atomic():
        entered = enter(actor, domain, patient_id, Act.SUSPEND, Action.RECORD_SUSPEND)
        if isinstance(entered, Refusal):
            return entered
        _set(actor, entered, RecordStatus.SUSPENDED, cause.value)
        database.execute(_SUSPENDED, (entered.record_id, cause.value, entered.now))
        return _done(actor, entered, Action.RECORD_SUSPEND, "record.suspended")


def lift(*, actor: Actor, domain: str = "fr", patient_id: str) -> Changed | Refusal:
    """Lift a suspension: what caused it is corrected."""
    with transaction.atomic():
        entered = enter(actor, domain, patient_id, Act.LIFT, Action.RECORD_LIFT)
        if isinstance(entered, Refusal):
            return entered
        database.execute("DELETE FROM life_suspension WHERE record_id = %s", (entered.record_id,))
        _set(actor, entered, RecordStatus.ACTIVE)
        return _done(actor, entered, Action.RECORD_LIFT, "record.lifted")


def object_to_closing(*, actor: Actor, domain: str = "fr", patient_id: str = "") -> Changed | Refusal:
    """The holder of a suspended record objects to its closing: it stays suspended until the operator decides."""
    with transaction.atomic():
        entered = enter(actor, domain, patient_id, Act.OBJECT, Action.RECORD_OBJECT)
        if isinstance(entered, Refusal):
            return entered
        statement = "UPDATE life_suspension SET objected_at = %s WHERE record_id = %s AND objected_at IS NULL"
        database.execute(statement, (entered.now, entered.record_id))
        return _done(actor, entered, Action.RECORD_OBJECT, "record.objected")


def ask_erasure(*, actor: Actor, domain: str = "fr", patient_id: str = "") -> Changed | Refusal:
    """Ask for a record's erasure: it closes at once and is erased within three months; reopening takes this back."""
    with transaction.atomic():
        entered = enter(actor, domain, patient_id, Act.ERASE, Action.RECORD_ERASE)
        if isinstance(entered, Refusal):
            return entered
        life = queries.life(entered.record_id)
        if life is not None and life.status is not RecordStatus.CLOSED:
            _set(actor, entered, RecordStatus.CLOSED, Closing.PATIENT.value)
            database.execute("DELETE FROM life_suspension WHERE record_id = %s", (entered.record_id,))
        # A second request does not put the first one's limit off.
        database.execute(_ASKED, (entered.record_id, entered.now, actor.person, actor.structure))
        return _done(actor, entered, Action.RECORD_ERASE, "record.erasure-asked", rule="erasure-asked")


def state(*, actor: Actor, domain: str = "fr", patient_id: str = "") -> State | Refusal:
    """Where a person's record is in its life, and what is due; also whether a person without one is opposed to it."""
    found = terminology.domain(domain)
    identifier = identity.parse_cx(patient_id) if patient_id else None
    if found is not None and isinstance(identifier, identity.PatientIdentifier):
        opposed = queries.opposed_since(found.number, [oppositions.person(identifier)])
        known = identity.search_by_identifier(actor=actor, domain=found, identifier=identifier)
        decision = access.decide_opposition(actor=actor)
        if opposed is not None and known is None and decision.allowed:
            journal.append(actor=actor, action=Action.RECORD_OPEN, record_id=access.NO_RECORD, rule=decision.rule)
            return State(life=None, opposed_since=opposed)
    entered = access.enter(actor=actor, domain=domain, patient_id=patient_id, act=Act.STATE, action=Action.RECORD_OPEN)
    if isinstance(entered, Refusal):
        return entered
    journal.append(actor=actor, action=Action.RECORD_OPEN, record_id=entered.record_id, rule=entered.rule)
    life = queries.life(entered.record_id)
    return State(life=life, due=None if life is None else rules.next_step(life))


def enter(actor: Actor, domain: str, patient_id: str, act: Act, action: Action) -> Pass | Refusal:
    """The gate, asked again once nobody else changes the record: the second answer is about what is there.

    Inside the caller's transaction, which holds the record from there.
    """
    entered = access.enter(actor=actor, domain=domain, patient_id=patient_id, act=act, action=action)
    if isinstance(entered, Refusal):
        return entered
    queries.locked(entered.record_id)
    return access.enter(actor=actor, domain=domain, patient_id=patient_id, act=act, action=action)


def _set(actor: Actor, entered: Pass, status: RecordStatus, reason: str = "") -> None:
    identity.set_status(actor=actor, record_id=entered.record_id, status=status, reason=reason, since=entered.now)
    documents.decide_again(actor=actor, record_id=entered.record_id)


def _refuse(problem: Problem, actor: Actor, entered: Pass, action: Action) -> Refusal:
    return access.refuse(problem, actor=actor, action=action, record_id=entered.record_id)


def _done(actor: Actor, entered: Pass, action: Action, event: str, *, rule: str = "") -> Changed:
    outbox.record_event(record_id=entered.record_id, kind=event)
    journal.append(actor=actor, action=action, record_id=entered.record_id, rule=rule or entered.rule)
    return changed(queries.life(entered.record_id), entered.record_id)


def changed(life: Life | None, record_id: int) -> Changed:
    """The state of a record after an act."""
    if life is None:
        return Changed(record_id=0, status=None)
    return Changed(record_id=record_id, status=life.status, due=rules.next_step(life))
