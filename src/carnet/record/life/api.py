"""Life's door: what happens to a whole record, asked by people or brought by time.

Each act decides access, writes its trace and returns a `Refusal` for every anticipated no. `patient_id` is a CX;
"" is a patient's own record.
"""

from __future__ import annotations

from carnet.kernel.actor import Actor
from carnet.record.life import erasing
from carnet.record.life.actions import ask_erasure, close, lift, object_to_closing, reopen, state, suspend
from carnet.record.life.creation import announce, oppose, revoke_opposition
from carnet.record.life.deadlines import keep_house
from carnet.record.life.erasing import erase_now, replay
from carnet.record.life.values import (
    CLOSING_SYSTEM,
    Announced,
    Cause,
    Certificate,
    Changed,
    Closing,
    Due,
    Happened,
    Life,
    State,
    Step,
)

__all__ = [
    "CLOSING_SYSTEM",
    "Announced",
    "Cause",
    "Certificate",
    "Changed",
    "Closing",
    "Due",
    "Happened",
    "Life",
    "State",
    "Step",
    "announce",
    "ask_erasure",
    "certificate",
    "close",
    "erase_now",
    "erased",
    "keep_house",
    "lift",
    "object_to_closing",
    "oppose",
    "reopen",
    "replay",
    "revoke_opposition",
    "state",
    "suspend",
]


def certificate(*, actor: Actor, record_id: int) -> Certificate | None:
    """The certificate of an erasure that was done, None for a record that the ledger does not name."""
    return erasing.certificate(record_id)


def erased(*, actor: Actor) -> frozenset[int]:
    """The numbers of the records that the ledger tells erased."""
    return frozenset(erasing.told())
