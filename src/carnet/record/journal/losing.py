"""Declaring what a restoration lost: a trace says it, under its MAC, and the next seal signs it.

The sealer believes no word of it: it looks again whether every place is lost, and only then notes the loss in its seal.
"""

from __future__ import annotations

from hmac import compare_digest

from django.conf import settings

from carnet.kernel import database
from carnet.record.journal import seal_files
from carnet.record.journal.loss_rules import Loss, read, runs, written
from carnet.record.journal.rules import Action, Outcome, Trace, mac
from carnet.record.journal.sealing_rules import microseconds

# Seals of which the tables have nothing but what their files told.
_LOST = "SELECT seal FROM journal_link GROUP BY seal HAVING count(commitment) = 0 ORDER BY seal"
_LAST = "SELECT coalesce(max(number), 0) FROM journal_seal"
_NOTES = "SELECT notes FROM journal_seal WHERE notes <> '' ORDER BY number"
# What was declared and not sealed yet.
_WAITING = """
SELECT e.detail FROM journal_entry e
WHERE e.record_id = 0 AND e.action = %s AND e.outcome = %s
  AND NOT EXISTS (SELECT FROM journal_link l WHERE l.writer = e.writer AND l.number = e.number)
"""
_SPAN = """
SELECT sum(s.count)::bigint, min(s.at), max(s.at), (SELECT p.at FROM journal_seal p WHERE p.number = %(first)s - 1),
       (SELECT count(*) FROM journal_link l WHERE l.seal BETWEEN %(first)s AND %(last)s),
       (SELECT count(l.commitment) FROM journal_link l WHERE l.seal BETWEEN %(first)s AND %(last)s)
FROM journal_seal s WHERE s.number BETWEEN %(first)s AND %(last)s
"""


def behind() -> bool:
    """Whether files tell of seals that the tables do not have yet: the sealer takes them over."""
    found = database.row(_LAST)
    return seal_files.exists((found[0] if found else 0) + 1)


def undeclared(*, at: int, by: str, reason: str) -> list[Loss]:
    """The losses that nobody declared, as they would be declared: `at` in microseconds since 1970."""
    known = [loss for (notes,) in database.rows(_NOTES) for loss in read(notes)]
    waiting = database.rows(_WAITING, (Action.JOURNAL_LOSS.value, Outcome.DONE.value))
    known += [loss for (detail,) in waiting for loss in read(detail)]
    lost = [seal for (seal,) in database.rows(_LOST) if not any(loss.covers(seal) for loss in known)]
    return [_loss(first, last, at, by, reason) for first, last in runs(lost)]


def _loss(first: int, last: int, at: int, by: str, reason: str) -> Loss:
    row = database.row(_SPAN, {"first": first, "last": last})
    assert row is not None  # noqa: S101 - an aggregate has one row
    places, begins, ends, before = row[:4]
    since = microseconds(before or begins)
    return Loss(
        first=first, last=last, places=places, since=since, until=microseconds(ends), at=at, by=by, reason=reason
    )


def noted(traces: list[tuple[Trace, bytes]]) -> str:
    """The notes of the seal of a batch: what its traces declare lost, where it is true."""
    lines = []
    for trace, made in traces:
        if trace.action != Action.JOURNAL_LOSS or trace.outcome != Outcome.DONE:
            continue
        if not compare_digest(mac(settings.CARNET_JOURNAL_KEY, trace), made):
            continue
        try:
            losses = read(trace.detail)
        except ValueError:
            continue
        lines += [written(loss) for loss in losses if _true(loss)]
    return "\n".join(lines)


def _true(loss: Loss) -> bool:
    row = database.row(_SPAN, {"first": loss.first, "last": loss.last})
    return row is not None and row[0] == loss.places == row[4] and row[5] == 0
