"""Which domains are closed: read, and no more written, until the end of their retention.

Every decision asks, so each process reads the table once a second at most: a closing holds everywhere within
`FRESH_SECONDS`. Instants are in the time of the domain (`clock.now_in`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from carnet.kernel import database

FRESH_SECONDS = 1.0
_READ = "SELECT domain, closed_at, closed_by, reason, kept_until FROM kernel_closed_domain"
_CLOSE = """
INSERT INTO kernel_closed_domain (domain, closed_at, closed_by, reason, kept_until) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """A domain that was closed: when, by whom and why, and the end of its retention."""

    closed_at: datetime
    closed_by: str
    reason: str
    kept_until: datetime


class _Known:
    """The closed domains, as this process last read them."""

    def __init__(self) -> None:
        self.read_at = -FRESH_SECONDS
        self.by_domain: dict[int, Closed] = {}


_known = _Known()


def closed(domain: int) -> Closed | None:
    """The closing of the domain of this number, None for one that is open."""
    present = time.monotonic()
    if present - _known.read_at >= FRESH_SECONDS:
        _known.by_domain = {number: Closed(*row) for number, *row in database.rows(_READ)}
        _known.read_at = present
    return _known.by_domain.get(domain)


def close(domain: int, closed: Closed) -> bool:
    """Close a domain, in the caller's transaction; False when it was closed already."""
    written = database.execute(_CLOSE, (domain, closed.closed_at, closed.closed_by, closed.reason, closed.kept_until))
    forget()
    return written == 1


def reopen(domain: int) -> bool:
    """Open a closed domain again, in the caller's transaction; False when it was open."""
    written = database.execute("DELETE FROM kernel_closed_domain WHERE domain = %s", (domain,))
    forget()
    return written == 1


def forget() -> None:
    """Read the table again at the next question."""
    _known.read_at = -FRESH_SECONDS
