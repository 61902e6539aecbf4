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
# Nothing either for what the person, or who acts for them, deposited.
_NEW = f"""
SELECT 1 FROM documents_entry
WHERE record_id = %(record_id)s AND submission = %(set)s AND flags & {_KEPT} = 0 AND owner_person NOT LIKE 'patient:%%'
LIMIT 1
"""


def submission_arrived(*, record_id: int, kind: str, subject: UUID | None) -> None:  # noqa: ARG001
    """Tell a person who asked for it that something came which they may read; once a submission."""
    if database.row(_NEW, {"record_id": record_id, "set": subject}) is not None:
        access.tell_of_document(record_id)
