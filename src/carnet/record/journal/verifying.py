"""Reading every trace again: those that were changed, invented or removed show."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest

from django.conf import settings

from carnet.kernel import database
from carnet.record.journal.rules import Trace, mac

_ALL = f"SELECT {', '.join(Trace._fields)}, mac FROM journal_entry ORDER BY writer, number"


@dataclass(frozen=True, slots=True)
class Verified:
    """How many traces there are, how many do not bear our MAC, how many are missing between those of their writer."""

    entries: int
    wrong: int
    missing: int


def verify() -> Verified:
    """Every trace of the journal, inside the caller's transaction.

    Each writer numbers its own from 1 without a gap: what is missing at the end of a writer cannot be told.
    """
    entries = wrong = missing = 0
    writer, number = -1, 0
    for row in database.stream(_ALL):
        trace = Trace(*row[:-1])
        entries += 1
        wrong += not compare_digest(mac(settings.CARNET_JOURNAL_KEY, trace), bytes(row[-1]))
        if trace.writer != writer:
            writer, number = trace.writer, 0
        missing += trace.number - number - 1
        number = trace.number
    return Verified(entries, wrong, missing)
