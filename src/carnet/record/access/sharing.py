"""What a person set in a record that is merged into another of theirs, and back.

Who was authorised in either is authorised in both together; who was blocked in either is blocked. Permissions on
documents go with the documents. Of two different choices the one that lets fewer people in holds. Whoever helps in
either helps in both, and whom the merged person helps is helped by the one who goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.kernel import database
from carnet.record.access import choices
from carnet.record.access.choices import PersonChoices

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
_DELEGATIONS = """
INSERT INTO access_delegation (record_id, holder, kind, scope, purpose, since, until, declared_by)
SELECT %(destination)s, holder, kind, scope, purpose, since, until, declared_by
FROM access_delegation WHERE record_id = %(source)s AND holder <> 'patient:' || %(destination)s::text
ON CONFLICT DO NOTHING
RETURNING holder
"""
_OPPOSITIONS = """
INSERT INTO access_feeding_opposition (record_id, grantee, reason, since, until, declared_by)
SELECT %(destination)s, grantee, reason, since, until, declared_by
FROM access_feeding_opposition WHERE record_id = %(source)s
ON CONFLICT DO NOTHING
RETURNING grantee
"""
# A person who helps others does so under the name of the record that their login leads to.
_HELD = """
UPDATE access_delegation AS d SET holder = %(to)s
WHERE d.holder = %(name)s AND d.record_id <> %(own)s
  AND (%(only)s::bigint[] IS NULL OR d.record_id = ANY(%(only)s::bigint[]))
  AND NOT EXISTS (SELECT FROM access_delegation o WHERE o.record_id = d.record_id AND o.holder = %(to)s)
RETURNING d.record_id
"""
# Where both act already, each under a title of their own.
_LEFT = """
SELECT count(*) FROM access_delegation d JOIN access_delegation o ON o.record_id = d.record_id AND o.holder = %(to)s
WHERE d.holder = %(name)s AND (d.until IS NULL OR d.until > %(now)s)
"""
_PERMISSIONS = """
UPDATE access_document_permission SET record_id = %(destination)s
WHERE record_id = %(source)s AND (%(lineages)s::uuid[] IS NULL OR lineage = ANY(%(lineages)s::uuid[]))
"""
_INVITATIONS = "DELETE FROM access_invitation WHERE record_id = %(source)s"
# Who stopped helping in both together has stopped helping in each.
_ENDED = """
UPDATE access_delegation AS o SET until = d.until FROM access_delegation d
WHERE d.record_id = %(record_id)s AND o.record_id = %(separated)s AND o.holder = d.holder AND d.holder = ANY(%(came)s)
  AND d.until IS NOT NULL AND (o.until IS NULL OR o.until > d.until)
"""
_TAKE_BACK = {
    "grant": "DELETE FROM access_authorisation WHERE record_id = %s AND grantee = ANY(%s)",
    "block": "UPDATE access_authorisation SET state = 'allowed' WHERE record_id = %s AND grantee = ANY(%s)",
    "delegation": "DELETE FROM access_delegation WHERE record_id = %s AND holder = ANY(%s)",
    "opposition": "DELETE FROM access_feeding_opposition WHERE record_id = %s AND grantee = ANY(%s)",
}
_CHANGED_AT = "SELECT changed_at FROM access_choice WHERE record_id = %s"
_NO_CHOICE = "DELETE FROM access_choice WHERE record_id = %s"
_BOTH = ("regulation", "break_glass", "emergency_masked", "tells_hidden", "heirs", "notify_document", "notify_access")


@dataclass(frozen=True, slots=True)
class Shared:
    """What came into a record with another one, by kind, under the names that a ledger keeps."""

    came: Mapping[str, Sequence[str]]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Each kind and name."""
        return ((kind, name) for kind, names in self.came.items() for name in names)


# The kinds of `Shared`.
KINDS = ("grant", "block", "delegation", "opposition", "held", "choice")


def share_grants(*, source: int, destination: int, now: datetime) -> Shared:
    """Bring what a person set in one record into another, inside the caller's transaction (`carnet.record.life`).

    A person has one médecin traitant: the destination's, if there is one.
    """
    both = {"source": source, "destination": destination}
    came = {
        "block": _names(_BLOCK, both),
        "grant": _names(_GIVE, both),
        "delegation": _names(_DELEGATIONS, both),
        "opposition": _names(_OPPOSITIONS, both),
        "held": _held(source, destination, None),
        "choice": _join_choices(source, destination, now),
    }
    database.execute(_PERMISSIONS, both | {"lineages": None})
    database.execute(_INVITATIONS, both)
    return Shared(came)


def take_back_grants(*, record_id: int, separated: int, shared: Shared, objects: Sequence[UUID]) -> None:
    """Undo `share_grants` in the record they came into, inside the caller's transaction.

    `objects` are those that go back: permissions on their lineages go with them.
    """
    came = list(shared.came.get("delegation", ()))
    database.execute(_ENDED, {"record_id": record_id, "separated": separated, "came": came})
    for kind, statement in _TAKE_BACK.items():
        database.execute(statement, (record_id, list(shared.came.get(kind, ()))))
    _held(record_id, separated, [int(name) for name in shared.came.get("held", ())])
    database.execute(_PERMISSIONS, {"source": record_id, "destination": separated, "lineages": list(objects)})
    for name in shared.came.get("choice", ()):
        _part_choices(record_id, json.loads(name))


def delegations_left(*, source: int, destination: int, now: datetime) -> int:
    """In how many records the source still acts beside the destination, under a delegation that nobody uses."""
    found = database.row(_LEFT, {"name": f"patient:{source}", "to": f"patient:{destination}", "now": now})
    return 0 if found is None else int(found[0])


def _names(statement: str, both: Mapping[str, int]) -> list[str]:
    return [name for (name,) in database.rows(statement, both)]


def _held(own: int, other: int, only: list[int] | None) -> list[str]:
    names = {"name": f"patient:{own}", "to": f"patient:{other}", "own": other, "only": only}
    return [str(record_id) for (record_id,) in database.rows(_HELD, names)]


def _join_choices(source: int, destination: int, now: datetime) -> list[str]:
    """Keep the closer of each choice in the destination; what was there before, for the ledger."""
    if database.row(_CHANGED_AT, (source,)) is None:
        return []
    before, theirs = choices.of(destination), choices.of(source)
    joined = {name: getattr(before, name) and getattr(theirs, name) for name in _BOTH}
    joined["emergency_masked"] &= joined["regulation"] or joined["break_glass"]
    after = PersonChoices(
        **joined,
        not_to_know=before.not_to_know or theirs.not_to_know,
        email=before.email or theirs.email,
    )
    changed = database.row(_CHANGED_AT, (destination,))
    was = None if changed is None else {"choices": asdict(before), "since": changed[0].isoformat()}
    choices.write(destination, after, now)
    return [json.dumps({"at": now.isoformat(), "was": was})]


def _part_choices(record_id: int, kept: Mapping[str, Any]) -> None:
    """The destination's own choices again, unless the person chose since."""
    changed = database.row(_CHANGED_AT, (record_id,))
    if changed is None or changed[0] != datetime.fromisoformat(kept["at"]):
        return
    was = kept["was"]
    if was is None:
        database.execute(_NO_CHOICE, (record_id,))
    else:
        choices.write(record_id, PersonChoices(**was["choices"]), datetime.fromisoformat(was["since"]))
