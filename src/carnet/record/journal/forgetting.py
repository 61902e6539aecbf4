"""Removing what traces said, once the law lets them go; what binds them stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from carnet.kernel import database

_SEALED = """
SELECT r FROM unnest(%(records)s::bigint[]) AS r
WHERE NOT EXISTS (
    SELECT FROM journal_entry e WHERE e.record_id = r
      AND NOT EXISTS (SELECT FROM journal_link l WHERE l.writer = e.writer AND l.number = e.number))
"""
# Without its salt a commitment cannot be compared with a guess.
_SALTS = "UPDATE journal_link SET salt = NULL WHERE record_id = ANY(%(records)s::bigint[])"
_ENTRIES = "DELETE FROM journal_entry WHERE record_id = ANY(%(records)s::bigint[])"


_RIPE = """
SELECT e.record_id, count(*), max(e.at) FROM journal_entry e
WHERE e.record_id = ANY(%(records)s::bigint[])
GROUP BY e.record_id HAVING max(e.at) < %(now)s::timestamptz - make_interval(years => %(years)s) ORDER BY e.record_id
"""

# An archived record is kept ten years (CSP R.1111-36), and its traces with it (R.1111-43): they last as long after it.
KEPT_YEARS = 10


@dataclass(frozen=True, slots=True)
class Ripe:
    """A record whose traces may be forgotten: how many there are, and when the last was written."""

    record_id: int
    entries: int
    last: datetime


def forgettable(record_ids: Collection[int], years: int, now: datetime) -> list[Ripe]:
    """Of these records, those in which nothing happened for so many years and whose traces are sealed whole."""
    found = database.rows(_RIPE, {"records": list(record_ids), "now": now, "years": years})
    sealed = {record for (record,) in database.rows(_SEALED, {"records": [row[0] for row in found]})}
    return [Ripe(*row) for row in found if row[0] in sealed]


def forget(record_ids: Sequence[int]) -> int:
    """Delete the entries of these records that are sealed whole, and their salts; how many entries there were."""
    records = [record for (record,) in database.rows(_SEALED, {"records": list(record_ids)})]
    database.execute(_SALTS, {"records": records})
    return database.execute(_ENTRIES, {"records": records})
