"""What is done after a person's death: it is declared, corrected, and an heir is let in (CSP L.1110-4 V).

The care team sees the act of death; identity-vigilance what makes somebody an heir: no single hand at a desk opens a
record to whoever it likes. From the day a death is declared nobody acts in the person's place any more, and heirs read
what one of three purposes needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carnet.kernel import clock
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.access.api import Act, Pass
from carnet.record.identity import api as identity
from carnet.record.journal.api import Action
from carnet.record.life.identities import done
from carnet.record.terminology import api as terminology


@dataclass(frozen=True, slots=True, kw_only=True)
class Deceased:
    """A record with the day of its person's death, None where it was declared wrongly."""

    record_id: int
    on: date | None


def declare_death(*, actor: Actor, domain: str, patient_id: str, on: date) -> Deceased | Refusal:
    """Write the day of a death. Rules: `decease-known`, `decease-date`, those of the gate."""

    def act(entered: Pass, _: terminology.Domain) -> Deceased | Refusal:
        today = entered.now.astimezone(clock.LEGAL_TIME).date()
        problem = identity.declare_death(actor=actor, record_id=entered.record_id, on=on, today=today)
        if problem is not None:
            return Refusal((problem,))
        access.tell_of_decease(actor=actor, record_id=entered.record_id)
        return _changed(actor, entered, on)

    return done(actor, domain, patient_id, Act.IDENTIFY, Action.RECORD_DECEASE, act, detail=f"{on:%d/%m/%Y}")


def take_death_back(*, actor: Actor, domain: str, patient_id: str) -> Deceased | Refusal:
    """The person lives: the declaration was wrong. Rules: `decease-none`, those of the gate."""

    def act(entered: Pass, _: terminology.Domain) -> Deceased | Refusal:
        problem = identity.take_death_back(actor=actor, record_id=entered.record_id)
        if problem is not None:
            return Refusal((problem,))
        access.end_heirs(actor=actor, record_id=entered.record_id, now=entered.now)
        return _changed(actor, entered, None)

    return done(actor, domain, patient_id, Act.IDENTIFY, Action.RECORD_DECEASE, act, detail="rectification")


def invite_heir(
    *, actor: Actor, domain: str, patient_id: str, purpose: access.HeirPurpose, until: datetime | None = None
) -> access.Invitation | Refusal:
    """A code for an heir, who enters it from an account of their own or makes one with it; for identity-vigilance.

    Rules: `heir-of-the-living`, `heir-opposed`, `until-past`, those of the gate.
    """

    def act(entered: Pass, _: terminology.Domain) -> access.Invitation | Refusal:
        return access.invite_heir(actor=actor, entered=entered, purpose=purpose, until=until)

    detail = f"ayant droit : {access.HEIR_PURPOSES[purpose]}"
    return done(actor, domain, patient_id, Act.MERGE, Action.ACCESS_DELEGATE, act, detail=detail)


def _changed(actor: Actor, entered: Pass, on: date | None) -> Deceased:
    access.controls_changed(actor=actor, record_id=entered.record_id)
    return Deceased(record_id=entered.record_id, on=on)
