"""Erasing the bytes of deleted documents.

A deleted document is given to nobody from the moment of its deletion. Its bytes stay sealed for 30 days, so that an
operator can still answer for a deletion made in error or in anger; then they are overwritten by nothing. Its metadata,
its hash and its trace stay: the record's journal tells that it was there, and its uniqueId is not taken by other
content.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from psycopg.types.numeric import Int8

from carnet.kernel import clock, database, keys
from carnet.kernel.actor import Actor
from carnet.record.access import api as access
from carnet.record.documents import rows
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology

KEPT = timedelta(days=30)

# The last version of a deleted document is registered when it is deleted. Bytes that another document of the record
# still shows are not erased. An object without bytes has size 0, which no document has.
_DUE = f"""
SELECT DISTINCT ON (o.record_id, o.id) o.record_id, o.id, k.wrapped, e.id
FROM documents_entry e
JOIN kernel_locator l ON l.record_id = e.record_id AND l.name = 'doc:' || e.unique_id AND l.domain = %(domain)s
JOIN documents_object o ON o.record_id = e.record_id AND o.id = e.object_id AND o.size > 0
JOIN kernel_record_key k ON k.record_id = e.record_id
WHERE e.status = {rows.DELETED} AND e.registered_at <= %(until)s
  AND NOT EXISTS (SELECT FROM documents_entry other
                  WHERE other.record_id = o.record_id AND other.object_id = o.id
                    AND other.flags & {int(access.Flag.DELETED)} = 0)
"""

_ERASE = """
UPDATE documents_object SET size = 0, inline = %(nothing)s, file = NULL, file_key = NULL
WHERE record_id = %(record_id)s AND id = %(id)s
"""


def erase_deleted(*, actor: Actor) -> int:
    """Erase what was deleted longer ago than it is kept, by the clock of each domain, and trace it; how many documents.

    Files lose their name here and are removed by the sweep of files that no row names.
    """
    erased = 0
    for domain in terminology.domains():
        until = clock.now_in(domain.number) - KEPT
        for record_id, object_id, wrapped, entry_id in database.rows(_DUE, {"domain": domain.number, "until": until}):
            nothing = keys.seal_object(keys.record_key(record_id, wrapped), object_id, b"")
            with transaction.atomic():
                database.execute(_ERASE, {"record_id": Int8(record_id), "id": object_id, "nothing": nothing})
                journal.append(
                    actor=actor,
                    action=journal.Action.DOCUMENT_DELETE,
                    record_id=record_id,
                    rule="retention-over",
                    subjects=(entry_id,),
                )
            erased += 1
    return erased
