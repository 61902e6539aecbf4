"""What of a record's entries one actor sees: the relation that every reading starts from.

A row passes the lens, and a version that was replaced goes with the one in force: shown alone, "Deprecated" would tell
that there is a document to hide (a prescription, say, that took the place of a letter). Who owns a version keeps it:
its author always reads what they wrote (CSP R.1111-49), and is not left to believe that it still holds.
"""

from __future__ import annotations

from carnet.record.access import api as access
from carnet.record.documents import rows

# Over documents_entry alone, unaliased. The versions in force that are hidden are looked up once, and only when the
# record has a deprecated row that passed the lens and belongs to somebody else.
VISIBLE = f"""
{access.SQL}
AND (status <> {rows.DEPRECATED}
     OR {access.OWN_SQL}
     OR lineage NOT IN (
         SELECT lineage FROM documents_entry
         WHERE record_id = %(record_id)s AND status <> {rows.DEPRECATED} AND NOT ({access.SQL})))
"""

_COLUMNS = """
    SELECT id, logical_id, version, status, flags, meta, lineage, unique_id, type_code, class_code, creation,
           service_start, service_stop, registered_at, object_id, submission
    FROM documents_entry
    WHERE record_id = %(record_id)s
"""

SEEN = f"seen AS ({_COLUMNS} AND {VISIBLE})"

# The same without deprecated versions, for those who ask for none: nothing has to be looked up.
SEEN_IN_FORCE = f"seen AS ({_COLUMNS} AND status <> {rows.DEPRECATED} AND {access.SQL})"
