"""Rotation of the master key: every wrapped key wrapped again by the one in force, one row a record.

Documents are not touched. Nothing waits for it: a row is written only if it still holds what was read, a key that was
destroyed meanwhile has no row, and readers open what either key wrapped. It may be stopped at any moment and begun
again: what is left to do is what the rows say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from carnet.kernel import database, key_backups, master_key

_BATCH = 500
_LEFT = "SELECT count(*) FROM kernel_record_key WHERE master <> %s"
_COUNTS = "SELECT master, count(*) FROM kernel_record_key GROUP BY master"
_NEXT = """
SELECT record_id, wrapped FROM kernel_record_key WHERE master <> %s AND record_id > %s ORDER BY record_id LIMIT %s
"""
_REWRAP = """
UPDATE kernel_record_key k SET master = %s, wrapped = n.after
FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS n (record_id, before, after)
WHERE k.record_id = n.record_id AND k.wrapped = n.before
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one batch did: keys wrapped again, and those that no key of the ring opens."""

    wrapped: int
    closed: int


def in_database() -> Counter[str]:
    """How many keys of the database each master key wraps, by its name."""
    return Counter(dict(database.rows(_COUNTS)))


def in_backups() -> Counter[str]:
    """The same over every file of key backups; raises KeysDamagedError."""
    return sum((key_backups.masters(backup.path) for backup in key_backups.known()), Counter())


def left() -> int:
    """How many keys of the database another key than the one in force wraps."""
    found = database.row(_LEFT, (master_key.ring()[0].name,))
    return int(found[0]) if found else 0


def rewrap_database() -> Iterator[Progress]:
    """Wrap again, a batch and a transaction at a time, until a whole pass finds nothing more to do."""
    while True:
        wrapped = 0
        for progress in _pass():
            wrapped += progress.wrapped
            yield progress
        if not wrapped:
            return


def _pass() -> Iterator[Progress]:
    name, after = master_key.ring()[0].name, -1
    while found := database.rows(_NEXT, (name, after, _BATCH)):
        after = found[-1][0]
        changed = [(one, before, again) for one, before in found if (again := _again(one, before)) is not None]
        columns = [[row[place] for row in changed] for place in range(3)]
        wrapped = database.execute(_REWRAP, (name, columns[0], columns[1], columns[2]))
        yield Progress(wrapped=wrapped, closed=len(found) - len(changed))


def _again(record_id: int, wrapped: bytes) -> bytes | None:
    about = record_id.to_bytes(8)
    try:
        return master_key.ring()[0].wrap(master_key.unwrap(wrapped, about), about)
    except master_key.KeyUnavailableError:
        return None


def rewrap_backups() -> Iterator[Progress]:
    """Wrap again the keys of each file of key backups that another key wraps; destroyed ones stay destroyed."""
    name = master_key.ring()[0].name
    for backup in key_backups.known():
        if set(key_backups.masters(backup.path)) <= {name}:
            continue
        wrapped = closed = 0

        def change(record_id: int, master: str, before: bytes) -> tuple[str, bytes]:
            nonlocal wrapped, closed
            if master == name:
                return master, before
            again = _again(record_id, before)
            if again is None:
                closed += 1
                return master, before
            wrapped += 1
            return name, again

        key_backups.rewrap(backup.path, change)
        yield Progress(wrapped=wrapped, closed=closed)
