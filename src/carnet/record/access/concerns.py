"""What data-protection officers look at beside emergencies: reported accesses, suspicious patterns (RGPD art. 39).

An officer of one structure sees what its people did, an officer of all sees all. They see who acted, when and how
often: never a document, nor whose record it is by name.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import gate, officers
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action, Concern

_SOURCE = "RGPD art. 39 ; CSP R.1111-46"


def concerns(*, actor: Actor) -> list[Concern] | Refusal:
    """What waits for an officer, oldest first, then what was reviewed last. Rule: `officer-only`."""
    with transaction.atomic():
        everywhere = officers.scope(actor)
        if everywhere is None:
            return _refused(actor)
        return journal.concerns(actor=actor, structure=None if everywhere else actor.structure)


def conclude(
    *, actor: Actor, record_id: int, concern: UUID, verdict: officers.Verdict, note: str = ""
) -> Refusal | None:
    """Conclude on one of them. Rules: `officer-only`, `concern-unknown`."""
    with transaction.atomic():
        everywhere = officers.scope(actor)
        if everywhere is None:
            return _refused(actor)
        done = journal.conclude(
            actor=actor,
            record_id=record_id,
            concern=concern,
            structure=None if everywhere else actor.structure,
            verdict=verdict.value,
            note=note.strip(),
        )
    if done:
        return None
    text = "Aucun signalement de ce nom n'est à contrôler ici."
    return Refusal((Problem(reason=Reason.UNKNOWN_DOCUMENT, rule="concern-unknown", text=text, source=_SOURCE),))


def _refused(actor: Actor) -> Refusal:
    text = "Le contrôle des accès revient aux délégués à la protection des données désignés."
    wrong = Problem(reason=Reason.FORBIDDEN, rule="officer-only", text=text, source=_SOURCE)
    return gate.refuse(wrong, actor=actor, action=Action.JOURNAL_REVIEW, record_id=gate.NO_RECORD)
