"""Authorisations of a record that is merged into another of the same person, and back.

Who was authorised in either is authorised in both together; who was blocked in either is blocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carnet.kernel import database

_BLOCK = """
UPDATE access_authorisation d SET state = 'blocked'
FROM access_authorisation s
WHERE s.record_id = %(source)s AND d.record_id = %(destination)s AND s.grantee = d.grantee
  AND s.state = 'blocked' AND s.until IS NULL AND d.state = 'allowed'
RETURNING d.grantee
"""
_GIVE = """
INSERT INTO access_authorisation (record_id, grantee, state, treating, since, until, basis, declared_by)
SELECT %(destination)s, grantee, state,
       treating AND NOT EXISTS (SELECT FROM access_authorisation t
                                 WHERE t.record_id = %(destination)s AND t.treating AND t.state = 'allowed'),
       since, until, basis, declared_by
FROM access_authorisation WHERE record_id = %(source)s
ON CONFLICT DO NOTHING
RETURNING grantee
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """Grantees who came into a record with another one, and those whom the other one blocks there."""

    given: Sequence[str]
    blocked: Sequence[str]


def share_grants(*, source: int, destination: int) -> Shared:
    """Bring the authorisations of one record into another, inside the caller's transaction (`carnet.record.life`).

    A person has one médecin traitant: the destination's, if there is one.
    """
    both = {"source": source, "destination": destination}
    blocked = [grantee for (grantee,) in database.rows(_BLOCK, both)]
    given = [grantee for (grantee,) in database.rows(_GIVE, both)]
    return Shared(given=given, blocked=blocked)


def take_back_grants(*, record_id: int, shared: Shared) -> None:
    """Undo `share_grants` in the record they came into, inside the caller's transaction."""
    database.execute(
        "DELETE FROM access_authorisation WHERE record_id = %s AND grantee = ANY(%s)", (record_id, list(shared.given))
    )
    database.execute(
        "UPDATE access_authorisation SET state = 'allowed' WHERE record_id = %s AND grantee = ANY(%s)",
        (record_id, list(shared.blocked)),
    )
