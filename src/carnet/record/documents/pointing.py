"""What an association of FHIR points at: a document, by any of its names, and so its metadata in force.

In XDS an association names a version of an entry by its entryUUID (ITI TF-3 §4.2.2). A FHIR reference names a resource,
which stays the same while its metadata change (masked, archived): its id is the logicalId, and its identifiers are the
entryUUID of a version and the uniqueId (MHD 4.2.3, 3:4.5.1). All of them lead to the version in force, if it is seen.
"""

from __future__ import annotations

import msgspec

from carnet.kernel import database
from carnet.record.access import api as access
from carnet.record.documents import context, rows
from carnet.record.documents.seen import VISIBLE
from carnet.wire.xds.model import Submission

UNIQUE_ID = "urn:oid:"

# The best of several documents of one uniqueId first, as readers of a folded list see it.
_CURRENT = f"""
WITH seen AS (
    SELECT id, logical_id, unique_id, status, flags, registered_at
    FROM documents_entry WHERE record_id = %(record_id)s AND {VISIBLE}
)
SELECT s.id, s.logical_id, s.unique_id, ARRAY(SELECT v.id FROM seen v WHERE v.logical_id = s.logical_id)
FROM seen s
WHERE s.flags & {int(access.Flag.FORMER)} = 0
  AND (s.unique_id = ANY(%(unique_ids)s::text[])
       OR s.logical_id IN (SELECT logical_id FROM seen
                           WHERE id = ANY(%(ids)s::uuid[]) OR logical_id = ANY(%(ids)s::uuid[])))
ORDER BY s.status, s.registered_at DESC, s.id
"""


def names_of(submission: Submission) -> list[str]:
    """What associations name and is no object of the submission: UUIDs, and uniqueIds as `urn:oid:…`."""
    return [end for end in context.outside(submission) if end.startswith(UNIQUE_ID) or rows.uuid_of(end) is not None]


def pointed(record_id: int, submission: Submission, lens: access.Lens | None) -> Submission:
    """The submission with the entryUUIDs of versions in force where its associations name documents of the record.

    A name of nothing, or of what the lens hides, stays as it is: it is then answered like an unknown one.
    """
    wanted = names_of(submission)
    if lens is None or not wanted:
        return submission
    parameters = {
        "record_id": record_id,
        "ids": [value for value in map(rows.uuid_of, wanted) if value is not None],
        "unique_ids": [name.removeprefix(UNIQUE_ID) for name in wanted if name.startswith(UNIQUE_ID)],
        **lens.parameters(),
    }
    current: dict[str, str] = {}
    for own, logical_id, unique_id, versions in database.rows(_CURRENT, parameters):
        for name in (UNIQUE_ID + unique_id, *map(rows.urn, (logical_id, *versions))):
            current.setdefault(name, rows.urn(own))
    associations = tuple(
        msgspec.structs.replace(
            association,
            source=current.get(association.source, association.source),
            target=current.get(association.target, association.target),
        )
        for association in submission.associations
    )
    return msgspec.structs.replace(submission, associations=associations)
