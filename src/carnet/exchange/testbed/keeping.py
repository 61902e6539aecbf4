"""Writes exchanges down after they were answered: one thread of each web process, in batches, never waited for.

At most `settings.CARNET_EXCHANGES` exchanges are kept, for `settings.CARNET_EXCHANGES_DAYS` days; of those, accepted
ones fill one half at most, so that a flow of good messages does not push out the refusal somebody looks for.
"""

from __future__ import annotations

import base64
import logging
import queue
import threading
import time
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from carnet.exchange.testbed import reading
from carnet.exchange.testbed.cutting import cut
from carnet.exchange.testbed.marks import Exchange
from carnet.kernel import clock, database, locator
from carnet.record.terminology import api as terminology

_log = logging.getLogger(__name__)
_WAITING = 500
_GATHER_SECONDS = 0.05
_TIDY_EVERY = 50

_INSERT = """
INSERT INTO testbed_exchange (id, at, domain, transaction, method, address, status, outcome, rules, problems, caller,
    structure, software, patient, timing, milliseconds, request_headers, request, request_size, answer_headers, answer,
    answer_size, certificate)
VALUES (%(id)s, %(at)s, %(domain)s, %(transaction)s, %(method)s, %(address)s, %(status)s, %(outcome)s, %(rules)s,
    %(problems)s, %(caller)s, %(structure)s, %(software)s, %(patient)s, %(timing)s, %(milliseconds)s,
    %(request_headers)s, %(request)s, %(request_size)s, %(answer_headers)s, %(answer)s, %(answer_size)s,
    %(certificate)s)
"""
_CONCERNED = """
INSERT INTO testbed_concerned (record_id, exchange)
SELECT record_id, %(id)s FROM unnest(%(records)s::bigint[]) AS record_id
"""
_TIDY = """
DELETE FROM testbed_exchange WHERE at < %(oldest)s OR id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (ORDER BY at DESC) AS place,
               row_number() OVER (PARTITION BY outcome = 'accepted' ORDER BY at DESC) AS among, outcome
        FROM testbed_exchange
    ) AS placed
    WHERE outcome = 'accepted' AND among > %(half)s OR outcome <> 'accepted' AND among > %(most)s - %(half)s
)
"""


class Keeper:
    """A queue and the thread that empties it, started with the first exchange: after the server has forked."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Exchange] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._since_tidy = _TIDY_EVERY

    def keep(self, exchange: Exchange) -> None:
        """Hand over an exchange that was answered; it is dropped when too many wait."""
        if self._waiting.qsize() >= _WAITING:
            return
        self._waiting.put(exchange)
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="testbed", daemon=True)
                    self._thread.start()

    def _work(self) -> None:
        while True:
            batch = [self._waiting.get()]
            time.sleep(_GATHER_SECONDS)
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            try:
                self.write(batch)
            except Exception:
                # Whatever is odd about an exchange, the next ones are kept.
                _log.warning("%s exchanges were not kept", len(batch), exc_info=True)
                connection.close()

    def write(self, batch: list[Exchange]) -> None:
        """Write some exchanges, and now and then remove those that are too many or too old."""
        try:
            with transaction.atomic():
                for exchange in batch:
                    insert(exchange)
            self._since_tidy += len(batch)
            if self._since_tidy >= _TIDY_EVERY:
                tidy()
                self._since_tidy = 0
        except DatabaseError:
            _log.warning("the database does not take exchanges: %s lost", len(batch))
            connection.close()
        connection.close_if_unusable_or_obsolete()


_keeper = Keeper()
keep = _keeper.keep


def tidy() -> int:
    """Remove what is beyond the settings; the number removed."""
    most = settings.CARNET_EXCHANGES
    oldest = clock.now() - timedelta(days=settings.CARNET_EXCHANGES_DAYS)
    return database.execute(_TIDY, {"oldest": oldest, "most": most, "half": most // 2})


def insert(exchange: Exchange) -> None:
    """Write one exchange and the records that it concerned, in the caller's transaction."""
    database.execute(_INSERT, row(exchange))
    database.execute(_CONCERNED, {"records": records_of(exchange), "id": exchange.id})


def records_of(exchange: Exchange) -> list[int]:
    """The records that an exchange concerned: those it left traces of, and whose ever identifier it names first.

    The second is for what was refused before anybody looked for a record.
    """
    domain = terminology.domain(reading.domain_of(exchange.path) or "fr")
    named = exchange.patient or reading.patient_of(exchange.query, bytes(exchange.request.data))
    value = named.partition("^")[0]
    if domain is None or not value:
        return sorted(exchange.records)
    systems = domain.identifier_systems or frozenset({named.split("&")[1]} if named.count("&") > 1 else ())
    names = [locator.person(system, value) for system in systems]
    return sorted(exchange.records.union(locator.locate(domain.number, names)))


def row(exchange: Exchange) -> dict[str, Any]:
    """The columns of an exchange; bodies cut, the patient masked."""
    headers, answer_headers = dict(exchange.headers), dict(exchange.answer_headers)
    asked, answered = bytes(exchange.request.data), bytes(exchange.answer.data)
    outcome, problems = reading.outcome_of(exchange.status, answer_headers.get("Content-Type", ""), answered)
    certificate = _decoded(exchange.certificate)
    caller = reading.caller_of(exchange.actor, certificate, asked, headers.get("User-Agent", ""))
    timing, whole = _timing(exchange)
    return {
        "id": exchange.id,
        "at": exchange.at,
        "domain": reading.domain_of(exchange.path),
        "transaction": reading.transaction_of(exchange.method, exchange.path, headers.get("Content-Type", ""), asked),
        "method": exchange.method,
        "address": _plain(exchange.path + ("?" + exchange.query if exchange.query else "")),
        "status": exchange.status,
        "outcome": outcome,
        "rules": list(dict.fromkeys(problem.rule for problem in problems if problem.rule)),
        "problems": _json(problems),
        "caller": _plain(caller.name),
        "structure": _plain(caller.structure),
        "software": _plain(caller.software),
        "patient": reading.masked(exchange.patient or reading.patient_of(exchange.query, asked)),
        "timing": _json(timing),
        "milliseconds": whole,
        "request_headers": _json(exchange.headers),
        "request": cut(headers.get("Content-Type", ""), asked),
        "request_size": exchange.request.size,
        "answer_headers": _json(exchange.answer_headers),
        "answer": cut(answer_headers.get("Content-Type", ""), answered),
        "answer_size": exchange.answer.size,
        "certificate": certificate,
    }


def _timing(exchange: Exchange) -> tuple[list[tuple[str, float]], float]:
    """Milliseconds of each stage, the time spent waiting for the request told apart; and of the whole."""
    found = [("réception", round(exchange.receiving * 1000, 2))]
    before, waited = exchange.began, exchange.receiving
    for stage, end in exchange.stages:
        length = end - before
        if waited and length >= waited:
            # The body is read inside one stage, which is not to be charged with it.
            length, waited = length - waited, 0.0
        found.append((stage, round(max(length, 0.0) * 1000, 2)))
        before = end
    return found, round((before - exchange.began) * 1000, 2)


def _decoded(certificate: str) -> bytes:
    try:
        return base64.b64decode(certificate, validate=True)
    except ValueError:
        return b""


def _plain(text: str) -> str:
    """PostgreSQL takes no NUL."""
    return text.replace("\0", "�")[:2000]


def _json(value: object) -> str:
    return _plain_json(msgspec.json.encode(value).decode("utf-8", "replace"))


def _plain_json(text: str) -> str:
    return text.replace("\\u0000", "�")
