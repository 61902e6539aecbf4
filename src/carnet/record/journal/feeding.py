"""Sealed entries in the order of their seals, for who sends them on (ITI-20), and how far each receiver is.

A receiver's place moves once it has answered: what is cut in between is sent again, and nothing is left out. What
others declared here (`journal.receive`) is theirs to send. What was forgotten, or lost and declared, has no content.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from carnet.kernel import database
from carnet.record.journal.rules import Action, Outcome, Trace

_LONGEST_PAUSE = timedelta(minutes=10)
_FIELDS = ", ".join(f"e.{name}" for name in Trace._fields)
_PLACE = "SELECT seal, leaf, failures, next_at, error FROM journal_feed WHERE receiver = %s"
_NEXT = f"""
SELECT l.seal, l.leaf, {_FIELDS}
FROM journal_link l
     JOIN journal_entry e ON e.record_id = l.record_id AND e.at = l.at AND e.writer = l.writer AND e.number = l.number
WHERE (l.seal, l.leaf) > (%(seal)s, %(leaf)s) AND NOT (e.action = '{Action.JOURNAL_RECEIVE}' AND e.outcome = '{Outcome.DONE}')
ORDER BY l.seal, l.leaf LIMIT %(limit)s
"""  # noqa: E501
_MOVED = """
INSERT INTO journal_feed (receiver, seal, leaf, next_at) VALUES (%(receiver)s, %(seal)s, %(leaf)s, %(now)s)
ON CONFLICT (receiver) DO UPDATE
SET seal = excluded.seal, leaf = excluded.leaf, next_at = excluded.next_at, failures = 0, error = ''
"""
_FAILED = """
INSERT INTO journal_feed (receiver, failures, next_at, error) VALUES (%(receiver)s, 1, %(next)s, %(error)s)
ON CONFLICT (receiver) DO UPDATE
SET failures = journal_feed.failures + 1, next_at = excluded.next_at, error = excluded.error
"""
_LAG = """
SELECT count(*), min(s.at) FROM journal_seal s WHERE s.number > %(seal)s
"""
_REST = """
SELECT count(*) FROM journal_link l
WHERE (l.seal, l.leaf) > (%(seal)s, %(leaf)s) AND l.writer IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a receiver is: the last leaf that it answered for, failures since, when to try again."""

    seal: int = 0
    leaf: int = -1
    failures: int = 0
    next_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """What waits for a receiver: entries, the age of the oldest in seconds, and the last failure."""

    waiting: int
    oldest: float
    failures: int
    error: str


def place(receiver: str) -> Place:
    """How far a receiver is; at the beginning for one that never answered."""
    found = database.row(_PLACE, (receiver,))
    return Place() if found is None else Place(*found)


def following(after: Place, limit: int) -> list[tuple[int, int, Trace]]:
    """The next entries with content after a place: (seal, leaf, trace) of each, in seal order."""
    rows = database.rows(_NEXT, {"seal": after.seal, "leaf": after.leaf, "limit": limit})
    return [(row[0], row[1], Trace(*row[2:])) for row in rows]


def moved(receiver: str, seal: int, leaf: int, now: datetime) -> None:
    """The receiver answered for everything up to here."""
    database.execute(_MOVED, {"receiver": receiver, "seal": seal, "leaf": leaf, "now": now})


def failed(receiver: str, failures: int, error: str, now: datetime) -> None:
    """The receiver did not answer, or not well: it is tried again after a pause that doubles each time."""
    pause = min(_LONGEST_PAUSE, timedelta(seconds=2 ** min(failures, 10)))
    database.execute(_FAILED, {"receiver": receiver, "next": now + pause, "error": error})


def feed(receiver: str, now: datetime) -> Feed:
    """What waits for a receiver."""
    here = place(receiver)
    (_, oldest) = database.row(_LAG, {"seal": here.seal}) or (0, None)
    (waiting,) = database.row(_REST, {"seal": here.seal, "leaf": here.leaf}) or (0,)
    age = 0.0 if oldest is None or not waiting else max(0.0, (now - oldest).total_seconds())
    return Feed(waiting, age, here.failures, here.error)
