"""What documents do when something happened: whoever wants it is written to when something new is theirs to read."""

from __future__ import annotations

from uuid import UUID

from carnet.kernel import database
from carnet.record.access import api as access

# Nothing is said of what waits to be announced, nor of what is kept from representatives: the mailbox may be theirs.
_KEPT = int(
    access.Flag.INVISIBLE_PATIENT
    | access.Flag.INVISIBLE_REPRESENTATIVES
    | access.Flag.SECRET
    | access.Flag.DELETED
    | access.Flag.FORMER
)
# Once for all that a submission brought; nothing for what the person, or who acts for them, deposited.
_FIRST = f"""
SELECT 1 FROM documents_entry e
WHERE e.record_id = %(record_id)s AND e.id = %(id)s AND e.flags & {_KEPT} = 0
  AND e.owner_person NOT LIKE 'patient:%%'
  AND NOT EXISTS (SELECT FROM documents_entry o
                   WHERE o.record_id = e.record_id AND o.submission = e.submission AND o.id < e.id
                     AND o.flags & {_KEPT} = 0)
"""


def document_provided(*, record_id: int, kind: str, subject: UUID | None) -> None:  # noqa: ARG001
    """Tell a person who asked for it that something came which they may read."""
    if database.row(_FIRST, {"record_id": record_id, "id": subject}) is not None:
        access.tell_of_document(record_id)
