"""Every row of a record, in every table: found in the catalogue, so that no table can be forgotten.

The names in these statements are the catalogue's own. A table that belongs to records has a column `record_id`; it is emptied of the record, tables that refer to others
first. What keeps its rows is in `KEPT`, with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import TopologicalSorter

from carnet.kernel import database

KEPT = {
    "journal_entry": "traces outlive what they tell about (CSP R.1111-43)",
}

# Partitions are reached through their table.
_TABLES = """
SELECT c.relname::text
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'record_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
_REFERENCES = """
SELECT s.relname::text, t.relname::text
FROM pg_constraint f JOIN pg_class s ON s.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
WHERE f.contype = 'f' AND f.conrelid <> f.confrelid
"""


def tables() -> list[str]:
    """The tables of records that an erasure empties, those that refer to others before them."""
    found = {name for (name,) in database.rows(_TABLES)} - KEPT.keys()
    order: TopologicalSorter[str] = TopologicalSorter({name: set() for name in found})
    for source, target in database.rows(_REFERENCES):
        if source in found and target in found:
            order.add(target, source)
    return list(order.static_order())


def remaining(record_ids: Sequence[int]) -> set[int]:
    """Those of these records of which some table still has a row."""
    parts = [f'SELECT record_id FROM "{name}" WHERE record_id = ANY(%(ids)s)' for name in tables()]  # noqa: S608
    return {found for (found,) in database.rows(" UNION ".join(parts), {"ids": list(record_ids)})}


def erase_rows(record_ids: Sequence[int]) -> int:
    """Delete every row of these records inside the caller's transaction; how many there were."""
    statements = [f'DELETE FROM "{name}" WHERE record_id = ANY(%(ids)s)' for name in tables()]  # noqa: S608
    return sum(database.execute(statement, {"ids": list(record_ids)}) for statement in statements)
