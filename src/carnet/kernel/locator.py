"""Where a foreign name lives: (domain, name) → records.

Names: `ins:<oid>:<value>` for a person's identifier, `doc:<uniqueId>` for a document, `uuid:<uuid>` for
an id that a sender chose, `set:<uniqueId>` for a submission, `folder:<uniqueId>` for a folder. A found name
proves nothing: the caller decides access on the record before it answers anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from carnet.kernel import database

_LOCATE = "SELECT DISTINCT record_id FROM kernel_locator WHERE domain = %s AND name = ANY(%s)"

# The claim commits on its own and does not wait for the disk: the write-ahead log is sequential, so the
# record's transaction that follows flushes it too, and a claim lost in between is a claim of nothing.
_CLAIM = """
WITH hurry AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO kernel_locator (domain, name, record_id)
SELECT %s, name, %s FROM hurry, unnest(%s::text[]) AS name
ON CONFLICT DO NOTHING
"""

_CLAIM_WITHIN = """
INSERT INTO kernel_locator (domain, name, record_id)
SELECT %s, name, %s FROM unnest(%s::text[]) AS name
ON CONFLICT DO NOTHING
"""

_MOVE = """
WITH gone AS (
    DELETE FROM kernel_locator WHERE domain = %(domain)s AND name = ANY(%(names)s::text[]) AND record_id = %(source)s
    RETURNING name
)
INSERT INTO kernel_locator (domain, name, record_id)
SELECT %(domain)s, name, %(destination)s FROM gone ON CONFLICT DO NOTHING
"""


def person(system: str, value: str) -> str:
    """The name of a person's identifier."""
    return f"ins:{system}:{value}"


def document(unique_id: str) -> str:
    """The name of a DocumentEntry.uniqueId."""
    return f"doc:{unique_id}"


def foreign_uuid(value: str) -> str:
    """The name of a UUID that a sender chose."""
    return f"uuid:{value}"


def submission(unique_id: str) -> str:
    """The name of a SubmissionSet.uniqueId."""
    return f"set:{unique_id}"


def folder(unique_id: str) -> str:
    """The name of a Folder.uniqueId."""
    return f"folder:{unique_id}"


def locate(domain: int, names: Sequence[str]) -> list[int]:
    """The records where any of the names lives; empty for names that nobody claimed."""
    return [record_id for (record_id,) in database.rows(_LOCATE, (domain, list(names)))]


def claim(domain: int, names: Sequence[str], record_id: int) -> None:
    """Claim names for a record, before its transaction; idempotent, harmless if what follows fails."""
    if connection.in_atomic_block:
        # The setting would reach the caller's own commit: inside a transaction the claim waits with it.
        claim_within(domain, names, record_id)
        return
    database.execute(_CLAIM, (domain, record_id, list(names)))


def claim_within(domain: int, names: Sequence[str], record_id: int) -> None:
    """Claim names inside the caller's transaction, with its durability."""
    database.execute(_CLAIM_WITHIN, (domain, record_id, list(names)))


def move(domain: int, names: Sequence[str], source: int, destination: int) -> None:
    """Names of one record become names of another, inside the caller's transaction; names it has not are left alone."""
    values = {"domain": domain, "names": list(names), "source": source, "destination": destination}
    database.execute(_MOVE, values)


def release(domain: int, names: Sequence[str], record_id: int) -> None:
    """Names that are a record's no longer, inside the caller's transaction."""
    statement = "DELETE FROM kernel_locator WHERE domain = %s AND name = ANY(%s) AND record_id = %s"
    database.execute(statement, (domain, list(names), record_id))
