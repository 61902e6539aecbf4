"""What happened to the account that opens a person's own record: written in its journal, decided elsewhere."""

from __future__ import annotations

from carnet.kernel.actor import Actor
from carnet.record.access import gate
from carnet.record.journal import api as journal


def note_account(*, actor: Actor, rule: str, recovered: bool) -> None:
    """Write in the journal of the actor's own record that a way to sign in changed, or that an access was recovered.

    `rule` names the means: `password`, `application`, `passkey`, `recovery-codes`, `recovery-code`, `address`,
    `mail-code`, `mail-code+second-proof`. The proof of the actor says how it was decided.
    """
    action = journal.Action.ACCOUNT_RECOVER if recovered else journal.Action.ACCOUNT_CHANGE
    journal.append(actor=actor, action=action, record_id=actor.record_id or gate.NO_RECORD, rule=rule)
