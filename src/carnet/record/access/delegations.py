"""Who acts for a person because the person chose them: invited by a code, with a scope and an end.

Nobody is looked for among patients: the person hands a code over, and whoever enters it from an account of their own
becomes the caregiver (personne aidante). The code serves once, within a week; only an HMAC of it is kept. Parents and
guardians are declared at the desk, where papers are seen (`carnet.record.identity`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from carnet.kernel import clock, database, keys
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import controls, gate
from carnet.record.access.controls import Controlled
from carnet.record.access.owners import PATIENT
from carnet.record.access.rights_tables import purposes_of_heirs
from carnet.record.access.rules import Act
from carnet.record.access.standing import HeirPurpose
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action

SCOPES = ("read", "deposit", "manage")
WORKS_FOR = timedelta(days=7)
# Letters and digits that nobody takes for another; 32 of them, 12 in a code: 60 bits.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP = 3, 4

_INVITE = """
INSERT INTO access_invitation (record_id, digest, kind, scope, purpose, until, expires_at, made_by)
VALUES (%(record_id)s, %(digest)s, %(kind)s, %(scope)s, %(purpose)s, %(until)s, %(expires_at)s, %(made_by)s)
"""
_OVER = "DELETE FROM access_invitation WHERE record_id = %s AND expires_at <= %s"
_KNOWN = "SELECT 1 FROM access_invitation WHERE digest = %s AND expires_at > %s"
_TAKE = """
DELETE FROM access_invitation WHERE digest = %s
RETURNING record_id, kind, scope, purpose, until, expires_at, made_by
"""
# Death ended whatever an heir was before.
_GIVE = """
INSERT INTO access_delegation (record_id, holder, kind, scope, purpose, since, until, declared_by)
VALUES (%(record_id)s, %(holder)s, %(kind)s, %(scope)s, %(purpose)s, %(now)s, %(until)s, %(declared_by)s)
ON CONFLICT (record_id, holder) DO UPDATE
   SET kind = excluded.kind, scope = excluded.scope, purpose = excluded.purpose, since = excluded.since,
       until = excluded.until, declared_by = excluded.declared_by
 WHERE access_delegation.kind = 'caregiver' OR excluded.kind = 'heir'
"""
_END = """
UPDATE access_delegation SET until = %(now)s
WHERE record_id = %(record_id)s AND holder = %(holder)s AND kind = 'caregiver' AND (until IS NULL OR until > %(now)s)
"""
HEIR_PURPOSES = purposes_of_heirs()
_OVER_OR_SPENT = "Ce code n'existe pas, a déjà servi ou n'est plus valable."
_LIST = """
SELECT holder, kind, scope, since, until FROM access_delegation WHERE record_id = %s ORDER BY since, holder
"""
_WAITING = "SELECT count(*) FROM access_invitation WHERE record_id = %s AND expires_at > %s"
_CANCEL = "DELETE FROM access_invitation WHERE record_id = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A code to hand over, shown once; it works until `expires_at`."""

    record_id: int
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Taken:
    """An invitation that was just spent: into which record, as what, how far, until when, by whom.

    `now` is that domain's.
    """

    record_id: int
    kind: str
    scope: str
    purpose: str
    until: datetime | None
    made_by: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """Somebody who acts, or acted, for the person: how they are named here, as what, how far, since and until when.

    `in_force` says that it holds now.
    """

    holder: str
    name: str
    kind: str
    scope: str
    since: datetime
    until: datetime | None
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegates:
    """Everybody who acts for the person by the person's choice, and how many invitations wait for their holder."""

    people: tuple[Delegate, ...]
    invitations: int


def invite(
    *, actor: Actor, domain: str, scope: str, until: datetime | None = None, patient_id: str = ""
) -> Invitation | Refusal:
    """A code for somebody who is to help: they read, deposit too, or manage choices too, until an instant or not.

    Here and below `patient_id` is a CX, "" for the record that the actor acts in. Rules: `delegation-scope`,
    `until-past`, those of the gate.
    """
    action = Action.ACCESS_DELEGATE
    with transaction.atomic():
        entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action, act=Act.DELEGATE)
        if isinstance(entered, Refusal):
            return entered
        wrong = _check_scope(scope) or controls.check_until(until, entered.now)
        if wrong is not None:
            return controls.refused(wrong, actor=actor, entered=entered, action=action)
        made = prepare(entered.record_id, actor.person, scope=scope, until=until)
        controls.done(actor=actor, entered=entered, action=action, detail="invitation préparée")
    return made


