"""Sending the sealed journal to an audit repository (IHE ATNA, ITI-20): what the relay asks, what the worker does.

Entries leave in the order of their seals, a batch at a time; the place moves once the repository has answered for the
whole batch. Cut in between, a batch is sent again (the id of each AuditEvent is the same). A repository that is away,
or refuses one entry, is tried again after growing pauses, and `carnet check` shows what waits: nothing is skipped.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from datetime import UTC
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from carnet.client.audit_repository import AuditRepository, NotRecordedError
from carnet.client.errors import Unreachable
from carnet.kernel import clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.jobs import app
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.wire.fhir.audit_event import AuditTrace, render, trace_id

FEEDER = Actor(kind=ActorKind.SYSTEM, person="carnet-audit-feed", name="Carnet", proof="process")
_BATCH = 100
_LOOK_SECONDS = 1.0
_log = logging.getLogger(__name__)
_one_sender = threading.Lock()
_looked = 0.0


def relay() -> bool:
    """Make a job when something waits and its time has come, looking once a second at most; whether one was made."""
    global _looked
    if not settings.CARNET_AUDIT_REPOSITORY or time.monotonic() - _looked < _LOOK_SECONDS:
        return False
    _looked = time.monotonic()
    place = journal.feed_place(actor=FEEDER, receiver=settings.CARNET_AUDIT_REPOSITORY)
    if place.next_at is not None and place.next_at > clock.now():
        return False
    if not journal.feed_following(actor=FEEDER, after=place, limit=1):
        return False
    try:
        with transaction.atomic():
            send_audit.configure(queueing_lock="send_audit").defer()
    except AlreadyEnqueued:
        return False
    return True


@app.task(name="send_audit", queue="audit")
def send_audit() -> None:
    """Send what waits until nothing does, or the repository does not answer; a second job beside it does nothing."""
    if not _one_sender.acquire(blocking=False):
        return
    try:
        with _repository() as repository:
            while send_batch(repository):
                pass
    finally:
        _one_sender.release()


def _repository() -> AuditRepository:
    return AuditRepository(
        settings.CARNET_AUDIT_REPOSITORY,
        certificate=settings.CARNET_AUDIT_CERTIFICATE,
        key=settings.CARNET_AUDIT_KEY,
        authority=settings.CARNET_AUDIT_AUTHORITY,
        software=f"Carnet/{version('carnet')}",
    )


def send_batch(repository: AuditRepository, limit: int = _BATCH) -> bool:
    """Send the next entries; False when there were none, or when they could not be sent."""
    receiver = settings.CARNET_AUDIT_REPOSITORY
    place = journal.feed_place(actor=FEEDER, receiver=receiver)
    found = journal.feed_following(actor=FEEDER, after=place, limit=limit)
    if not found:
        return False
    named = functools.cache(_identifier)
    try:
        repository.record([_event(trace, named(trace.record_id)) for _, _, trace in found])
    except (Unreachable, NotRecordedError) as error:
        # Neither quotes what was sent.
        _log.warning("the audit repository did not record: %s", error)
        journal.feed_failed(actor=FEEDER, receiver=receiver, failures=place.failures, error=str(error))
        return False
    seal, leaf, _ = found[-1]
    journal.feed_moved(actor=FEEDER, receiver=receiver, seal=seal, leaf=leaf)
    return True


def _identifier(record_id: int) -> tuple[str, str]:
    known = identity.identifiers_of(actor=FEEDER, record_id=record_id) if record_id else []
    return (f"urn:oid:{known[0].system}", known[0].value) if known else ("", "")


def _event(trace: journal.Trace, patient: tuple[str, str]) -> dict[str, Any]:
    told = AuditTrace(
        id=trace_id(trace.record_id, trace.writer, trace.number),
        at=trace.at.astimezone(UTC).isoformat(timespec="microseconds"),
        action=trace.action,
        outcome=trace.outcome,
        rule=trace.rule,
        actor_kind=trace.actor_kind,
        person=trace.person,
        name=trace.name,
        structure=trace.structure,
        structure_name=trace.structure_name,
        purpose=trace.purpose,
        proof=trace.proof,
        software=trace.software,
        subjects=tuple(trace.subjects),
        patient=patient,
    )
    return render(told, observer=f"{settings.CARNET_TLS_ADDRESS}/fhir")
