"""Which records a piece of work concerns, told by the traces that it writes, to whoever asked beforehand.

Every act on a record leaves a trace, a refused one too: who gathers here misses none. Nobody gathers in production,
where telling costs one look.
"""

from __future__ import annotations

from contextvars import ContextVar

_gathered: ContextVar[set[int] | None] = ContextVar("carnet_concerned", default=None)


def gather(into: set[int] | None) -> None:
    """From here on, in this thread, the records of traces go into this set; None: nobody asks."""
    _gathered.set(into)


def tell(record_id: int) -> None:
    """A trace of this record is written; 0 is no record."""
    gathered = _gathered.get()
    if gathered is not None and record_id:
        gathered.add(record_id)
