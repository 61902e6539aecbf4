"""Who reads which traces by a machine (ITI-81): the person all that their page lists, the médecin traitant all but
what is hidden from them, everybody else their own, of the last year and a hundred at most (guide DMP, Historique).

A data-protection officer reads those of their structure's people, or of everybody where they are entrusted with all
(RGPD art. 39): who did what and when, and never which document.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.documents import telling
from carnet.record.documents.seen import VISIBLE
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal

OWN_DAYS, OWN_MOST, MOST = timedelta(days=366), 100, 5000
_HIDDEN = f"SELECT id FROM documents_entry WHERE record_id = %(record_id)s AND NOT ({VISIBLE})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The traces that may be told, newest first, and the identifier of their person, the current one."""

    traces: tuple[journal.Traced, ...]
    identifier: identity.PatientIdentifier | None


def audit(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    since: datetime | None = None,
    until: datetime | None = None,
    asked: journal.Filter = journal.EVERYTHING,
) -> Audit | Refusal:
    """The traces of a record that the actor may read; reading them is one."""
    entered = access.enter(
        actor=actor, domain=domain, patient_id=patient_id, act=access.Act.OPEN, action=journal.Action.JOURNAL_READ
    )
    if isinstance(entered, Refusal):
        return entered
    record_id = entered.record_id
    own, rule = True, "own-traces"
    hidden: Collection[UUID] = ()
    decided = access.decision_on(actor=actor, domain=domain, record_id=record_id, act=access.Act.SEARCH)
    if actor.kind in (ActorKind.PATIENT, ActorKind.DELEGATE):
        told = telling.withheld(actor)
        if told is not None:
            own, rule, hidden = False, "own-record", told
    elif decided.rule == "treating-physician" and decided.lens is not None:
        own, rule, hidden = False, decided.rule, _hidden(record_id, decided.lens)
    entrusted = access.entrusted_with(actor=actor)
    if own and entrusted is not None:
        own, rule = False, "officer"
    if own:
        year = clock.now() - OWN_DAYS
        since = year if since is None else max(since, year)
    records: Sequence[int] = [record_id, *identity.merged_into(actor=actor, record_id=record_id)]
    found = journal.traces(
        actor=actor,
        records=records,
        own=own,
        rule=rule,
        since=since,
        until=until,
        withheld=hidden,
        limit=OWN_MOST if own else MOST,
        structure=None if entrusted is None or rule != "officer" else entrusted or None,
        blind=rule == "officer",
        asked=asked,
    )
    known = identity.identifiers_of(actor=actor, record_id=record_id)
    return Audit(traces=tuple(found), identifier=known[0] if known else None)


def _hidden(record_id: int, lens: access.Lens) -> frozenset[UUID]:
    rows = database.rows(_HIDDEN, {"record_id": record_id, **lens.parameters()})
    return frozenset(row[0] for row in rows)
