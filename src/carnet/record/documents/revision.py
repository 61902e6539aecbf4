"""The revision of what a record holds: a write that was decided on another one is decided again.

Its row is where writers of one record queue.
"""

from __future__ import annotations

from collections.abc import Sequence

from carnet.kernel import clock, database

_LOCK = "SELECT 1 FROM documents_head WHERE record_id = ANY(%s::bigint[]) ORDER BY record_id FOR UPDATE"
_PRESENT = "SELECT revision FROM documents_head WHERE record_id = %s"
_TOUCH = """
INSERT INTO documents_head (record_id, revision, updated_at) VALUES (%s, 1, %s)
ON CONFLICT (record_id) DO UPDATE SET revision = documents_head.revision + 1, updated_at = excluded.updated_at
"""


def present(record_id: int) -> int:
    """The revision of a record, 0 while nothing was ever written in it."""
    row = database.row(_PRESENT, (record_id,))
    return row[0] if row else 0


def lock(record_ids: Sequence[int]) -> None:
    """Nobody else writes documents of these records before the caller's transaction ends."""
    database.rows(_LOCK, (list(record_ids),))


def touch(record_id: int) -> None:
    """Let every write on its way into a record be decided again, inside the caller's transaction."""
    database.execute(_TOUCH, (record_id, clock.now()))
