"""Entering in an emergency from a page, and what the person of the record is told of it.

Break-glass states two facts, that the person cannot express a wish and that there is an immediate risk, with a reason
of a list; a regulation centre states its reason. The gate says whether the person objected or blocked the professional.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import controls, entrances, gate
from carnet.record.access.acts import Act
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity
from carnet.record.journal.api import Action
from carnet.record.terminology import api as terminology

_SOURCE = "CSP L.1111-17 I, R.1111-48"
_LONGEST = 500
_OWN = """
SELECT record_id, id, person, structure, purpose, reason, entered_at, entered_at + (until - at), seen_at
FROM access_emergency
WHERE record_id = ANY(%(records)s::bigint[]) AND (%(secrets)s OR NOT secret) ORDER BY at DESC LIMIT 50
"""
_SEEN = "UPDATE access_emergency SET seen_at = now() WHERE record_id = ANY(%s::bigint[]) AND seen_at IS NULL"
_UNTIL = """
SELECT max(entered_at + (until - at)) FROM access_emergency
WHERE record_id = %s AND person = %s AND structure = %s AND until > %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """An entrance in an emergency, until when it lasts."""

    record_id: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """An entrance as its person reads it: who, from where, why; `seen` says that they read the notice."""

    record_id: int
    id: UUID
    name: str
    structure_name: str
    purpose: Purpose
    reason: str
    at: datetime
    until: datetime
    seen: bool


def enter_in_emergency(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    purpose: Purpose,
    unable: bool,
    danger: bool,
    reason: str,
    detail: str = "",
) -> Entered | Refusal:
    """Enter a record (CX) in an emergency, for `entrances.LASTS`.

    `unable` and `danger` are the two facts of a break-glass; `reason` a code of `entrances.reasons()`.
    Rules: `emergency-facts`, `emergency-reason`, `emergency-detail`, those of the gate (objection, block, centre 15
    elsewhere).
    """
    action = Action.EMERGENCY_ENTER
    stating = replace(actor, purpose=purpose)
    with transaction.atomic():
        entered = gate.enter(actor=stating, domain=domain, patient_id=patient_id, act=Act.BREAK_GLASS, action=action)
        if isinstance(entered, Refusal):
            return entered
        wrong = _check(purpose, unable, danger, reason, detail.strip())
        if wrong is not None:
            return gate.refuse(wrong, actor=stating, action=action, record_id=entered.record_id)
        entrances.write(
            actor=stating,
            record_id=entered.record_id,
            purpose=purpose,
            unable=unable,
            danger=danger,
            reason=reason,
            detail=detail.strip(),
            rule=entered.rule,
            now=entered.now,
        )
        until = emergency_until(actor=actor, record_id=entered.record_id)
    return Entered(record_id=entered.record_id, until=until or clock.now())


def emergency_until(*, actor: Actor, record_id: int) -> datetime | None:
    """Until when an actor's own entrance in a record lasts, in real time; None when there is none in force."""
    patient = identity.patient_of(actor=actor, record_id=record_id)
    now = clock.now() if patient is None else clock.now_in(patient.domain)
    found = database.row(_UNTIL, (record_id, actor.person, actor.structure, now))
    return found[0] if found else None


def emergencies(*, actor: Actor) -> tuple[Entrance, ...]:
    """Entrances in the record of a person, newest first: for them and who acts for them, nobody else.

    What was done in secret of the representatives of a minor is for the minor only.
    """
    records = _records(actor)
    found = database.rows(_OWN, {"records": records, "secrets": actor.kind is ActorKind.PATIENT}) if records else []
    return tuple(
        Entrance(
            record_id=record_id,
            id=own,
            name=controls.name_of("p:" + person),
            structure_name=_place(structure),
            purpose=Purpose(purpose),
            reason=entrances.label(reason),
            at=at,
            until=until,
            seen=seen_at is not None,
        )
        for record_id, own, person, structure, purpose, reason, at, until, seen_at in found
    )


def note_emergencies_seen(*, actor: Actor) -> None:
    """The person has read the notices of their record; a representative's reading does not count as theirs."""
    if actor.kind is ActorKind.PATIENT:
        database.execute(_SEEN, (_records(actor),))


def _records(actor: Actor) -> Sequence[int]:
    """The record that a person or their delegate acts in, with those merged into it."""
    if actor.kind not in (ActorKind.PATIENT, ActorKind.DELEGATE) or actor.record_id is None:
        return ()
    patient = identity.patient_of(actor=actor, record_id=actor.record_id)
    domain = None if patient is None else terminology.domain_of_number(patient.domain)
    if domain is None or not gate.may(actor=actor, domain=domain.name, record_id=actor.record_id, act=Act.OPEN):
        return ()
    return [actor.record_id, *identity.merged_into(actor=actor, record_id=actor.record_id)]


def _place(structure: str) -> str:
    found = directory.structure(structure)
    return structure if found is None else found.name


def _check(purpose: Purpose, unable: bool, danger: bool, reason: str, detail: str) -> Problem | None:
    if purpose is Purpose.BREAK_GLASS and not (unable and danger):
        text = "Il faut les deux : la personne ne peut pas s'exprimer, et elle court un risque immédiat."
        return controls.problem("emergency-facts", text, "unable", source=_SOURCE)
    known = {one.code: one for one in entrances.reasons()}
    if reason not in known:
        return controls.problem("emergency-reason", "Choisissez le motif de l'urgence.", "reason", source=_SOURCE)
    if len(detail) > _LONGEST or (known[reason].text == "required" and not detail):
        text = "Précisez le motif en quelques mots."
        return controls.problem("emergency-detail", text, "detail", expected=f"1 à {_LONGEST} signes", source=_SOURCE)
    return None