def prepare(
    record_id: int, made_by: str, *, scope: str, until: datetime | None, kind: str = "caregiver", purpose: str = ""
) -> Invitation:
    """Draw a code and keep its digest, inside the caller's transaction."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP))
    expires_at = clock.now() + WORKS_FOR
    row = {
        "record_id": record_id,
        "digest": _digest(code),
        "kind": kind,
        "scope": scope,
        "purpose": purpose,
        "until": until,
        "expires_at": expires_at,
        "made_by": made_by,
    }
    database.execute(_OVER, (record_id, clock.now()))
    database.execute(_INVITE, row)
    grouped = "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))
    return Invitation(record_id=record_id, code=grouped, expires_at=expires_at)


def cancel_invitations(*, actor: Actor, domain: str, patient_id: str = "") -> Controlled | Refusal:
    """No code that was handed over works any more. Rules: those of the gate."""
    action = Action.ACCESS_DELEGATE_END
    with transaction.atomic():
        entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action, act=Act.DELEGATE)
        if isinstance(entered, Refusal):
            return entered
        database.execute(_CANCEL, (entered.record_id,))
        return controls.done(actor=actor, entered=entered, action=action, detail="invitations annulées")


def accept(*, actor: Actor, code: str) -> Controlled | Refusal:
    """Whoever has an account of their own becomes the caregiver of the person whose code they enter.

    Rules: `invitation-actor`, `invitation-unknown` (a code that never was, that served, or that is over),
    `invitation-own`, `invitation-held` (a representative is not made a caregiver).
    """
    with transaction.atomic():
        own = actor.kind is ActorKind.PATIENT or (actor.kind is ActorKind.DELEGATE and actor.record_id is None)
        if not own:
            return _not_accepted(actor, "invitation-actor", "Un proche entre son code depuis son propre espace.")
        taken = _take(actor, _digest(_plain(code)))
        if taken is None:
            return _not_accepted(actor, "invitation-unknown", _OVER_OR_SPENT)
        if taken.record_id == actor.record_id:
            return _not_accepted(actor, "invitation-own", "Ce code est celui de votre propre carnet.")
        if not _begin(actor, taken):
            text = "Vous agissez déjà pour cette personne, à un autre titre."
            return _not_accepted(actor, "invitation-held", text)
    return Controlled(record_id=taken.record_id)


def known_invitation(*, actor: Actor, code: str) -> str | Refusal:
    """What stands for a code that works while its holder makes an account; it is not spent. Rule: `invitation-unknown`.

    The actor, here and below, is `NOBODY`: nothing is proven yet. Neither the code nor whom it would help can be read
    from what stands for it.
    """
    digest = _digest(_plain(code))
    if database.row(_KNOWN, (digest, clock.now())) is None:
        return _not_accepted(actor, "invitation-unknown", _OVER_OR_SPENT)
    return digest.hex()


def enter_by_invitation(*, actor: Actor, invitation: str, login: str, name: str) -> Controlled | Refusal:
    """An account for somebody without a record, who becomes a caregiver by it: both or neither.

    `invitation` comes from `known_invitation`. Rule: `invitation-unknown`, when it was spent or ran out meanwhile.
    """
    with transaction.atomic():
        taken = _take(actor, bytes.fromhex(invitation))
        if taken is None:
            return _not_accepted(actor, "invitation-unknown", _OVER_OR_SPENT)
        person = directory.enrol_delegate_account(actor=actor, login=login, name=name)
        _begin(Actor(kind=ActorKind.DELEGATE, person=person, name=name, proof="invitation"), taken)
    return Controlled(record_id=taken.record_id)


def end_delegation(*, actor: Actor, domain: str, holder: str, patient_id: str = "") -> Controlled | Refusal:
    """A caregiver does not act for the person any more. Rules: `delegation-none`, those of the gate.

    A representative is not the person's to dismiss: what the desk declared ends there, with the law.
    """
    action = Action.ACCESS_DELEGATE_END
    with transaction.atomic():
        entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action, act=Act.DELEGATE)
        if isinstance(entered, Refusal):
            return entered
        if not database.execute(_END, {"record_id": entered.record_id, "holder": holder, "now": entered.now}):
            nothing = controls.problem("delegation-none", "Cette personne n'agit pas pour vous.", "holder")
            return controls.refused(nothing, actor=actor, entered=entered, action=action)
        return controls.done(actor=actor, entered=entered, action=action, detail=_name(actor, holder))


def renounce(*, actor: Actor, record_id: int) -> bool:
    """A caregiver stops helping, from their own account; whether they were helping in this record."""
    with transaction.atomic():
        patient = identity.patient_of(actor=actor, record_id=record_id)
        now = clock.now() if patient is None else clock.now_in(patient.domain)
        row = {"record_id": record_id, "holder": actor.person, "now": now}
        if not database.execute(_END, row):
            return False
        controls.changed(record_id)
        journal.append(
            actor=actor,
            action=Action.ACCESS_DELEGATE_END,
            record_id=record_id,
            rule="renounced",
            detail=actor.name,
        )
        return True


def delegates(*, actor: Actor, domain: str, patient_id: str = "") -> Delegates | Refusal:
    """Who acts for the person by the person's choice, those whose time is over included. Rules: those of the gate."""
    action = Action.ACCESS_LIST
    with transaction.atomic():
        entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action, act=Act.DELEGATE)
        if isinstance(entered, Refusal):
            return entered
        journal.append(actor=actor, action=action, record_id=entered.record_id, rule=entered.rule)
        people = tuple(
            Delegate(
                holder=holder,
                name=_name(actor, holder),
                kind=kind,
                scope=scope,
                since=since,
                until=until,
                in_force=until is None or until > entered.now,
            )
            for holder, kind, scope, since, until in database.rows(_LIST, (entered.record_id,))
        )
        waiting = database.row(_WAITING, (entered.record_id, clock.now()))
    return Delegates(people=people, invitations=waiting[0] if waiting else 0)


