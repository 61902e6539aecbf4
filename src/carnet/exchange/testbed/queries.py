"""Reads the exchanges kept: a filtered list, newest first, and one of them whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.exchange.testbed.reading import Problem
from carnet.kernel import database

PAGE = 60
_LIST = """
SELECT id, at, domain, transaction, status, outcome, rules, caller, structure, software, patient, milliseconds
FROM testbed_exchange
WHERE (%(outcome)s::text = '' OR outcome = %(outcome)s::text)
  AND (%(transaction)s::text = '' OR transaction = %(transaction)s::text)
  AND (%(caller)s::text = '' OR caller = %(caller)s::text)
  AND (%(rule)s::text = '' OR %(rule)s::text = ANY(rules))
  AND (%(before)s::timestamptz IS NULL OR at < %(before)s::timestamptz)
ORDER BY at DESC, id LIMIT %(limit)s
"""
_ONE = """
SELECT id, at, domain, transaction, status, outcome, rules, caller, structure, software, patient, milliseconds,
       method, address, problems, timing, request_headers, request, request_size, answer_headers, answer, answer_size,
       certificate
FROM testbed_exchange WHERE id = %(id)s
"""
_CHOICES = """
SELECT ARRAY(SELECT DISTINCT transaction FROM testbed_exchange ORDER BY 1),
       ARRAY(SELECT DISTINCT caller FROM testbed_exchange ORDER BY 1),
       ARRAY(SELECT DISTINCT unnest(rules) FROM testbed_exchange ORDER BY 1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An exchange in the list."""

    id: UUID
    at: datetime
    domain: str
    transaction: str
    status: int
    outcome: str
    rules: tuple[str, ...]
    caller: str
    structure: str
    software: str
    patient: str
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Line):
    """An exchange as it was kept: bodies may be cut, sizes are those of what was received and sent."""

    method: str
    address: str
    problems: tuple[Problem, ...]
    timing: tuple[tuple[str, float], ...]
    request_headers: tuple[tuple[str, str], ...]
    request: bytes
    request_size: int
    answer_headers: tuple[tuple[str, str], ...]
    answer: bytes
    answer_size: int
    certificate: bytes

    @property
    def request_type(self) -> str:
        """The request's Content-Type."""
        return dict(self.request_headers).get("Content-Type", "")

    @property
    def answer_type(self) -> str:
        """The answer's Content-Type."""
        return dict(self.answer_headers).get("Content-Type", "")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters can name."""

    transactions: tuple[str, ...]
    callers: tuple[str, ...]
    rules: tuple[str, ...]


def recent(
    *, outcome: str = "", transaction: str = "", caller: str = "", rule: str = "", before: datetime | None = None
) -> tuple[tuple[Line, ...], bool]:
    """At most `PAGE` exchanges older than `before`, newest first; and whether there are more."""
    asked = {"outcome": outcome, "transaction": transaction, "caller": caller, "rule": rule, "before": before}
    rows = database.rows(_LIST, asked | {"limit": PAGE + 1})
    return tuple(Line(**_head(row)) for row in rows[:PAGE]), len(rows) > PAGE


def choices() -> Choices:
    """What is there to be filtered by."""
    found = database.row(_CHOICES) or ([], [], [])
    return Choices(*(tuple(column) for column in found))


def one(identity: UUID) -> Kept | None:
    """An exchange by its id, None when it is not kept."""
    row = database.row(_ONE, {"id": identity})
    if row is None:
        return None
    (method, address, problems, timing, asked, request, size, answered, answer, answer_size, certificate) = row[12:]
    return Kept(
        **_head(row),
        method=method,
        address=address,
        problems=tuple(Problem(**problem) for problem in json.loads(problems)),
        timing=tuple((stage, length) for stage, length in json.loads(timing)),
        request_headers=tuple((name, value) for name, value in json.loads(asked)),
        request=bytes(request),
        request_size=size,
        answer_headers=tuple((name, value) for name, value in json.loads(answered)),
        answer=bytes(answer),
        answer_size=answer_size,
        certificate=bytes(certificate),
    )


def _head(row: tuple[Any, ...]) -> dict[str, Any]:
    names = list(Line.__dataclass_fields__)
    return dict(zip(names, row, strict=False)) | {"rules": tuple(row[6])}
