"""Every row of a record, in every table: found in the catalogue, so that no table can be forgotten.

A table that belongs to records has a column `record_id`; it is emptied of the record, tables that refer to others
first. What keeps its rows is named by the caller. The names in these statements are the catalogue's own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from graphlib import TopologicalSorter

from carnet.kernel import database

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


def tables(*, kept: Collection[str] = (), room: str = "") -> list[str]:
    """The tables of records (of one room, or all but the kept ones), those that refer to others before them."""
    prefix = f"{room}_" if room else ""
    found = {name for (name,) in database.rows(_TABLES) if name.startswith(prefix)} - set(kept)
    order: TopologicalSorter[str] = TopologicalSorter({name: set() for name in found})
    for source, target in database.rows(_REFERENCES):
        if source in found and target in found:
            order.add(target, source)
    return list(order.static_order())


def remaining(record_ids: Sequence[int], *, kept: Collection[str]) -> set[int]:
    """Those of these records of which some table, but the kept ones, still has a row."""
    names = tables(kept=kept)
    parts = [f'SELECT record_id FROM "{name}" WHERE record_id = ANY(%(ids)s)' for name in names]  # noqa: S608
    return {found for (found,) in database.rows(" UNION ".join(parts), {"ids": list(record_ids)})}


def erase_rows(record_ids: Sequence[int], *, kept: Collection[str] = (), room: str = "") -> int:
    """Delete every row of these records inside the caller's transaction; how many there were."""
    names = tables(kept=kept, room=room)
    statements = [f'DELETE FROM "{name}" WHERE record_id = ANY(%(ids)s)' for name in names]  # noqa: S608
    return sum(database.execute(statement, {"ids": list(record_ids)}) for statement in statements)
