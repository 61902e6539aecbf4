"""What may be asked about the life of a record, by any reader: each act with what it means before it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from carnet.kernel.errors import Refusal
from carnet.record.identity.api import RecordStatus
from carnet.record.life import api as life

OPEN = (RecordStatus.ACTIVE, RecordStatus.SUSPENDED)
ERASE = "effacer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: where it is offered, what is told, what is ticked, what is done and said afterwards.

    `do` is called with `actor`, `domain` and `patient_id` (a CX, "" for one's own record), and decides.
    """

    name: str
    on: tuple[RecordStatus, ...]
    title: str
    short: str
    consequences: tuple[str, ...]
    agreed: str
    button: str
    done: str
    ends: bool = False
    do: Callable[..., life.Changed | Refusal]


def possible(acts: Iterable[Act], status: RecordStatus, *, erasing: bool) -> tuple[Act, ...]:
    """The acts that a record in this state is offered; an erasure is asked for once."""
    return tuple(act for act in acts if status in act.on and not (erasing and act.name == ERASE))
