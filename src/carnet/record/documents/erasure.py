"""Deleting all that the repository holds of one record."""

from __future__ import annotations

from carnet.kernel import database, erasure

_FILES = "SELECT DISTINCT file FROM documents_object WHERE record_id = %s AND file IS NOT NULL"


def erase(record_id: int) -> tuple[str, ...]:
    """Delete every row of a record inside the caller's transaction; the files to remove once it has committed."""
    files = tuple(name for (name,) in database.rows(_FILES, (record_id,)))
    erasure.erase_rows([record_id], room="documents")
    return files
