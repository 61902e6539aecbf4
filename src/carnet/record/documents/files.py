"""Housekeeping of the repository."""

from __future__ import annotations

from collections.abc import Iterator

from carnet.kernel import blobs, database

_NAMED = "SELECT file FROM documents_object WHERE file = ANY(%s::text[])"


def named() -> Iterator[str]:
    """The files that rows name, each once, inside the caller's transaction."""
    for (name,) in database.stream("SELECT DISTINCT file FROM documents_object WHERE file IS NOT NULL"):
        yield name


def sweep() -> int:
    """Remove files that no row names, a day after they were written; returns how many."""
    return blobs.sweep(lambda names: {name for (name,) in database.rows(_NAMED, (names,))})
