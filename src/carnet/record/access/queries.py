"""What a record says of an actor, in one statement that starts from a foreign name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.record.access.rules import Standing
from carnet.record.identity.api import PatientIdentifier, RecordStatus

# The locator and the record's row are read here because the decision needs both before anything else
# may be said about the record; a round trip each would double the cost of every request.
_COLUMNS = """
SELECT r.record_id, r.status, p.state, s.state, COALESCE(p.treating, false), r.qualification,
       i.system, i.value, i.type_code
"""

_GRANTS = """
LEFT JOIN identity_identifier i ON i.record_id = r.record_id AND i.current
LEFT JOIN access_authorisation p
       ON p.record_id = r.record_id AND p.grantee = 'p:' || %(person)s AND (p.until IS NULL OR p.until > %(now)s)
LEFT JOIN access_authorisation s
       ON s.record_id = r.record_id AND s.grantee = 's:' || %(structure)s AND (s.until IS NULL OR s.until > %(now)s)
"""

# A record that was merged into another is that one, for every name and every id it had.
_BY_NAME = f"""{_COLUMNS}
FROM kernel_locator l
JOIN identity_record n ON n.record_id = l.record_id
JOIN identity_record r ON r.record_id = COALESCE(n.merged_into, n.record_id)
{_GRANTS}
WHERE l.domain = %(domain)s AND l.name = %(name)s
"""

_BY_RECORD = f"""{_COLUMNS.replace("SELECT", "SELECT DISTINCT")}
FROM identity_record n JOIN identity_record r ON r.record_id = COALESCE(n.merged_into, n.record_id)
{_GRANTS}
WHERE n.record_id = ANY(%(record_ids)s) AND r.domain = %(domain)s
"""


# Whether the record of `%(record_id)s` answers at all, for a statement that writes: what was decided a moment before
# does not hold for a record that was closed, suspended, merged or erased since.
ANSWERS_SQL = (
    f"EXISTS (SELECT FROM identity_record WHERE record_id = %(record_id)s AND status = '{RecordStatus.ACTIVE.value}')"
)

_HOLD = "SELECT 1 FROM identity_record WHERE record_id = %s FOR UPDATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """One grantee of a record, for its patient: a PS_IdNat or a Struct_IdNat, allowed or blocked."""

    grantee: str
    is_structure: bool
    state: str
    treating: bool
    basis: str


def _standing(row: tuple[Any, ...], consent_required: bool) -> Standing:
    record_id, status, person_state, structure_state, treating, qualification, system, value, type_code = row
    return Standing(
        record_id=record_id,
        status=RecordStatus(status),
        consent_required=consent_required,
        person_state=person_state or "",
        structure_state=structure_state or "",
        treating=treating,
        identifier=None if system is None else PatientIdentifier(system, value, type_code),
        qualification=qualification,
    )


def standing_by_name(*, actor: Actor, domain: int, name: str, now: object, consent_required: bool) -> Standing | None:
    """The standing of an actor in the record that a name leads to, None for an unknown name."""
    row = database.row(
        _BY_NAME,
        {"person": actor.person, "structure": actor.structure, "now": now, "domain": domain, "name": name},
    )
    return None if row is None else _standing(row, consent_required)


def standings(
    *, actor: Actor, domain: int, record_ids: list[int], now: object, consent_required: bool
) -> list[Standing]:
    """The standing of an actor in each of these records of one domain."""
    found = database.rows(
        _BY_RECORD,
        {
            "person": actor.person,
            "structure": actor.structure,
            "now": now,
            "domain": domain,
            "record_ids": record_ids,
        },
    )
    return [_standing(row, consent_required) for row in found]


def hold(record_id: int) -> None:
    """Nobody else changes the state of a record before the caller's transaction ends."""
    database.row(_HOLD, (record_id,))


def authorisations(record_id: int) -> list[Authorisation]:
    """Everybody who was authorised or blocked in a record."""
    found = database.rows(
        "SELECT grantee, state, treating, basis FROM access_authorisation WHERE record_id = %s ORDER BY since, grantee",
        (record_id,),
    )
    return [
        Authorisation(
            grantee=grantee[2:], is_structure=grantee.startswith("s:"), state=state, treating=treating, basis=basis
        )
        for grantee, state, treating, basis in found
    ]
