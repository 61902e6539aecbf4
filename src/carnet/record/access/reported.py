"""What other software says that it did with a person's data (ITI-20): kept as its word, never as an act of ours.

The trace's actor is who sent it, proven as for any act; what was sent is in its detail. Sending is allowed where the
sender may feed the record: whoever may not learns nothing that a refused deposit does not tell.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import gate
from carnet.record.access.rules import Act
from carnet.record.journal import api as journal

_ACTION = journal.Action.JOURNAL_RECEIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An act as its own system tells it: who, by which software, what (codes of AuditEvent), when (RFC 3339)."""

    who: str
    software: str
    kind: str
    action: str
    outcome: str
    at: str


def note_reported(*, actor: Actor, domain: str, patient_id: str, said: Said) -> journal.Place | Refusal:
    """Keep what software says of its own act about a patient (CX), or about nobody: a structure may say that too."""
    record_id, rule = gate.NO_RECORD, "structure-reports"
    if patient_id:
        entered = gate.enter(actor=actor, domain=domain, patient_id=patient_id, act=Act.FEED, action=_ACTION)
        if isinstance(entered, Refusal):
            return entered
        record_id, rule = entered.record_id, entered.rule
    elif actor.kind is not ActorKind.STRUCTURE:
        return gate.refuse(_of_nobody(), actor=actor, action=_ACTION, record_id=gate.NO_RECORD)
    return journal.receive(
        actor=actor, record_id=record_id, rule=rule, detail=json.dumps(asdict(said), ensure_ascii=False)
    )


def _of_nobody() -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule="patient-required",
        text="Le patient dont l'acte parle est attendu.",
        field="AuditEvent.entity",
        expected="une entité de rôle 1 (Patient)",
        source="IHE BALP 3:5.7.4",
    )
