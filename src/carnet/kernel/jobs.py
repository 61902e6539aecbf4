"""Events become jobs: the relay moves rows of the outbox to procrastinate, workers call the listeners.

The relay takes rows in the order of their ids (within one record, the order of commits), makes one job for
each listener and deletes the rows, all in one transaction. Jobs of one listener on one record share a lock,
so they run one after the other, in order. A listener that fails is tried again with growing pauses; after
`ATTEMPTS` failures its event is written to `kernel_quarantine`, where people see it, and the next ones go on.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from procrastinate import App, JobContext, RetryStrategy
from procrastinate.contrib.django import app as _app

from carnet.kernel import database

ATTEMPTS = 5
BATCH = 500
app: App = _app
_log = logging.getLogger(__name__)
# Two relays would break the order; the lock is held by the transaction. The number is ours, arbitrary.
_RELAY_LOCK = 7_220_481_003

_TAKE = """
DELETE FROM kernel_outbox WHERE id IN (SELECT id FROM kernel_outbox ORDER BY id LIMIT %s)
RETURNING id, record_id, kind, subject
"""
_QUARANTINE = """
INSERT INTO kernel_quarantine (event, listener, record_id, kind, subject, error) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (event, listener) DO NOTHING
"""


@functools.cache
def listeners() -> Mapping[str, Sequence[str]]:
    """Event kind → dotted paths of the listeners, as the wiring lists them (`settings.CARNET_LISTENERS`)."""
    wiring: Mapping[str, Sequence[str]] = import_string(settings.CARNET_LISTENERS)
    return wiring


def relay_batch() -> int:
    """Moves up to `BATCH` events; the number moved, 0 when there are none or another relay is at work."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_RELAY_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_TAKE, [BATCH])
        events = sorted(cursor.fetchall())
        for event, record_id, kind, subject in events:
            for listener in listeners().get(kind, ()):
                deliver.configure(lock=f"{listener}:{record_id}").defer(
                    event=event,
                    listener=listener,
                    record_id=record_id,
                    kind=kind,
                    subject=str(subject) if subject else None,
                )
        return len(events)


@app.task(
    name="deliver",
    queue="events",
    pass_context=True,
    retry=RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=2),
)
def deliver(context: JobContext, *, event: int, listener: str, record_id: int, kind: str, subject: str | None) -> None:
    """Calls one listener for one event; quarantines the event at the last failure."""
    try:
        call: Any = import_string(listener)
        with transaction.atomic():
            call(record_id=record_id, kind=kind, subject=UUID(subject) if subject else None)
    except Exception as error:
        # Whatever a listener raises is handled here: retried by the queue, or put where people see it.
        if context.job.attempts + 1 < ATTEMPTS:
            raise
        _log.error("event %s of kind %s quarantined: %s failed %s times", event, kind, listener, ATTEMPTS)
        with connection.cursor() as cursor:
            cursor.execute(_QUARANTINE, [event, listener, record_id, kind, subject, type(error).__qualname__])


def with_living_connection(call_next: Callable[[], Any], context: JobContext, worker: object) -> Any:  # noqa: ARG001
    """Around each job of a worker, whose threads keep their connections from one job to the next (procrastinate closes
    those that are too old): one whose server has gone is let go first.

    Making a connection costs more than most jobs: a process of the server, a password, plans that it makes again.
    """
    database.forget_dead_connection()
    return call_next()


def waiting() -> dict[str, float]:
    """How the queues stand: `outbox` rows and `oldest` one's age in seconds, `jobs` to do, `quarantined` events."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), coalesce(extract(epoch FROM now() - min(at)), 0) FROM kernel_outbox")
        outbox, oldest = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        (jobs,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM kernel_quarantine")
        (quarantined,) = cursor.fetchone()
    return {"outbox": outbox, "oldest": float(oldest), "jobs": jobs, "quarantined": quarantined}
