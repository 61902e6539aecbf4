"""Housekeeping of the repository."""

from __future__ import annotations

from carnet.kernel import blobs, database

_NAMED = "SELECT file FROM documents_object WHERE file = ANY(%s::text[])"


def sweep() -> int:
    """Remove files that no row names, a day after they were written; returns how many."""
    return blobs.sweep(lambda names: {name for (name,) in database.rows(_NAMED, (names,))})