def _take(actor: Actor, digest: bytes) -> _Taken | None:
    """Spend an invitation; None for one that does not work, or whose record is gone."""
    found = database.row(_TAKE, (digest,))
    if found is None:
        return None
    record_id, kind, scope, purpose, until, expires_at, made_by = found
    patient = identity.patient_of(actor=actor, record_id=record_id)
    if expires_at <= clock.now() or patient is None:
        return None
    return _Taken(record_id, kind, scope, purpose, until, made_by, clock.now_in(patient.domain))


def _begin(actor: Actor, taken: _Taken) -> bool:
    """The actor helps from here on; False when they act for the person under another title."""
    row = {
        "record_id": taken.record_id,
        "holder": actor.person,
        "kind": taken.kind,
        "scope": taken.scope,
        "purpose": taken.purpose,
        "now": taken.now,
        "until": taken.until,
        "declared_by": taken.made_by,
    }
    if not database.execute(_GIVE, row):
        return False
    controls.changed(taken.record_id)
    detail = HEIR_PURPOSES[HeirPurpose(taken.purpose)] if taken.purpose else _scope_words(taken.scope)
    action = Action.ACCESS_DELEGATE
    journal.append(actor=actor, action=action, record_id=taken.record_id, rule="invitation", detail=detail)
    return True


def _name(actor: Actor, holder: str) -> str:
    """A caregiver under the name they use: the person handed them the code."""
    known = directory.name_of_delegate(actor=actor, person=holder)
    if known:
        return known
    number = holder.removeprefix(PATIENT)
    patient = identity.patient_of(actor=actor, record_id=int(number)) if number.isdecimal() else None
    if patient is None:
        return holder
    traits = patient.traits
    return f"{traits.used_given or traits.first_given.title()} {traits.used_name or traits.birth_name}"


def _scope_words(scope: str) -> str:
    return {"read": "lire", "deposit": "lire et ajouter", "manage": "lire, ajouter et régler les choix"}[scope]


def _check_scope(scope: str) -> Problem | None:
    if scope in SCOPES:
        return None
    return controls.problem("delegation-scope", "Cette étendue n'existe pas.", "scope", expected=", ".join(SCOPES))


def _not_accepted(actor: Actor, rule: str, text: str) -> Refusal:
    wrong = controls.problem(rule, text, "code")
    return gate.refuse(wrong, actor=actor, action=Action.ACCESS_DELEGATE, record_id=actor.record_id or gate.NO_RECORD)


def _plain(code: str) -> str:
    return "".join(one for one in code.upper() if one in _ALPHABET)[: _GROUPS * _GROUP]


def _digest(code: str) -> bytes:
    return hmac.digest(keys.derived_key(b"carnet invitation of a caregiver"), code.encode(), hashlib.sha256)
