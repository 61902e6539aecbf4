"""Closing a whole domain: it is read and carried away, nothing more is written in it, and at the end it is erased.

The person's right to erasure holds in a closed domain too. Retention is that of a closed record (CSP R.1111-36): ten
years, in the time of the domain, then `deadlines.keep_house` erases what is left.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from carnet.kernel import clock, closing, database, ledger
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.calendar import add_months
from carnet.kernel.closing import Closed
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.terminology import api as terminology
from carnet.record.terminology.api import Domain

LEDGER = "domains"
_BATCH = 500
_RECORDS = "SELECT record_id FROM identity_record WHERE domain = %s AND record_id > %s ORDER BY record_id LIMIT %s"
_COUNT = "SELECT count(*) FROM identity_record WHERE domain = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainState:
    """A domain, how many records are in it, and its closing if it was closed."""

    domain: Domain
    records: int
    closed: Closed | None


def domain_states(*, actor: Actor) -> list[DomainState]:
    """Every domain of the instance, for its operator."""
    return [_state(one) for one in terminology.domains()] if actor.kind is ActorKind.SYSTEM else []


def close_domain(*, actor: Actor, domain: str, reason: str, years: int = 10) -> DomainState | Refusal:
    """Close a domain for writing, and return once no write that was decided before is on its way into a document.

    Closing it again changes nothing, and finishes what was interrupted. Rules: `operator-only`, `domain-unknown`,
    `closing-reason`.
    """
    found = operated(actor, domain, Action.DOMAIN_CLOSE)
    if isinstance(found, Refusal):
        return found
    if not reason.strip():
        problem = _problem("closing-reason", "La clôture d'un domaine s'écrit avec son motif.")
        return access.refuse(problem, actor=actor, action=Action.DOMAIN_CLOSE, record_id=access.NO_RECORD)
    now = clock.now_in(found.number)
    with transaction.atomic():
        if closing.close(found.number, Closed(now, actor.person, reason.strip(), add_months(now, 12 * years))):
            _trace(actor, Action.DOMAIN_CLOSE, f"{found.name}: {reason.strip()}")
            _tell_closed(found.number)
    # Once every process knows, whoever decided before finds another revision, decides again, and is refused.
    time.sleep(closing.FRESH_SECONDS)
    for batch in record_ids(found.number):
        with transaction.atomic():
            for record_id in batch:
                documents.decide_again(actor=actor, record_id=record_id)
    closing.forget()
    return _state(found)


def reopen_domain(*, actor: Actor, domain: str) -> DomainState | Refusal:
    """Open a domain that was closed by mistake. Rules: `operator-only`, `domain-unknown`, `domain-open`."""
    found = operated(actor, domain, Action.DOMAIN_REOPEN)
    if isinstance(found, Refusal):
        return found
    with transaction.atomic():
        if not closing.reopen(found.number):
            problem = _problem("domain-open", "Ce domaine est ouvert : il n'y a rien à rouvrir.")
            return access.refuse(problem, actor=actor, action=Action.DOMAIN_REOPEN, record_id=access.NO_RECORD)
        _trace(actor, Action.DOMAIN_REOPEN, found.name)
        ledger.append(LEDGER, {"domain": found.number, "state": "open", "at": clock.now().isoformat()})
    closing.forget()
    return _state(found)


def replay(actor: Actor) -> int:
    """Bring the table to what the ledger says, inside the caller's transaction; how many domains are closed by it.

    A closed domain that a restored backup opens would take writes that its retention does not foresee.
    """
    last = {line["domain"]: line for line in ledger.lines(LEDGER)}
    for number, line in last.items():
        if line["state"] == "open":
            if closing.reopen(number):
                _trace(actor, Action.DOMAIN_REOPEN, str(number))
        elif closing.close(number, _closed(line)):
            _trace(actor, Action.DOMAIN_CLOSE, f"{number}: {line['reason']}")
    return sum(line["state"] == "closed" for line in last.values())


def _tell_closed(number: int) -> None:
    closed = closing.closed(number)
    if closed is None:
        raise RuntimeError("a domain that was closed is open within its transaction")
    line = asdict(closed) | {
        "closed_at": closed.closed_at.isoformat(),
        "kept_until": closed.kept_until.isoformat(),
    }
    ledger.append(LEDGER, {"domain": number, "state": "closed", "at": clock.now().isoformat(), **line})


def _closed(line: Mapping[str, str]) -> Closed:
    return Closed(
        closed_at=datetime.fromisoformat(line["closed_at"]),
        closed_by=line["closed_by"],
        reason=line["reason"],
        kept_until=datetime.fromisoformat(line["kept_until"]),
    )


def record_ids(domain: int) -> Iterator[list[int]]:
    """The numbers of a domain's records in batches, in their order; those made meanwhile may be left out."""
    last = 0
    while batch := [found for (found,) in database.rows(_RECORDS, (domain, last, _BATCH))]:
        last = batch[-1]
        yield batch


def operated(actor: Actor, domain: str, action: Action) -> Domain | Refusal:
    """The domain of an act that is the operator's, or why not, journalled."""
    found = terminology.domain(domain)
    if actor.kind is not ActorKind.SYSTEM:
        problem = _problem("operator-only", "Seul l'opérateur agit sur un domaine entier.", Reason.FORBIDDEN)
    elif found is None:
        problem = access.unknown_domain(domain)
    else:
        return found
    return access.refuse(problem, actor=actor, action=action, record_id=access.NO_RECORD)


def _state(domain: Domain) -> DomainState:
    row = database.row(_COUNT, (domain.number,))
    return DomainState(domain=domain, records=row[0] if row else 0, closed=closing.closed(domain.number))


def _trace(actor: Actor, action: Action, detail: str) -> None:
    journal.append(actor=actor, action=action, record_id=access.NO_RECORD, rule="operator", detail=detail)


def _problem(rule: str, text: str, reason: Reason = Reason.INVALID) -> Problem:
    return Problem(reason=reason, rule=rule, text=text, field="domain", source="DMP A13 ; CSP R.1111-36")
