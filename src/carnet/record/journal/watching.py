"""The watch over the journal: suspicious patterns become concerns, once each, for a data-protection officer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.record.identity import api as identity
from carnet.record.journal.rules import Action
from carnet.record.journal.watch_rules import MOST, OF_THE_TEAM, WINDOW, Kind, same_family, window_start

# The latest entries are found by their transactions: those of a window were written after the seal before it.
_RECENT = """
journal_entry e
WHERE e.at >= %(since)s
  AND e.xact >= coalesce((SELECT s.mark FROM journal_seal s WHERE s.at < %(since)s ORDER BY s.number DESC LIMIT 1), 0)
  AND e.actor_kind = ANY(%(kinds)s::text[])
"""
_GROUPED = """
SELECT e.person, max(e.name), e.structure, max(e.structure_name), min(e.at), max(e.at), {count}::integer
FROM {recent} AND {which}
GROUP BY e.person, e.structure HAVING {count} >= %(most)s
"""
_WHICH = {
    Kind.REFUSALS: ("count(*)", "e.outcome = 'refused'"),
    Kind.EMERGENCIES: (
        "count(DISTINCT e.record_id)",
        f"e.outcome = 'done' AND e.record_id <> 0 AND e.purpose = '{Purpose.BREAK_GLASS}'",
    ),
    Kind.RECORDS: (
        "count(DISTINCT e.record_id)",
        (
            "e.outcome = 'done' AND e.record_id <> 0 AND e.action = ANY(%(readings)s::text[]) "
            "AND NOT e.rule = ANY(%(team)s::text[])"
        ),
    ),
}
_READERS = f"""
SELECT e.person, max(e.name), e.structure, max(e.structure_name), min(e.at), max(e.at), count(*)::integer, e.record_id
FROM {_RECENT} AND e.outcome = 'done' AND e.record_id <> 0 AND e.action = ANY(%(readings)s::text[])
GROUP BY e.person, e.structure, e.record_id
"""
_RAISE = """
INSERT INTO journal_concern (kind, record_id, person, name, structure, structure_name, since, until, count, raised_at,
                             window_start)
VALUES (%(kind)s, %(record_id)s, %(person)s, %(name)s, %(structure)s, %(structure_name)s, %(since)s, %(until)s,
        %(count)s, %(now)s, %(window)s)
ON CONFLICT (kind, person, structure, record_id, window_start) DO UPDATE
SET until = greatest(journal_concern.until, excluded.until), count = greatest(journal_concern.count, excluded.count)
RETURNING (xmax = 0)
"""
_READINGS = [Action.DOCUMENT_LIST.value, Action.DOCUMENT_GET.value, Action.DOCUMENT_READ.value]
_KINDS = [ActorKind.PROFESSIONAL.value, ActorKind.CLERK.value, ActorKind.STRUCTURE.value]


def watch(actor: Actor, now: datetime) -> int:
    """Look at the hour and the day that `now` is in; how many concerns were raised that were not there."""
    raised = 0
    for kind, (count, which) in _WHICH.items():
        since = window_start(now, WINDOW[kind])
        statement = _GROUPED.format(count=count, which=which, recent=_RECENT)
        parameters = _parameters(since) | {"most": MOST[kind]}
        for row in database.rows(statement, parameters):
            raised += _raise(kind, 0, row, since, now)
    return raised + _families(actor, now)


def _families(actor: Actor, now: datetime) -> int:
    """Professionals who read the record of somebody born under their own name."""
    since, raised = window_start(now, WINDOW[Kind.FAMILY]), 0
    born: dict[int, str] = {}
    for *row, record_id in database.rows(_READERS, _parameters(since)):
        if record_id not in born:
            patient = identity.patient_of(actor=actor, record_id=record_id)
            born[record_id] = "" if patient is None else patient.traits.birth_name
        if same_family(row[1], born[record_id]):
            raised += _raise(Kind.FAMILY, record_id, tuple(row), since, now)
    return raised


def _parameters(since: datetime) -> dict[str, Any]:
    return {"since": since, "kinds": _KINDS, "readings": _READINGS, "team": sorted(OF_THE_TEAM)}


def _raise(kind: Kind, record_id: int, row: tuple[Any, ...], window: datetime, now: datetime) -> int:
    person, name, structure, structure_name, since, until, count = row
    found = database.row(
        _RAISE,
        {
            "kind": kind.value,
            "record_id": record_id,
            "person": person,
            "name": name,
            "structure": structure,
            "structure_name": structure_name,
            "since": since,
            "until": until,
            "count": count,
            "now": now,
            "window": window,
        },
    )
    return int(found is not None and found[0])
