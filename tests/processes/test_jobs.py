"""The relay and the worker: events in order, tried again, quarantined, never lost with a transaction."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from carnet.kernel import database, jobs, outbox

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "document.provided"
HERE = __name__
received: list[tuple[int, str, UUID | None]] = []
broken: set[int] = set()


def listen(*, record_id: int, kind: str, subject: UUID | None) -> None:
    """A listener that takes everything but the records in `broken`."""
    if record_id in broken:
        raise ValueError("the name of a patient")
    received.append((record_id, kind, subject))


@pytest.fixture(autouse=True)
def wired(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    received.clear()
    broken.clear()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, kernel_outbox, kernel_quarantine CASCADE")
    monkeypatch.setattr(jobs, "listeners", lambda: {KIND: (f"{HERE}.listen",)})


def work() -> None:
    """Runs the jobs that are due, then returns."""
    connector = cast(DjangoConnector, app.connector).get_worker_connector()
    with app.replace_connector(connector) as worker:
        worker.run_worker(wait=False, concurrency=4, install_signal_handlers=False, listen_notify=False)


def rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def work_all() -> None:
    """Runs jobs until none is left; a job behind the lock of another is found by the next look."""
    while rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' LIMIT 1"):
        work()


def make_due() -> None:
    """Lets waiting retries run now."""
    rows("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' RETURNING id")


def test_events_arrive_in_order_per_record() -> None:
    subjects = [uuid4() for _ in range(30)]
    for number, subject in enumerate(subjects):
        outbox.record_event(record_id=number % 3 + 1, kind=KIND, subject=subject)
    assert jobs.relay_batch() == 30
    assert jobs.relay_batch() == 0
    assert rows("SELECT count(*) FROM kernel_outbox") == [(0,)]
    work_all()
    for record in (1, 2, 3):
        assert [subject for id_, _, subject in received if id_ == record] == subjects[record - 1 :: 3]


def test_an_event_without_listener_is_passed_over() -> None:
    outbox.record_event(record_id=1, kind="nobody.cares")
    assert jobs.relay_batch() == 1
    assert rows("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'") == [(0,)]


def test_an_event_of_a_transaction_that_failed_never_happened() -> None:
    with transaction.atomic():
        outbox.record_event(record_id=1, kind=KIND)
        transaction.set_rollback(True)
    assert jobs.relay_batch() == 0


def test_one_relay_at_a_time() -> None:
    outbox.record_event(record_id=1, kind=KIND)
    settings = connection.get_connection_params()
    with psycopg.connect(**{key: settings[key] for key in ("dbname", "user", "password", "host", "port")}) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [jobs._RELAY_LOCK])
        assert jobs.relay_batch() == 0
    assert jobs.relay_batch() == 1


def test_a_listener_that_fails_is_tried_again_then_its_event_is_quarantined(caplog: pytest.LogCaptureFixture) -> None:
    broken.add(7)
    outbox.record_event(record_id=7, kind=KIND)
    outbox.record_event(record_id=8, kind=KIND)
    jobs.relay_batch()
    for _ in range(jobs.ATTEMPTS - 1):
        work()
        assert rows("SELECT count(*) FROM kernel_quarantine") == [(0,)]
        make_due()
    work()
    assert [record for record, _, _ in received] == [8]
    assert rows("SELECT listener, record_id, kind, error FROM kernel_quarantine") == [
        (f"{HERE}.listen", 7, KIND, "ValueError")
    ]
    assert jobs.waiting()["quarantined"] == 1
    assert jobs.waiting()["jobs"] == 0
    broken.clear()
    outbox.record_event(record_id=7, kind=KIND)
    jobs.relay_batch()
    work()
    assert [record for record, _, _ in received] == [8, 7]


def test_a_failure_that_passes_is_forgotten() -> None:
    broken.add(7)
    outbox.record_event(record_id=7, kind=KIND)
    outbox.record_event(record_id=7, kind=KIND, subject=(second := uuid4()))
    jobs.relay_batch()
    work()
    assert received == [], "the second event of the record waits for the first"
    broken.clear()
    make_due()
    work()
    work()
    assert [subject for _, _, subject in received] == [None, second]
    assert rows("SELECT count(*) FROM kernel_quarantine") == [(0,)]


def speaks_with(*, record_id: int, kind: str, subject: UUID | None) -> None:
    """A listener that tells which process of the server its job speaks with."""
    found = database.row("SELECT pg_backend_pid()")
    assert found is not None
    received.append((found[0], kind, subject))


def server() -> int:
    """The process of the server that the next job speaks with."""
    received.clear()
    jobs.with_living_connection(lambda: speaks_with(record_id=1, kind=KIND, subject=None), None, None)  # type: ignore[arg-type]
    return received[0][0]


def test_a_thread_keeps_its_connection_from_job_to_job_while_it_lives() -> None:
    connection.close()
    first = server()
    assert server() == first
    settings = connection.get_connection_params()
    where = {name: settings[name] for name in ("host", "port", "dbname", "user", "password")}
    with psycopg.connect(**where, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    assert server() != first, "the connection that died is not asked"
