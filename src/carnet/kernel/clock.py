"""The only place that reads the system clock; rules receive the time as a value.

`now` is real time: proofs, sessions, the journal. `now_in` is the time of a domain, which a demonstration may move
forward (`carnet demo advance`): deadlines, visibility and authorisations follow it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from carnet.kernel import database

# The days and hours of French law and of people (décret n° 2017-292); instants are kept in UTC.
LEGAL_TIME = ZoneInfo("Europe/Paris")
_FRESH_SECONDS = 1.0
_READ = "SELECT domain, ahead FROM kernel_clock"
_ADVANCE = """
INSERT INTO kernel_clock (domain, ahead) VALUES (%s, %s)
ON CONFLICT (domain) DO UPDATE SET ahead = kernel_clock.ahead + excluded.ahead
"""


class _Ahead:
    """How far each domain is ahead, as this process last read it."""

    def __init__(self) -> None:
        self.read_at = -_FRESH_SECONDS
        self.by_domain: dict[int, timedelta] = {}


_ahead = _Ahead()


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def now_in(domain: int) -> datetime:
    """The present instant of the domain of this number; real time outside a demonstration."""
    if settings.CARNET_MODE != "demo":
        return now()
    present = time.monotonic()
    if present - _ahead.read_at >= _FRESH_SECONDS:
        _ahead.by_domain = dict(database.rows(_READ))
        _ahead.read_at = present
    return now() + _ahead.by_domain.get(domain, timedelta(0))


def advance(domain: int, by: timedelta) -> datetime:
    """Move the clock of a demonstration's domain forward; its present instant, for other processes within a second."""
    if settings.CARNET_MODE != "demo":
        raise ValueError("time moves by itself outside a demonstration")
    if by < timedelta(0):
        raise ValueError("a clock moves forward only: what a deadline did is not undone")
    database.execute(_ADVANCE, (domain, by))
    forget()
    return now_in(domain)


def forget() -> None:
    """Read the offsets again at the next question."""
    _ahead.read_at = -_FRESH_SECONDS
