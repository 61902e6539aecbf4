"""Traces that another domain's journal wrote, kept as they came with their record.

They are that journal's words: its MAC stays with them as it was, ours is on the trace that says they were brought.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from carnet.kernel import database, rows
from carnet.kernel.rows import Row

_BROUGHT = "journal_brought"
# In the shape that they are kept in elsewhere, whatever else this journal knows of them.
_CARRIED = """
SELECT to_jsonb(jsonb_populate_record(NULL::journal_brought,
                                      to_jsonb(e) || jsonb_build_object('origin', %s::text)))::text
FROM journal_entry e WHERE e.record_id = %s
"""


def carried(record_id: int, origin: str) -> list[Row]:
    """Every trace of a record, those that came from elsewhere before too, each with where it was written."""
    own = [json.loads(text) for (text,) in database.rows(_CARRIED, (origin, record_id))]
    return rows.of(_BROUGHT, record_id) + own


def bring(record_id: int, traces: Sequence[Row]) -> int:
    """Write traces as those of another journal, inside the caller's transaction; how many."""
    return rows.put(_BROUGHT, [trace | {"record_id": record_id} for trace in traces])
