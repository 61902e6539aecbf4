"""What the journal tells a patient about documents: nothing of those that are not to be known of yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology

# To whoever acts for the person: nothing, ever, of what is kept from them.
_KEPT = int(access.Flag.INVISIBLE_REPRESENTATIVES | access.Flag.SECRET)
_UNTOLD = f"""
SELECT id FROM documents_entry
WHERE record_id = %(record_id)s AND ({access.UNTOLD_SQL} OR (%(delegate)s::boolean AND flags & {_KEPT} <> 0))
"""


def history(
    *, actor: Actor, limit: int = 50, before: tuple[datetime, int, int] | None = None
) -> list[journal.JournalLine]:
    """The traces of a patient's own record, newest first; empty for anybody who has no record of their own.

    Traces about documents that the patient is told nothing of yet (CSP R.1111-53) are kept and not listed; they are
    listed, without a title, once the two weeks are over. Who represents the person reads them too, but for what is
    kept from representatives. `before` is the place of the last line already shown.
    """
    hidden = withheld(actor)
    return [] if hidden is None else journal.history(actor=actor, limit=limit, before=before, withheld=hidden)


def last_readings(*, actor: Actor) -> journal.LastReadings:
    """When everybody last read in a patient's own record, nothing that the journal's page would not tell; for them."""
    hidden = withheld(actor)
    if hidden is None:
        return journal.LastReadings()
    return journal.last_readings(actor=actor, withheld=hidden)


def journal_proof(*, actor: Actor) -> dict[str, Any]:
    """The copy of a patient's own journal that is checked at home; empty for anybody else, representatives included.

    What `history` does not list yet has the shape of a blank place in it.
    """
    hidden = withheld(actor) if actor.kind is ActorKind.PATIENT else None
    return journal.no_proof(actor=actor) if hidden is None else journal.proof(actor=actor, withheld=hidden)


def report_line(*, actor: Actor, place: tuple[datetime, int, int], note: str) -> bool:
    """A patient reports one line that `history` lists; False when it lists no such line to them."""
    hidden = withheld(actor) if actor.kind is ActorKind.PATIENT else None
    return hidden is not None and journal.report(actor=actor, place=place, note=note, withheld=hidden)


def withheld(actor: Actor) -> frozenset[UUID] | None:
    """The documents of which the actor is told nothing in a record's journal; None for whoever reads none."""
    if actor.record_id is None:
        return None
    patient = identity.patient_of(actor=actor, record_id=actor.record_id)
    domain = None if patient is None else terminology.domain_of_number(patient.domain)
    if patient is None or domain is None:
        return None
    record_id, name = actor.record_id, domain.name
    if (
        actor.kind is not ActorKind.PATIENT
        and not access.decision_on(actor=actor, domain=name, record_id=record_id, act=access.Act.TRACES).allowed
    ):
        return None
    standing = access.standing_of(actor=actor, domain=name, record_id=record_id)
    if standing is None:
        return None
    parameters = access.untold_parameters(clock.now_in(patient.domain), not_to_know=standing.choices.not_to_know)
    delegate = actor.kind is ActorKind.DELEGATE
    found = database.rows(_UNTOLD, {"record_id": record_id, "delegate": delegate, **parameters})
    return frozenset(row[0] for row in found)
