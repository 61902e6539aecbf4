"""Who has access to a record, and why: the list a person reads, sorts out and changes (CSP L.1111-19; DMP TD1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import choices, controls, feeding
from carnet.record.access.choices import PersonChoices
from carnet.record.access.controls import PERSON
from carnet.record.access.feeding import FeedingOpposition
from carnet.record.directory import api as directory
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action

_LIST = """
SELECT grantee, state, treating, since, until, basis, declared_by FROM access_authorisation
WHERE record_id = %s ORDER BY treating DESC, since DESC, grantee
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grantee:
    """Somebody who has access, had it, or is shut out.

    `grantee` is `p:` and a PS_IdNat, or `s:` and a Struct_IdNat; `basis` is why (`care-team`, `explicit`, `by-person`,
    `collected`, `blocked`…); `in_force` says that it holds now. `profession` is a TRE_G15 code, "" for a structure.
    """

    grantee: str
    name: str
    profession: str
    places: tuple[str, ...]
    state: str
    treating: bool
    basis: str
    since: datetime
    until: datetime | None
    declared_by: str
    in_force: bool

    @property
    def identifier(self) -> str:
        """The PS_IdNat or the Struct_IdNat."""
        return self.grantee[2:]

    @property
    def is_structure(self) -> bool:
        """Whether a whole structure has access."""
        return not self.grantee.startswith(PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Everything that a person set in their record: who is in or out, their choices, their oppositions to feeding."""

    record_id: int
    now: datetime
    grantees: tuple[Grantee, ...]
    choices: PersonChoices
    oppositions: tuple[FeedingOpposition, ...]


def controls_of(*, actor: Actor, domain: str, patient_id: str = "") -> Controls | Refusal:
    """What a person set in their record, for them or whoever manages it; a CX, "" for the record that one acts in."""
    action = Action.ACCESS_LIST
    with transaction.atomic():
        entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action)
        if isinstance(entered, Refusal):
            return entered
        journal.append(actor=actor, action=action, record_id=entered.record_id, rule=entered.rule)
        return Controls(
            record_id=entered.record_id,
            now=entered.now,
            grantees=tuple(_grantee(row, entered.now) for row in database.rows(_LIST, (entered.record_id,))),
            choices=choices.of(entered.record_id),
            oppositions=feeding.of(entered.record_id),
        )


def _grantee(row: tuple[str, str, bool, datetime, datetime | None, str, str], now: datetime) -> Grantee:
    grantee, state, treating, since, until, basis, declared_by = row
    found = directory.professional(grantee[2:]) if grantee.startswith(PERSON) else None
    places = [] if found is None else [directory.structure(place) for place in found.structures]
    return Grantee(
        grantee=grantee,
        name=controls.name_of(grantee),
        profession="" if found is None else found.profession,
        places=tuple(place.name for place in places if place is not None),
        state=state,
        treating=treating,
        basis=basis,
        since=since,
        until=until,
        declared_by=declared_by,
        in_force=until is None or until > now,
    )
