"""When a result that waits to be announced opens to its person, and when they are told of it (CSP R.1111-53).

A result is first told in an announcement consultation. Two weeks after its deposit, without one, the person is told
that something was added; until then nothing says so, the list of who did what included. A month after its deposit it
opens to them by itself: except results whose teller the law names (genetics, R.1131-19), and for a person who chose not
to know (L.1111-2), of which nothing comes by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from carnet.record.access.lens import END_OF_TIME, Flag

TOLD_AFTER = timedelta(days=14)
# A month, of the longest months: never a day too early.
OPENS_AFTER = timedelta(days=31)

# Over a relation with `flags`, `registered_at` and `opens_at`: documents of which the person is told nothing yet.
UNTOLD_SQL = (
    f"(flags & {int(Flag.INVISIBLE_PATIENT)} <> 0 AND (%(never_told)s::boolean"
    " OR (opens_at > %(told_now)s AND (registered_at > %(untold_since)s OR opens_at >= %(never_opens)s))))"
)


def untold_parameters(now: datetime, *, not_to_know: bool = False) -> dict[str, Any]:
    """The values that `UNTOLD_SQL` names; `not_to_know` is the person's choice."""
    return {
        "told_now": now,
        "untold_since": now - TOLD_AFTER,
        "never_opens": END_OF_TIME,
        "never_told": not_to_know,
    }


def opening(flags: Flag, *, by_itself: bool, deposited_at: datetime) -> datetime:
    """When a document opens to its person: at its deposit, or later when it waits to be announced.

    `by_itself` says that its type opens by itself after the month.
    """
    if not flags & Flag.INVISIBLE_PATIENT:
        return deposited_at
    return deposited_at + OPENS_AFTER if by_itself else END_OF_TIME
