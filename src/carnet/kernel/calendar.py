"""Months and years as the law counts them: pure arithmetic."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime


def add_months(at: datetime, months: int) -> datetime:
    """The same day and hour `months` later; the last day of a month that is too short."""
    years, month = divmod(at.month - 1 + months, 12)
    year = at.year + years
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
