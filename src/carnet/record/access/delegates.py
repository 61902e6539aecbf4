"""Where somebody may act in another's place, and what a professional would see: questions that only people ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import gate
from carnet.record.access.acts import Act
from carnet.record.access.decision import Decision, no
from carnet.record.access.standing import DelegateKind, Scope

_HELD = """
SELECT d.record_id, r.domain, d.kind, d.scope, d.purpose, d.until,
       COALESCE(NULLIF(r.used_given, ''), r.first_given), COALESCE(NULLIF(r.used_name, ''), r.birth_name)
FROM access_delegation d JOIN identity_record r ON r.record_id = d.record_id
WHERE d.holder = %(holder)s AND (d.until IS NULL OR d.until > %(now)s) AND r.merged_into IS NULL
ORDER BY d.since, d.record_id
"""
_PEOPLE = (ActorKind.PATIENT, ActorKind.DELEGATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A delegation that an actor holds: in whose record, what for, how far, until when."""

    record_id: int
    domain: int
    kind: DelegateKind
    scope: Scope
    purpose: str
    until: datetime | None
    given_name: str
    name: str


def delegations_held(*, actor: Actor) -> list[Held]:
    """The records that a person may act in, to choose from; empty for professionals, clerks and machines.

    Whether each delegation still holds (majority, death) is decided when they enter.
    """
    if actor.kind not in _PEOPLE:
        return []
    found = database.rows(_HELD, {"holder": actor.person, "now": clock.now()})
    return [
        Held(
            record_id=row[0],
            domain=row[1],
            kind=DelegateKind(row[2]),
            scope=Scope(row[3]),
            purpose=row[4],
            until=row[5],
            given_name=row[6],
            name=row[7],
        )
        for row in found
    ]


def as_seen_by(*, actor: Actor, domain: str, professional: Actor) -> tuple[Decision, Decision]:
    """The decisions that a professional would get in the actor's record: on a search, and on documents by name.

    The very decision, run for them; asked by the person of the record or who acts for them, and by nobody else
    (`own-record-only`). It reads nothing, so it leaves no trace; the caller's reading does.
    """
    record_id = actor.record_id
    if actor.kind not in _PEOPLE or record_id is None:
        return no("own-record-only", actor), no("own-record-only", actor)
    mine = gate.decision(actor=actor, domain=domain, record_id=record_id, act=Act.SEARCH)
    if not mine.allowed:
        return mine, mine
    return (
        gate.decision(actor=professional, domain=domain, record_id=record_id, act=Act.SEARCH),
        gate.decision(actor=professional, domain=domain, record_id=record_id, act=Act.READ),
    )
