"""The trace of a letter: which one, and to whom as a role; never the address, never what it says."""

from __future__ import annotations

from dataclasses import replace

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.journal import api as journal

MAILER = Actor(kind=ActorKind.SYSTEM, person="carnet-mail", name="Carnet", proof="process")
PERSON, TREATING, HOLDER = "la personne", "le médecin traitant", "le titulaire du compte"


def note(record_id: int, letter: str, *, to: str, sent: bool = True, secret: bool = False) -> None:
    """Write that a letter was given to the post, in the caller's transaction; `secret` as the act that it tells of."""
    journal.append(
        actor=replace(MAILER, secret=secret),
        action=journal.Action.MAIL_SEND,
        record_id=record_id,
        outcome=journal.Outcome.DONE if sent else journal.Outcome.REFUSED,
        rule=letter.replace("_", "-"),
        detail=to if sent else "",
    )
