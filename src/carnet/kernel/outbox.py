"""Events: plain rows written in the transaction of what happened, moved on by the relay.

An event carries ids only; a listener reads what it needs, under its own rights.
"""

from __future__ import annotations

from uuid import UUID

from carnet.kernel import database

_RECORD = "INSERT INTO kernel_outbox (record_id, kind, subject) VALUES (%s, %s, %s)"


def record_event(*, record_id: int, kind: str, subject: UUID | None = None) -> None:
    """Write one event inside the caller's transaction; `kind` is `noun.verb` (`document.provided`)."""
    database.execute(_RECORD, (record_id, kind, subject))
