"""What belongs to a record is reached by its number: an erasure reads no table from end to end."""

from __future__ import annotations

import pytest

from carnet.kernel import database

# Short ones, and why.
_READ_WHOLE = {
    "kernel_outbox": "events leave within a second",
    "kernel_quarantine": "what a listener could not take",
    "directory_account": "a login or two a person, none for most",
}
_WITHOUT = """
SELECT c.relname::text FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'record_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indpred IS NULL)
"""


@pytest.mark.django_db
def test_every_table_of_records_is_reached_by_their_number() -> None:
    assert {name for (name,) in database.rows(_WITHOUT)} == _READ_WHOLE.keys()
