"""One exchange while it happens, and what a door tells of it: who called, and when each stage ended.

The recorder puts an `Exchange` in the WSGI environment of the requests it keeps; for any other request, and outside a
demonstration, telling costs one look in a dictionary.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest

from carnet.kernel.actor import Actor

KEY = "carnet.exchange"
# Of a body, what is kept at most.
KEPT_BYTES = 256 * 1024


@dataclass(slots=True)
class Heard:
    """The beginning of a body, and its whole size."""

    data: bytearray = field(default_factory=bytearray)
    size: int = 0

    def add(self, chunk: bytes) -> None:
        """Keep what still fits."""
        self.size += len(chunk)
        if (room := KEPT_BYTES - len(self.data)) > 0:
            self.data += chunk[:room]


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request and its answer. Times are of `time.perf_counter`; `receiving` is spent waiting for the request's bytes,
    `stages` are (name, end) as the door passes them; `records` are those that it left a trace of."""

    id: UUID
    at: datetime
    began: float
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    certificate: str
    request: Heard = field(default_factory=Heard)
    receiving: float = 0.0
    stages: list[tuple[str, float]] = field(default_factory=list)
    actor: Actor | None = None
    patient: str = ""
    records: set[int] = field(default_factory=set)
    status: int = 0
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer: Heard = field(default_factory=Heard)


def passed(request: HttpRequest, stage: str) -> None:
    """A stage of the request's treatment has ended."""
    exchange: Exchange | None = request.META.get(KEY)
    if exchange is not None:
        exchange.stages.append((stage, time.perf_counter()))


def called(request: HttpRequest, actor: Actor, patient: str = "") -> None:
    """Who called was recognised, speaking of a patient (CX) if the proof names one."""
    exchange: Exchange | None = request.META.get(KEY)
    if exchange is not None:
        exchange.actor, exchange.patient = actor, patient
        exchange.stages.append(("identité", time.perf_counter()))
