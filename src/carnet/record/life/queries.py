"""Reads: where records are in their life, and which of them have something due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from carnet.kernel import database
from carnet.record.identity.api import RecordStatus
from carnet.record.life import rules
from carnet.record.life.values import Life

_LIFE = """
SELECT r.record_id, r.status, r.status_reason, r.status_since, r.opposition_until,
       s.cause, s.informed_at, s.objected_at, e.asked_at, e.started_at
FROM identity_record r
LEFT JOIN life_suspension s ON s.record_id = r.record_id
LEFT JOIN life_erasure e ON e.record_id = r.record_id
"""
_ONE = f"{_LIFE} WHERE r.record_id = %(record_id)s"
# Acts on one record's life queue here until the first one commits.
_LOCK = "SELECT 1 FROM identity_record WHERE record_id = %s FOR UPDATE"

# Rows that may be due, generously: the rule decides on each.
_WAITING = f"""{_LIFE}
WHERE r.domain = %(domain)s AND r.record_id > %(after)s AND (
      (r.status = 'announced' AND r.opposition_until <= %(now)s)
   OR (r.status = 'suspended' AND s.objected_at IS NULL AND s.informed_at <= %(objection)s)
   OR (r.status = 'closed' AND r.status_since <= %(end)s)
   OR e.asked_at <= %(erasure)s OR e.started_at IS NOT NULL)
ORDER BY r.record_id LIMIT %(limit)s
"""

# A record and those that were merged into it are one person's.
_FAMILY = """
WITH RECURSIVE family AS (
    SELECT record_id FROM identity_record WHERE record_id = %s
    UNION
    SELECT r.record_id FROM identity_record r JOIN family f ON r.merged_into = f.record_id
)
SELECT record_id FROM family ORDER BY record_id
"""

_OPPOSED = "SELECT min(since) FROM life_opposition WHERE domain = %s AND person = ANY(%s::bytea[])"


def _life(row: tuple[Any, ...]) -> Life:
    record_id, status, reason, since, until, cause, informed_at, objected_at, asked_at, started_at = row
    return Life(
        record_id=record_id,
        status=RecordStatus(status),
        reason=reason,
        since=since,
        opposition_until=until,
        cause=cause or "",
        informed_at=informed_at,
        objected_at=objected_at,
        erasure_asked_at=asked_at,
        erasure_started_at=started_at,
    )


def life(record_id: int) -> Life | None:
    """Where a record is in its life, None for an unknown record."""
    row = database.row(_ONE, {"record_id": record_id})
    return None if row is None else _life(row)


def locked(record_id: int) -> Life | None:
    """The same, and nobody else changes it before the caller's transaction ends."""
    database.row(_LOCK, (record_id,))
    return life(record_id)


def waiting(domain: int, now: datetime, *, after: int, limit: int) -> list[Life]:
    """Records of a domain, by number, of which something may be due by `now`."""
    found = database.rows(
        _WAITING,
        {
            "domain": domain,
            "now": now,
            "after": after,
            "limit": limit,
            "objection": now - rules.OBJECTION,
            "end": now - rules.SOONEST_END,
            "erasure": now - rules.SOONEST_ERASURE,
        },
    )
    return [_life(row) for row in found]


def family(record_id: int) -> list[int]:
    """A record and those that were merged into it."""
    return [found for (found,) in database.rows(_FAMILY, (record_id,))]


def opposed_since(domain: int, people: list[bytes]) -> datetime | None:
    """Since when a person, by the keyed hashes of their identifiers, refuses an automatic creation."""
    row = database.row(_OPPOSED, (domain, people))
    return None if row is None else row[0]
