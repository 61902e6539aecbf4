"""Removing what traces said, once the law lets them go; what binds them stays."""

from __future__ import annotations

from collections.abc import Sequence

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


def forget(record_ids: Sequence[int]) -> int:
    """Delete the entries of these records that are sealed whole, and their salts; how many entries there were."""
    records = [record for (record,) in database.rows(_SEALED, {"records": list(record_ids)})]
    database.execute(_SALTS, {"records": records})
    return database.execute(_ENTRIES, {"records": records})
