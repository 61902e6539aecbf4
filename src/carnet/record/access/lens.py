"""The lens: everything complicated about an actor and a record, compiled to a filter over rows.

A row carries raw state, never an audience: `flags`, `owner_person`, `owner_structure`, `typ`, `opens_at`, `lineage`.
The predicate is written twice, here and in `SQL`, and the two are proved equal by tests:

    visible := flags & DELETED = 0 ∧ id ∉ denied ∧ (owner ∈ own ∨ id ∈ granted
                                                    ∨ (flags & blind = 0 ∧ types >> typ & 1 ∧ opens_at ≤ now))

`opens_at` is when a row opens to the person of the record: at its deposit, or for a result that waits to be announced
one month later (CSP R.1111-53), or never by itself. Professionals look from the end of time, the person from now.

Here id is the document's lineage: visibility belongs to all its versions together. What was deleted is hidden from
everybody, those who deposited it included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntFlag
from typing import Any
from uuid import UUID

# Names nobody in SQL, where an owner's name may be empty and a comparison must not be unknown.
_NOBODY = "\x7f"
# Every one of the 64 bits of a bigint, the sign included: type numbers run from 0 to 63.
ALL_TYPES = -1
# Later than any opening, `never` included: the moment from which whoever does not wait for an announcement looks.
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


class Flag(IntFlag):
    """State bits of a row; confidentialityCode (JDV_J08) and status give them.

    `FORMER` marks a version of the metadata that a later version of the same document took the place of.
    """

    MASKED = 1
    INVISIBLE_PATIENT = 2
    INVISIBLE_REPRESENTATIVES = 4
    SECRET = 8
    ARCHIVED = 16
    DELETED = 32
    FORMER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Whose deposits are one's own: a person's, a structure's; "" is nobody's."""

    person: str = ""
    structure: str = ""

    def has(self, owner_person: str, owner_structure: str) -> bool:
        """Whether what these own is one's own."""
        return owner_person == (self.person or _NOBODY) or owner_structure == (self.structure or _NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """What one actor sees of one record at one moment."""

    blind: Flag
    types: int
    own: Own = field(default_factory=Own)
    granted: frozenset[UUID] = field(default_factory=frozenset)
    denied: frozenset[UUID] = field(default_factory=frozenset)
    now: datetime

    def sees(
        self, *, lineage: UUID, flags: int, owner_person: str, owner_structure: str, typ: int, opens_at: datetime
    ) -> bool:
        """Whether a row is visible; the reference for the SQL form."""
        if flags & Flag.DELETED or lineage in self.denied:
            return False
        if self.own.has(owner_person, owner_structure) or lineage in self.granted:
            return True
        return flags & self.blind == 0 and self.types >> typ & 1 == 1 and opens_at <= self.now

    def parameters(self) -> dict[str, Any]:
        """The values that `SQL` names."""
        return {
            "lens_blind": int(self.blind),
            "lens_types": self.types,
            "lens_person": self.own.person or _NOBODY,
            "lens_structure": self.own.structure or _NOBODY,
            "lens_granted": sorted(self.granted),
            "lens_denied": sorted(self.denied),
            "lens_now": self.now,
        }


# Over a relation whose columns are named as above; no other condition decides visibility anywhere. A row is asked
# first what is told by its bits: a list passes over every row of a record, hidden ones too.
OWN_SQL = "owner_person = %(lens_person)s::text OR owner_structure = %(lens_structure)s::text"
SQL = (
    f"flags & {int(Flag.DELETED)} = 0"
    " AND ((flags & %(lens_blind)s = 0 AND (%(lens_types)s::bigint >> typ) & 1 = 1 AND opens_at <= %(lens_now)s)"
    f" OR {OWN_SQL} OR lineage = ANY(%(lens_granted)s::uuid[]))"
    " AND NOT (lineage = ANY(%(lens_denied)s::uuid[]))"
)
