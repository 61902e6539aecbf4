"""When a patient may learn that a document exists which they cannot read yet (CSP R.1111-53).

A result is first told in an announcement consultation. Two weeks after its deposit, without one, the patient is told
that something was added; until then nothing says so, the list of who did what included.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from carnet.record.access.lens import Flag

TOLD_AFTER = timedelta(days=14)

# Over a relation with `flags` and `registered_at`: documents of which the patient is told nothing yet.
UNTOLD_SQL = f"(flags & {int(Flag.INVISIBLE_PATIENT)} <> 0 AND registered_at > %(untold_since)s)"


def untold_parameters(now: datetime) -> dict[str, Any]:
    """The values that `UNTOLD_SQL` names."""
    return {"untold_since": now - TOLD_AFTER}
