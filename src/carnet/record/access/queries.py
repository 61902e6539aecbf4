"""What a record says of an actor, in one statement that starts from a foreign name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.kernel import database
from carnet.kernel.actor import Actor, Purpose
from carnet.record.access.standing import DEFAULT_CHOICES, Choices, DelegateKind, Delegation, Scope, Standing
from carnet.record.identity.api import PatientIdentifier, RecordStatus

# The locator and the record's row are read here because the decision needs both before anything else
# may be said about the record; a round trip each would double the cost of every request. Authorisations that ran out
# are read too: the refusal then says so.
_COLUMNS = """
SELECT r.record_id, r.status, p.state, p.basis, p.until, s.state, s.until, COALESCE(p.treating, false),
       c.regulation, c.break_glass, c.emergency_masked, c.tells_hidden, c.not_to_know, c.heirs,
       ARRAY(SELECT CASE g.effect WHEN 'granted' THEN '+' ELSE '-' END || g.grantee || ' ' || g.lineage
               FROM access_document_permission g
              WHERE g.record_id = r.record_id AND g.grantee IN ('p:' || %(person)s, 's:' || %(structure)s)
                AND (g.until IS NULL OR g.until > %(now)s)),
       EXISTS (SELECT FROM access_feeding_opposition f
                WHERE f.record_id = r.record_id AND f.grantee IN ('', 'p:' || %(person)s, 's:' || %(structure)s)
                  AND (f.until IS NULL OR f.until > %(now)s)),
       d.kind, d.scope, d.purpose,
       (SELECT e.purpose FROM access_emergency e
         WHERE e.record_id = r.record_id AND e.person = %(person)s AND e.structure = %(structure)s
           AND e.at <= %(now)s AND e.until > %(now)s
           AND (e.purpose = 'centre_15' OR (e.unable AND e.danger))
         ORDER BY e.until DESC LIMIT 1),
       r.birth_date, r.deceased_on IS NOT NULL, r.qualification, i.system, i.value, i.type_code
"""

_GRANTS = """
LEFT JOIN identity_identifier i ON i.record_id = r.record_id AND i.current
LEFT JOIN access_authorisation p ON p.record_id = r.record_id AND p.grantee = 'p:' || %(person)s
LEFT JOIN access_authorisation s ON s.record_id = r.record_id AND s.grantee = 's:' || %(structure)s
LEFT JOIN access_choice c ON c.record_id = r.record_id
LEFT JOIN access_delegation d
       ON d.record_id = r.record_id AND d.holder = %(person)s AND d.since <= %(now)s
      AND (d.until IS NULL OR d.until > %(now)s)
"""

# A record that was merged into another is that one, for every name and every id it had.
_BY_NAME = f"""{_COLUMNS}
FROM kernel_locator l
JOIN identity_record n ON n.record_id = l.record_id
JOIN identity_record r ON r.record_id = COALESCE(n.merged_into, n.record_id)
{_GRANTS}
WHERE l.domain = %(domain)s AND l.name = %(name)s
"""

_BY_RECORD = f"""{_COLUMNS.replace("SELECT r.record_id", "SELECT DISTINCT r.record_id", 1)}
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


def _standing(row: tuple[Any, ...], now: datetime, consent_required: bool) -> Standing:
    person_state, basis, person_until, structure_state, structure_until = row[2:7]
    ended = [until is not None and until <= now for until in (person_until, structure_until)]
    granted, denied = _permissions(row[14])
    kind, scope, purpose, emergency, born, deceased, qualification, system, value, type_code = row[16:]
    return Standing(
        record_id=row[0],
        status=RecordStatus(row[1]),
        consent_required=consent_required,
        person_state="" if ended[0] else person_state or "",
        person_basis="" if ended[0] else basis or "",
        structure_state="" if ended[1] else structure_state or "",
        expired=(ended[0] and person_state == "allowed") or (ended[1] and structure_state == "allowed"),
        treating=row[7] and not ended[0],
        choices=DEFAULT_CHOICES if row[8] is None else Choices(**dict(zip(_CHOICES, row[8:14], strict=True))),
        feeding_opposed=row[15],
        granted=granted,
        denied=denied,
        delegation=None if kind is None else Delegation(kind=DelegateKind(kind), scope=Scope(scope), purpose=purpose),
        emergency=Purpose.NORMAL if emergency is None else Purpose(emergency),
        born=born,
        deceased=deceased,
        identifier=None if system is None else PatientIdentifier(system, value, type_code),
        qualification=qualification,
    )


_CHOICES = ("regulation", "break_glass", "emergency_masked", "tells_hidden", "not_to_know", "heirs")


def _permissions(found: list[str]) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """The lineages that were opened and closed to an actor: what is said of a person goes before their structure."""
    if not found:
        return _NOTHING, _NOTHING
    effects: dict[UUID, str] = {}
    for one in sorted(found, key=lambda text: text[1:2], reverse=True):
        # `s:` before `p:`, so that the person's own permission is the last word.
        effects[UUID(one.rpartition(" ")[2])] = one[0]
    granted = frozenset(lineage for lineage, effect in effects.items() if effect == "+")
    return granted, frozenset(effects) - granted


_NOTHING: frozenset[UUID] = frozenset()


def standing_by_name(*, actor: Actor, domain: int, name: str, now: datetime, consent_required: bool) -> Standing | None:
    """The standing of an actor in the record that a name leads to, None for an unknown name."""
    row = database.row(
        _BY_NAME,
        {"person": actor.person, "structure": actor.structure, "now": now, "domain": domain, "name": name},
    )
    return None if row is None else _standing(row, now, consent_required)


def standings(
    *, actor: Actor, domain: int, record_ids: list[int], now: datetime, consent_required: bool
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
    return [_standing(row, now, consent_required) for row in found]


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
