"""What happened to the account that opens a person's own record: written in its journal, decided elsewhere."""

from __future__ import annotations

from carnet.kernel.actor import Actor
from carnet.record.access import gate, mailing
from carnet.record.directory import api as directory
from carnet.record.journal import api as journal


def note_account(*, actor: Actor, rule: str, recovered: bool) -> None:
    """Write in the journal of the actor's own record that a way to sign in changed, or that an access was recovered.

    `rule` names the means: `password`, `application`, `passkey`, `recovery-codes`, `recovery-code`, `address`,
    `mail-code`, `mail-code+second-proof`. The proof of the actor says how it was decided.
    """
    action = journal.Action.ACCOUNT_RECOVER if recovered else journal.Action.ACCOUNT_CHANGE
    journal.append(actor=actor, action=action, record_id=actor.record_id or gate.NO_RECORD, rule=rule)


def note_sign_in(*, actor: Actor, login: str, rule: str, done: bool) -> None:
    """Write that somebody signed in, or could not: in the record of whose account `login` is, else under no record.

    What was typed is kept only where it is an account's login: in the wrong field it would be a password. The same
    statements run whether there is such an account or not.
    """
    _note(journal.Action.SIGN_IN, actor=actor, login=login, rule=rule, done=done)


def note_sign_out(*, actor: Actor, login: str, rule: str) -> None:
    """Write that a session ended, in the same place as its beginning: by its person, or because its time was over."""
    _note(journal.Action.SIGN_OUT, actor=actor, login=login, rule=rule, done=True)


def _note(action: journal.Action, *, actor: Actor, login: str, rule: str, done: bool) -> None:
    record_id, known = directory.account_named(actor=actor, login=login)
    journal.append(
        actor=actor,
        action=action,
        record_id=record_id or actor.record_id or gate.NO_RECORD,
        outcome=journal.Outcome.DONE if done else journal.Outcome.REFUSED,
        rule=rule,
        detail=login if known else "",
    )


def note_mail(*, actor: Actor, login: str, letter: str, sent: bool) -> None:
    """Write that a letter was written to the holder of an account, or that there was nobody to write to.

    Never where to, nor what it says; the same statements whether there is such an account or not.
    """
    record_id, _ = directory.account_named(actor=actor, login=login)
    mailing.note(record_id or gate.NO_RECORD, letter, to=mailing.HOLDER, sent=sent)
