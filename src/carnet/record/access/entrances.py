"""Entrances in an emergency as they are kept: who, why, until when, who was told, what a review said.

An entrance is stated on a page (`emergencies`), or by the access mode of a signed assertion, noted by the gate at its
first reading. Either way the same row, event and trace: the notice and the review follow (CSP L.1111-17, R.1111-48).
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction

from carnet.kernel import database, outbox
from carnet.kernel.actor import Actor, Purpose
from carnet.kernel.ids import new_id
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action

# How long an entrance lasts; who still needs to read states the facts again.
LASTS = timedelta(hours=4)
ENTERED = "access.emergency"
BY_ASSERTION, OTHER = "assertion", "other"
_REASONS = Path(__file__).with_name("data") / "emergency_reasons.csv"

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('emergency:' || %s, 0))"
_IN_FORCE = """
SELECT 1 FROM access_emergency
WHERE record_id = %(record_id)s AND person = %(person)s AND structure = %(structure)s AND purpose = %(purpose)s
  AND until > %(now)s
"""
_WRITE = """
INSERT INTO access_emergency
    (record_id, id, person, structure, purpose, unable, danger, reason, detail, at, until, secret)
VALUES (%(record_id)s, %(id)s, %(person)s, %(structure)s, %(purpose)s, %(unable)s, %(danger)s, %(reason)s, %(detail)s,
        %(now)s, %(until)s, %(secret)s)
"""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of the list; `text` says whether words of one's own are `optional` or `required`."""

    code: str
    label: str
    text: str


@functools.cache
def _all() -> dict[str, Reason]:
    with _REASONS.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: Reason(**row) for row in csv.DictReader(lines)}


def reasons() -> tuple[Reason, ...]:
    """The reasons that somebody may choose from, in the order of the list."""
    return tuple(one for one in _all().values() if one.text != "reserved")


def label(code: str) -> str:
    """A reason in words, the code of one that left the list."""
    found = _all().get(code)
    return code if found is None else found.label


def write(
    *,
    actor: Actor,
    record_id: int,
    purpose: Purpose,
    unable: bool,
    danger: bool,
    reason: str,
    detail: str,
    rule: str,
    now: datetime,
) -> UUID:
    """Keep an entrance with its event and its trace, inside the caller's transaction."""
    own = new_id(record_id)
    database.execute(
        _WRITE,
        {
            "record_id": record_id,
            "id": own,
            "person": actor.person,
            "structure": actor.structure,
            "purpose": purpose.value,
            "unable": unable,
            "danger": danger,
            "reason": reason,
            "detail": detail,
            "now": now,
            "until": now + LASTS,
            "secret": actor.secret,
        },
    )
    outbox.record_event(record_id=record_id, kind=ENTERED, subject=own)
    journal.append(actor=actor, action=Action.EMERGENCY_ENTER, record_id=record_id, rule=rule, detail=label(reason))
    return own


def note(*, actor: Actor, record_id: int, rule: str, now: datetime) -> None:
    """Keep the entrance that a signed assertion states by its access mode, once for as long as it lasts.

    The issuer of the assertion answers for the two facts of a break-glass (VIHF, purposeofuse).
    """
    here = {
        "record_id": record_id,
        "person": actor.person,
        "structure": actor.structure,
        "purpose": actor.purpose.value,
        "now": now,
    }
    with transaction.atomic():
        database.row(_LOCK, (f"{record_id}:{actor.person}",))
        if database.row(_IN_FORCE, here) is not None:
            return
        stated = actor.purpose is Purpose.BREAK_GLASS
        write(
            actor=actor,
            record_id=record_id,
            purpose=actor.purpose,
            unable=stated,
            danger=stated,
            reason=BY_ASSERTION,
            detail="",
            rule=rule,
            now=now,
        )
