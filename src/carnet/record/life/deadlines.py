"""What is due is done, every day: in batches, each record by itself, and again without harm."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from carnet.kernel import clock, closing, database, outbox
from carnet.kernel.actor import Actor
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.identity.api import RecordStatus
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.life import domains, erasing, queries, rules
from carnet.record.life.values import Closing, Ending, Happened, Step
from carnet.record.terminology import api as terminology

_BATCH = 200


def keep_house(*, actor: Actor) -> Iterator[Happened]:
    """Execute every deadline that has passed, in every domain, and say each one once it is done."""
    for domain in terminology.domains():
        now = clock.now_in(domain.number)
        closed = closing.closed(domain.number)
        if closed is not None and closed.kept_until <= now:
            yield from _end(actor, domain.number, closed)
            continue
        last = 0
        while batch := queries.waiting(domain.number, now, after=last, limit=_BATCH):
            last = batch[-1].record_id
            for life in batch:
                # One deadline may lead to another that has passed too.
                while happened := _execute(actor, domain.number, life.record_id):
                    yield happened


def _end(actor: Actor, domain: int, closed: closing.Closed) -> Iterator[Happened]:
    """Erase what is left of a closed domain at the end of its retention."""
    for batch in domains.record_ids(domain):
        for record_id in batch:
            if identity.patient_of(actor=actor, record_id=record_id) is None:
                # It went with the one it was merged into.
                continue
            with transaction.atomic():
                erasing.start(actor=actor, record_id=record_id)
            erasing.erase(actor=actor, record_id=record_id, ending=Ending.EXPIRED)
            yield Happened(record_id=record_id, domain=domain, step=Step.ERASE, at=closed.kept_until)


def _execute(actor: Actor, domain: int, record_id: int) -> Happened | None:
    """Execute what is due for one record, decided once nobody else changes it."""
    with transaction.atomic():
        life = queries.locked(record_id)
        due = None if life is None else rules.is_due(life, clock.now_in(domain))
        if life is None or due is None:
            return None
        if due.step is not Step.ERASE and closing.closed(domain) is not None:
            # A closed domain keeps its records as they were.
            return None
        if due.step is Step.OPEN:
            # A record that opens by itself has the age of its deadline, not of the job that was late.
            identity.set_status(actor=actor, record_id=record_id, status=RecordStatus.ACTIVE, since=due.at)
            outbox.record_event(record_id=record_id, kind="record.opened")
            journal.append(actor=actor, action=Action.RECORD_CREATE, record_id=record_id, rule="opposition-over")
        elif due.step is Step.CLOSE:
            reason = Closing.UNCONTESTED.value
            identity.set_status(
                actor=actor, record_id=record_id, status=RecordStatus.CLOSED, reason=reason, since=due.at
            )
            database.execute("DELETE FROM life_suspension WHERE record_id = %s", (record_id,))
            outbox.record_event(record_id=record_id, kind="record.closed")
            documents.decide_again(actor=actor, record_id=record_id)
            journal.append(actor=actor, action=Action.RECORD_CLOSE, record_id=record_id, rule=reason)
        else:
            erasing.start(actor=actor, record_id=record_id)
    if due.step is Step.ERASE:
        asked = life.erasure_asked_at is not None
        erasing.erase(actor=actor, record_id=record_id, ending=Ending.ERASED if asked else Ending.EXPIRED)
    return Happened(record_id=record_id, domain=domain, step=due.step, at=due.at)
